"""What happens when a visitor does something; each handler is a few lines over the session."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Container
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ocr.documents import Renderer
from ocr.errors import OcrError
from ocr.page import PageId
from ocr.pipeline import Reader, read_pages
from ocr.profiles import Model, ReadOptions, read_options
from ocr.server import Server
from ocr.settings import Settings
from ocr.ui import intake
from ocr.ui.coalesce import batches
from ocr.ui.intake import Given
from ocr.ui.pictures import Pictures
from ocr.ui.results import write_downloads
from ocr.ui.samples import present
from ocr.ui.screen import Screen, page_id, screen
from ocr.ui.session import Session, Sessions


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

    async def arrive(self, request: gr.Request) -> tuple[Any, ...]:
        """A tab opened, or asks for the server once more: fill the model list."""
        session = self.sessions.of(request.session_hash)
        try:
            session.models, session.server_problem = await self.reader.models(), None
        except OcrError as error:
            session.server_problem = error
        names = [model.id for model in session.models]
        chosen = self.settings.model or next(iter(names), None)
        names += [chosen] if chosen and chosen not in names else []
        return gr.Dropdown(choices=names, value=chosen, interactive=bool(names)), *screen(session)

    async def add(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[Screen]:
        """Files arrived: take them in."""
        async for update in self._take(request, intake.arrived(getattr(event, "files", None), self.uploaded)):
            yield update

    async def sample(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[Screen]:
        """A sample was chosen: it is taken in like an upload."""
        wanted = [sample for sample in present() if sample.file == getattr(event, "file", None)]
        async for update in self._take(request, [Given(sample.file, sample.path) for sample in wanted]):
            yield update

    async def _take(self, request: gr.Request, files: list[Given]) -> AsyncIterator[Screen]:
        session = self.sessions.of(request.session_hash)
        uploads = [await intake.take(session, given) for given in files]
        yield screen(session)
        for upload in uploads:
            await intake.open_upload(upload, session, self.renderer)
            yield await self._show(session, session.shown)

    async def remove(self, event: gr.EventData, request: gr.Request) -> Screen:
        """A file is no longer wanted."""
        session = self.sessions.of(request.session_hash)
        if not session.busy:
            session.remove(int(getattr(event, "key", -1)))
            await write_downloads(session, self.server.url)
        return await self._show(session, session.shown)

    async def unlock(self, event: gr.EventData, request: gr.Request) -> Screen:
        """A password was typed beside an encrypted file."""
        session = self.sessions.of(request.session_hash)
        upload = session.uploads.get(int(getattr(event, "key", -1)))
        if upload and upload.locked:
            password = str(getattr(event, "password", ""))
            await intake.open_upload(upload, session, self.renderer, password)
        return await self._show(session, session.shown)

    async def choose(self, event: gr.EventData, request: gr.Request) -> Screen:
        """Another page was chosen."""
        session = self.sessions.of(request.session_hash)
        return await self._show(session, page_id(getattr(event, "page", "")))

    async def _show(self, session: Session, page: PageId | None) -> Screen:
        """Put a page on the desk; one that nobody has rendered yet is rendered now."""
        if page in session.pages:
            session.shown = page
            if page not in session.pictures and not session.pages[page].error:
                try:
                    await self._pictures(session, self._options(session, None)).image(page)
                except OcrError as error:
                    session.pages[page].error = error
        return screen(session)

    async def read(self, pages: str, model: str | None, request: gr.Request) -> AsyncGenerator[Screen, None]:
        """Read was pressed: run until all pages have ended, Stop is pressed, or the tab is gone."""
        session = self.sessions.of(request.session_hash)
        if session.busy:
            return
        try:
            chosen, session.problem = intake.selected(session, pages), None
        except OcrError as error:
            session.problem = error
            yield screen(session)
            return
        async with aclosing(self._run(session, chosen, self._options(session, model))) as updates:
            async for update in updates:
                yield update

    async def _run(
        self, session: Session, pages: tuple[PageId, ...], options: ReadOptions
    ) -> AsyncGenerator[Screen, None]:
        run = session.begin(pages, options.model)
        events = read_pages(
            _each(pages), self._pictures(session, options).image, self.reader, options,
            concurrency=self.server.concurrency, stop=run.stop,
        )  # fmt: skip
        try:
            async with aclosing(batches(events)) as updates:
                async for batch in updates:
                    for event in batch:
                        session.apply(event)
                    yield screen(session)
        finally:
            session.end(run)
        await write_downloads(session, self.server.url)
        yield screen(session)

    async def stop(self, request: gr.Request) -> Screen:
        """Stop was pressed: pages in flight end, their text stays."""
        session = self.sessions.of(request.session_hash)
        if session.run:
            session.run.stop.set()
        return screen(session)

    async def leave(self, request: gr.Request) -> None:
        """The tab is gone."""
        self.sessions.leave(request.session_hash)

    def _pictures(self, session: Session, options: ReadOptions) -> Pictures:
        return Pictures(session, self.renderer, options.profile.longest_side)

    def _options(self, session: Session, name: str | None) -> ReadOptions:
        """How to ask the model of this name, or the one that would be asked first."""
        name = name or self.settings.model
        known = {model.id: model for model in session.models}
        first = next(iter(session.models), Model(name or ""))
        return read_options(known.get(name, Model(name)) if name else first)


async def _each(pages: tuple[PageId, ...]) -> AsyncIterator[PageId]:
    for page in pages:
        yield page
