"""What happens when a visitor does something.

Each handler is a few lines over the session, which it yields whenever the screen is to follow.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Container
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field

import gradio as gr

from ocr.documents import Renderer
from ocr.errors import OcrError
from ocr.export import Format
from ocr.page import Event, FigureCut, PageId
from ocr.pipeline import Stop, choose_model, read_pages
from ocr.profiles import Model, Overrides, ReadOptions, read_options
from ocr.reading import Reader
from ocr.server import Server
from ocr.settings import Settings
from ocr.ui import intake, models
from ocr.ui.coalesce import batches
from ocr.ui.engine import Engine
from ocr.ui.intake import Given
from ocr.ui.options import Asked, asked
from ocr.ui.pictures import Pictures
from ocr.ui.results import take, write_downloads
from ocr.ui.samples import present
from ocr.ui.screen import page_id
from ocr.ui.session import Session, Sessions
from ocr.ui.turns import shown

WHOLE_STEP = 10
"""Pages by which the continuous text grows when its end is reached."""


@dataclass(frozen=True)
class Handlers:
    """The handlers of one app, and what they work with."""

    settings: Settings
    reader: Reader
    renderer: Renderer
    server: Server
    sessions: Sessions
    uploaded: Container[str]
    """Paths of the files that came through this app's own upload route."""
    engine: Engine
    """The server, as it is shown."""
    pandocs: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """Word files made at once: a large one takes a gigabyte."""

    @shown
    async def arrive(self, request: gr.Request) -> AsyncGenerator[Session, None]:
        """A tab opened, or asks for the server once more: follow its start, find out what it can read with."""
        session = self.sessions.of(request.session_hash)
        async for _ in self._meet(session):
            yield session

    @shown
    async def restart(self, request: gr.Request) -> AsyncGenerator[Session, None]:
        """A server that died is wanted again; on a public page nobody is heard."""
        session = self.sessions.of(request.session_hash)
        self.engine.restart()
        async for _ in self._meet(session):
            yield session

    async def _meet(self, session: Session, stop: Stop | None = None) -> AsyncIterator[None]:
        """Wait for the server, unless `stop` is set before, then ask what it has; yields whenever there is news."""
        async with aclosing(self.engine.ticks(stop)) as ticks:
            async for _ in ticks:
                yield
        if not self.engine.settled:
            return
        session.server_problem = None
        if self.engine.problem is None:
            await self._ask_models(session)
        yield

    async def _ask_models(self, session: Session) -> None:
        try:
            session.models, session.server_problem = await self.reader.models(), None
        except OcrError as error:
            session.server_problem = error
        session.choices = models.choices(session.models, self.settings.model, self.settings.overrides)
        session.preferred = models.preferred(session.models, self.settings.model)

    @shown
    async def add(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """Files arrived: take them in."""
        session = self.sessions.of(request.session_hash)
        async for _ in self._take(session, intake.arrived(getattr(event, "files", None), self.uploaded)):
            yield session

    @shown
    async def sample(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """A sample was chosen: it is taken in like an upload."""
        session = self.sessions.of(request.session_hash)
        wanted = [sample for sample in present() if sample.file == getattr(event, "file", None)]
        async for _ in self._take(session, [Given(sample.file, sample.path) for sample in wanted]):
            yield session

    async def _take(self, session: Session, files: list[Given]) -> AsyncIterator[None]:
        """Take files in, open each, show the first page; yields whenever there is something new to see."""
        uploads = [await intake.take(session, given) for given in files]
        yield
        for upload in uploads:
            await intake.open_upload(upload, session, self.renderer)
            yield
            await self._show(session, session.shown)
            yield

    @shown
    async def remove(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """A file is no longer wanted."""
        session = self.sessions.of(request.session_hash)
        if not session.busy:
            session.remove(int(getattr(event, "key", -1)))
            await write_downloads(session, self.server.url)
        await self._show(session, session.shown)
        yield session

    @shown
    async def unlock(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """A password was typed beside an encrypted file."""
        session = self.sessions.of(request.session_hash)
        upload = session.uploads.get(int(getattr(event, "key", -1)))
        if upload and upload.locked:
            password = str(getattr(event, "password", ""))
            await intake.open_upload(upload, session, self.renderer, password)
        await self._show(session, session.shown)
        yield session

    @shown
    async def choose(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """Another page was chosen."""
        session = self.sessions.of(request.session_hash)
        await self._show(session, page_id(getattr(event, "page", "")))
        yield session

    async def _show(self, session: Session, page: PageId | None) -> None:
        """Put a page on the desk; one that nobody has rendered yet is rendered now."""
        if page not in session.pages:
            return
        session.shown = page
        if page not in session.pictures and not session.pages[page].error:
            try:
                await self._pictures(session, self._first_options(session)).image(page)
            except OcrError as error:
                session.pages[page].error = error

    @shown
    async def read(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """Read was pressed: run until all pages have ended, Stop is pressed, or the tab is gone."""
        session = self.sessions.of(request.session_hash)
        if session.busy:
            return
        wish = asked(event, self.settings.overrides)
        session.refused, session.problem = wish.refused, None
        async with aclosing(self._begin(session, wish)) as changes:
            async for _ in changes:
                yield session

    async def _begin(self, session: Session, wish: Asked) -> AsyncGenerator[None, None]:
        """Run as soon as the server can; say instead what makes no sense or stands in the way."""
        try:
            pages = intake.selected(session, wish.pages)
            if not (wish.refused or self.engine.settled):
                before, waiting = session.run, session.queue(pages)
                try:
                    async for _ in self._meet(session, waiting.stop):
                        yield
                finally:
                    session.run = before
                if waiting.stop.is_set() or self.engine.problem or session.server_problem:
                    yield
                    return
            options = self._options(session, wish.model, wish.overrides)
        except OcrError as error:
            session.problem = error
        if session.refused or session.problem:
            yield
            return
        async with aclosing(self._run(session, pages, options)) as changes:
            async for _ in changes:
                yield

    async def _run(
        self, session: Session, pages: tuple[PageId, ...], options: ReadOptions
    ) -> AsyncGenerator[None, None]:
        run = session.begin(pages, options.model)
        pictures = self._pictures(session, options)
        events = read_pages(
            _each(pages), pictures, self.reader, options,
            concurrency=self.server.concurrency, stop=run.stop,
        )  # fmt: skip
        try:
            async with self.engine.measured(), aclosing(batches(events)) as updates:
                async for batch in updates:
                    for event in batch:
                        await _apply(event, session, pictures)
                    yield
        finally:
            session.end(run)
        await write_downloads(session, self.server.url)
        yield

    @shown
    async def stop(self, request: gr.Request) -> AsyncGenerator[Session, None]:
        """Stop was pressed: pages in flight end, their text stays."""
        session = self.sessions.of(request.session_hash)
        if session.run:
            session.run.stop.set()
        yield session

    @shown
    async def search(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """Words are looked for in all pages."""
        session = self.sessions.of(request.session_hash)
        query = getattr(event, "query", "")
        session.search.look(query if isinstance(query, str) else "", session.pages.values())
        yield session

    @shown
    async def whole(self, request: gr.Request) -> AsyncGenerator[Session, None]:
        """The document's continuous text is looked at, or its end has been reached: more of it."""
        session = self.sessions.of(request.session_hash)
        session.whole += WHOLE_STEP
        yield session

    @shown
    async def single(self, request: gr.Request) -> AsyncGenerator[Session, None]:
        """One page is looked at again."""
        session = self.sessions.of(request.session_hash)
        session.whole = 0
        yield session

    @shown
    async def take(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """A format was chosen in the download menu: write it."""
        session = self.sessions.of(request.session_hash)
        only = session.shown if getattr(event, "page", False) is True else None
        form = str(getattr(event, "format", ""))
        async with self.pandocs if form == Format.WORD else nullcontext():
            await take(session, self.server.url, form, only)
        yield session

    async def leave(self, request: gr.Request) -> None:
        """The tab is gone."""
        self.sessions.leave(request.session_hash)

    def _pictures(self, session: Session, options: ReadOptions) -> Pictures:
        return Pictures(session, self.renderer, options.longest_side)

    def _options(self, session: Session, name: str, overrides: Overrides) -> ReadOptions:
        """How to ask the model of this name; an empty one means the model of the settings, or else the first.

        Raises:
            UnknownModel: the server does not have it.
        """
        name = name or self.settings.model or ""
        model = choose_model(session.models, name or None) if session.models else Model(name)
        return read_options(model, overrides)

    def _first_options(self, session: Session) -> ReadOptions:
        """How to ask for a page that is only looked at."""
        name = self.settings.model or ""
        served = {model.id: model for model in session.models}
        first = served.get(name, next(iter(session.models), self.engine.model or Model(name)))
        return read_options(first, self.settings.overrides)


async def _apply(event: Event, session: Session, pictures: Pictures) -> None:
    """Take one event of a run."""
    if isinstance(event, FigureCut):
        await pictures.keep(event)
    else:
        session.apply(event)


async def _each(pages: tuple[PageId, ...]) -> AsyncIterator[PageId]:
    for page in pages:
        yield page
