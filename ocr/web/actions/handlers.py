"""What happens when a visitor does something.

Each handler is a few lines over the session, which it yields whenever the screen is to follow.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field

import gradio as gr

from ocr.errors import OcrError
from ocr.export import Format
from ocr.types import PageId
from ocr.web.actions import add_documents
from ocr.web.actions.add_documents import Given
from ocr.web.actions.downloads import offer, take
from ocr.web.actions.runner import Runner
from ocr.web.actions.samples import present
from ocr.web.actions.updates import shown
from ocr.web.locale.translation import language
from ocr.web.state.browser_names import field_of, number_of, page_id, text_of
from ocr.web.state.session import Session
from ocr.web.state.session_store import Sessions
from ocr.web.state.uploads import Uploads
from ocr.web.views.engine_status import Engine

WHOLE_STEP = 10
"""Pages by which the continuous text grows when its end is reached."""


@dataclass(frozen=True)
class Handlers:
    """The handlers of one app, and what they work with."""

    runner: Runner
    sessions: Sessions
    uploaded: Uploads
    """The files that came through this app's own upload route."""
    pandocs: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """Word files made at once: a large one takes a gigabyte."""

    @property
    def engine(self) -> Engine:
        """The server, as it is shown."""
        return self.runner.engine

    @shown
    async def arrive(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """A tab opened, was loaded anew, lost its connection, or asks for the server once more."""
        session = self.sessions.rejoin(request.session_hash, field_of(event, "key", None))
        session.language = language(field_of(event, "language", session.language))
        async for _ in self._follow(session, request, anew=True):
            yield session
        async for _ in self._meet(session):
            yield session

    @shown
    async def restart(self, request: gr.Request) -> AsyncGenerator[Session, None]:
        """A server that died is wanted again; on a public page nobody is heard."""
        session = self.sessions.of(request.session_hash)
        self.engine.restart()
        async for _ in self._meet(session):
            yield session

    async def _meet(self, session: Session) -> AsyncIterator[None]:
        """Wait for the server, then ask what it has; yields whenever something has changed."""
        async with aclosing(self.engine.ticks()) as ticks:
            async for _ in ticks:
                yield
        if self.engine.settled:
            await self.runner.ask_models(session)
            yield

    async def _follow(self, session: Session, request: gr.Request, *, anew: bool = False) -> AsyncIterator[None]:
        """Yield as long as anything goes on for this visitor; it goes on too when nobody follows."""
        async with aclosing(session.tasks.follow(request.session_hash or "", anew=anew)) as ticks:
            async for _ in ticks:
                session.touch()
                yield

    @shown
    async def add(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """Files arrived: take them in."""
        session = self.sessions.of(request.session_hash)
        async for _ in self._take(session, add_documents.arrived(field_of(event, "files", None), self.uploaded)):
            yield session

    @shown
    async def sample(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """A sample was chosen: it is taken in like an upload."""
        session = self.sessions.of(request.session_hash)
        wanted = [sample for sample in present() if sample.file == field_of(event, "file", None)]
        async for _ in self._take(session, [Given(sample.file, sample.path) for sample in wanted]):
            yield session

    async def _take(self, session: Session, files: list[Given]) -> AsyncIterator[None]:
        """Take files in, open each, show the first page; yields whenever there is something new to see."""
        limits = self.sessions.visitors.limits
        uploads = await add_documents.take_all(session, files, limits.files)
        yield
        for upload in uploads:
            await add_documents.open_upload(upload, session, self.runner.renderer, max_pages=limits.pages)
            yield
            await self._show(session, session.shown)
            yield

    @shown
    async def remove(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """A file is no longer wanted."""
        session = self.sessions.of(request.session_hash)
        if not session.active:
            session.remove(number_of(event, "key", -1))
            offer(session)
        await self._show(session, session.shown)
        yield session

    @shown
    async def unlock(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """A password was typed beside an encrypted file."""
        session = self.sessions.of(request.session_hash)
        upload = session.uploads.get(number_of(event, "key", -1))
        if upload and upload.locked:
            await add_documents.open_upload(upload, session, self.runner.renderer, text_of(event, "password"))
        await self._show(session, session.shown)
        yield session

    @shown
    async def choose(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """Another page was chosen."""
        session = self.sessions.of(request.session_hash)
        await self._show(session, page_id(field_of(event, "page", "")))
        yield session

    async def _show(self, session: Session, page: PageId | None) -> None:
        """Put a page on the desk; one that nobody has rendered yet is rendered now."""
        if page not in session.pages:
            return
        session.shown = page
        if page not in session.pictures and not session.pages[page].error:
            try:
                await self.runner.source(session, self.runner.first_options(session)).image(page)
            except OcrError as error:
                session.pages[page].error = error

    @shown
    async def read(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """Read was pressed, or Read failed pages: follow until all have ended or Stop is pressed."""
        session = self.sessions.of(request.session_hash)
        if not session.busy:
            self.runner.begin(session, event)
        async for _ in self._follow(session, request):
            yield session

    @shown
    async def read_page(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """A page that was never read is to be, as is picked beside Read; beside the run, if there is one."""
        session = self.sessions.of(request.session_hash)
        page = page_id(field_of(event, "page", ""))
        if page in session.pages:
            self.runner.begin(session, event, page)
        async for _ in self._follow(session, request):
            yield session

    @shown
    async def again(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """One page is to be read again, by its remedy or in another way; beside the run, if there is one."""
        session = self.sessions.of(request.session_hash)
        page = page_id(field_of(event, "page", ""))
        if page in session.pages:
            self.runner.again(session, page, event)
        async for _ in self._follow(session, request):
            yield session

    @shown
    async def stop_page(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """Stop this page was pressed: it ends with the text it has, the others go on."""
        session = self.sessions.of(request.session_hash)
        page = page_id(field_of(event, "page", ""))
        if page in session.pages:
            session.stop_page(page)
        yield session

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
        await session.search.look(text_of(event, "query"), list(session.pages.values()))
        yield session

    @shown
    async def whole(self, request: gr.Request) -> AsyncGenerator[Session, None]:
        """The document's continuous text is looked at, or its end has been reached: more of it."""
        session = self.sessions.of(request.session_hash)
        session.whole, session.history.open = session.whole + WHOLE_STEP, False
        yield session

    @shown
    async def single(self, request: gr.Request) -> AsyncGenerator[Session, None]:
        """One page is looked at again."""
        session = self.sessions.of(request.session_hash)
        session.whole, session.history.open = 0, False
        yield session

    @shown
    async def take(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """A format was chosen in the download menu: write it."""
        session = self.sessions.of(request.session_hash)
        only = session.shown if field_of(event, "page", False) is True else None
        form = text_of(event, "format")
        async with self.pandocs if form == Format.WORD else nullcontext():
            await take(session, self.runner.server.url, form, only)
        yield session
