"""The handlers of the page's events.

Each handler is a few lines over the session; it yields whenever the screen is to follow.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field

from ocr.engines.offered_server import OfferedServer
from ocr.errors import OcrError
from ocr.export import Format
from ocr.pipeline.run import Stop
from ocr.result_formats import DataFormat
from ocr.types import PageId
from ocr.web.actions import add_documents
from ocr.web.actions.add_documents import IncomingFile
from ocr.web.actions.auto_start import start_reading
from ocr.web.actions.change_server import check_and_use
from ocr.web.actions.data_downloads import write_data_download
from ocr.web.actions.downloads import model_of, offer_downloads, write_download
from ocr.web.actions.samples import available_samples
from ocr.web.actions.updates import Action, HandlerGroup, yields_screen
from ocr.web.locale.translation import parse_language
from ocr.web.state.browser_names import field_of, number_of, request_key_of, text_of
from ocr.web.state.corrections import changes_made
from ocr.web.state.session import Session
from ocr.web.state.session_files import Upload
from ocr.web.state.text_window import around


@dataclass(frozen=True)
class Handlers(HandlerGroup):
    """What happens at each event of the page."""

    conversions: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """Word files and PDFs made at once, each in a process of its own: a large one takes a gigabyte."""

    @yields_screen
    async def arrive(self, act: Action) -> AsyncGenerator[None, None]:
        """A tab opened, was loaded anew, lost its connection, or asks for the server once more."""
        act.session.language = parse_language(field_of(act.event, "language", act.session.language))
        self.runner.checks.start(act.session)  # where they stopped when the tab was left
        async for _ in self.follow(act, anew=True):
            yield
        async for _ in self._wait_for_server(act.session):
            yield
        if offered := self.runner.engines.offered:
            await offered.look()
            async for _ in self._follow_offered(act.session, offered):
                yield

    @yields_screen
    async def start_server(self, act: Action) -> AsyncGenerator[None, None]:
        """LightOnOCR on this computer is wanted; where it is not offered nobody is heard."""
        if offered := self.runner.engines.offered:
            self.runner.engines.use(None)
            offered.start(fewer_pixels=field_of(act.event, "fewer_pixels", False) is True)
            async for _ in self._follow_offered(act.session, offered):
                yield

    @yields_screen
    async def stop_server(self, act: Action) -> AsyncGenerator[None, None]:
        """It is no longer wanted, be it ready or on its way."""
        if offered := self.runner.engines.offered:
            offered.stop()
            async for _ in self._follow_offered(act.session, offered):
                yield

    async def _follow_offered(self, session: Session, offered: OfferedServer) -> AsyncGenerator[None, None]:
        """Follow a start or a stop to its end, then learn what there is to read with."""
        async with aclosing(offered.ticks()) as ticks:
            async for _ in ticks:
                yield
        await self.runner.follow_engines(session)
        yield

    @yields_screen
    def restart(self, act: Action) -> AsyncGenerator[None, None]:
        """A server that died is wanted again; on a public page nobody is heard."""
        self.runner.engine.restart()
        return self._wait_for_server(act.session)

    @yields_screen
    def change_server(self, act: Action) -> AsyncGenerator[None, None]:
        """Another server is to read; on a page that others see nobody is heard."""
        session, address = act.session, text_of(act.event, "url").strip()
        checking = session.checked_server is not None and session.checked_server.busy
        if not self.runner.settings.shared and address and not checking:
            checks = check_and_use(self.runner, session, address, text_of(act.event, "key"))
            session.tasks.start(checks, Stop())
        return self.follow(act)

    async def _wait_for_server(self, session: Session) -> AsyncGenerator[None, None]:
        """Wait for the server, then ask what it has; yields whenever something has changed."""
        async with aclosing(self.runner.engine.ticks()) as ticks:
            async for _ in ticks:
                yield
        if self.runner.engine.settled:
            await self.runner.ask_models(session)
            yield

    @yields_screen
    def add(self, act: Action) -> AsyncGenerator[None, None]:
        """Files arrived: take them in."""
        files = add_documents.uploaded_files(field_of(act.event, "files"), self.runner.sessions.uploads)
        return self._add_files(act.session, files, act)

    @yields_screen
    def sample(self, act: Action) -> AsyncGenerator[None, None]:
        """A sample was chosen: it is taken in like an upload."""
        wanted = [sample for sample in available_samples() if sample.file == field_of(act.event, "file")]
        return self._add_files(act.session, [IncomingFile(sample.file, sample.path) for sample in wanted], act)

    async def _add_files(
        self, session: Session, files: list[IncomingFile], act: Action | None = None
    ) -> AsyncGenerator[None, None]:
        """Take files in, open each, show the first page; yields whenever there is something new to see.

        Reading starts by itself where the event of `act` asks for that.
        """
        uploads = await add_documents.add_files(session, files, self.runner.sessions.visitors.limits.files)
        yield
        for upload in uploads:
            await self._open(session, upload)
            yield
            await self._show_page(session, session.shown)
            if act:
                await start_reading(self.runner, session, upload, act.event)
            yield
        if act:
            async for _ in self.follow(act):
                yield

    async def _open(self, session: Session, upload: Upload, password: str = "") -> None:
        max_pages = self.runner.sessions.visitors.limits.pages
        await add_documents.open_upload(upload, session, self.runner.renderer, password, max_pages)
        if self.runner.library:
            await self.runner.library.restore(session, upload)
            self.runner.checks.start(session)

    @yields_screen
    async def remove(self, act: Action) -> AsyncGenerator[None, None]:
        """A file is no longer wanted."""
        if not act.session.active:
            act.session.remove(number_of(act.event, "key", -1))
            offer_downloads(act.session)
        await self._show_page(act.session, act.session.shown)
        yield

    @yields_screen
    async def unlock(self, act: Action) -> AsyncGenerator[None, None]:
        """A password was typed beside an encrypted file."""
        upload = act.session.uploads.get(number_of(act.event, "key", -1))
        if upload and upload.locked:
            await self._open(act.session, upload, text_of(act.event, "password"))
            await start_reading(self.runner, act.session, upload, act.event)
        await self._show_page(act.session, act.session.shown)
        async for _ in self.follow(act):
            yield

    @yields_screen
    async def choose_page(self, act: Action) -> AsyncGenerator[None, None]:
        """Another page was chosen."""
        await self._show_page(act.session, act.page)
        yield

    async def _show_page(self, session: Session, page: PageId | None) -> None:
        """Show a page; one that nobody has rendered yet is rendered now."""
        if page not in session.pages:
            return
        session.shown, state = page, session.pages[page]
        session.text_window = session.shown_window  # else the text begins anew with each further page
        if page not in session.pictures and not (state.error and not (state.result and state.result.width)):
            try:
                await self.runner.render_page(session, page)
            except OcrError as error:
                session.pages[page].error = error

    @yields_screen
    async def read(self, act: Action) -> AsyncGenerator[None, None]:
        """Read was pressed, or Read failed pages: follow until all have ended or Stop is pressed."""
        await changes_made(act.session)
        if not act.session.busy:
            self.runner.begin(act.session, act.event)
        async for _ in self.follow(act):
            yield

    @yields_screen
    def read_page(self, act: Action) -> AsyncGenerator[None, None]:
        """A page that was never read is to be, as is picked beside Read; beside the run, if there is one."""
        if act.page:
            self.runner.begin(act.session, act.event, act.page)
        return self.follow(act)

    @yields_screen
    async def read_again(self, act: Action) -> AsyncGenerator[None, None]:
        """One page is to be read again, as is suggested or in another way; beside the run, if there is one."""
        await changes_made(act.session)
        if act.page:
            self.runner.read_again(act.session, act.page, act.event)
        async for _ in self.follow(act):
            yield

    @yields_screen
    async def stop_page(self, act: Action) -> AsyncGenerator[None, None]:
        """Stop this page was pressed: it ends with the text it has, the others go on."""
        if act.page:
            act.session.stop_page(act.page)
        yield

    @yields_screen
    async def stop(self, act: Action) -> AsyncGenerator[None, None]:
        """Stop was pressed: pages in flight end, their text stays."""
        if act.session.run:
            act.session.run.stop.set()
        yield

    @yields_screen
    async def search(self, act: Action) -> AsyncGenerator[None, None]:
        """Words are looked for in all pages."""
        await act.session.search.run(text_of(act.event, "query"), list(act.session.pages.values()))
        yield

    @yields_screen
    async def show_document(self, act: Action) -> AsyncGenerator[None, None]:
        """The document's continuous text is looked at, or one of its ends has been reached: more of it."""
        session, more = act.session, text_of(act.event, "more")
        window = session.shown_window
        if window and more:
            session.text_window = window.before() if more == "before" else window.after()
        elif session.shown:
            session.text_window = window or around(session.shown.document, session.shown.number - 1)
        session.history.open = False
        yield

    @yields_screen
    async def tie_text(self, act: Action) -> AsyncGenerator[None, None]:
        """The continuous text is to follow the page that is shown, or no longer."""
        act.session.text_window = act.session.shown_window
        act.session.text_tied = field_of(act.event, "tied", True) is not False
        yield

    @yields_screen
    async def show_page(self, act: Action) -> AsyncGenerator[None, None]:
        """One page is looked at again."""
        act.session.text_window, act.session.history.open = None, False
        yield

    @yields_screen
    async def download(self, act: Action) -> AsyncGenerator[None, None]:
        """A format was chosen in the download menu: write it."""
        only = act.session.shown if field_of(act.event, "page", False) is True else None
        form = text_of(act.event, "format")
        await changes_made(act.session)
        if form in set(DataFormat):
            await write_data_download(self.runner, act.session, DataFormat(form), only)
        else:
            async with self.conversions if form in (Format.WORD, Format.PDF) else nullcontext():
                engine = self.runner.engines.of(model_of(act.session))
                await write_download(act.session, engine.status.server.url, form, only)
        act.session.downloaded = request_key_of(act.event, "request")
        yield

    @yields_screen
    async def show_comparison(self, act: Action) -> AsyncGenerator[None, None]:
        """The comparison is looked at."""
        act.session.text_window, act.session.history.open = None, True
        yield

    @yields_screen
    async def choose_readings(self, act: Action) -> AsyncGenerator[None, None]:
        """Another reading was chosen for one side of the comparison."""
        if shown := act.session.shown:
            act.session.history.of(shown).pick(number_of(act.event, "a"), number_of(act.event, "b"))
        yield

    @yields_screen
    async def restore_reading(self, act: Action) -> AsyncGenerator[None, None]:
        """One of the two is to be the page's text."""
        shown = act.session.shown
        await changes_made(act.session)
        if shown in act.session.pages:
            act.session.restore(shown, number_of(act.event, "number"))
            offer_downloads(act.session)
            if self.runner.library:
                await self.runner.library.keep(act.session, (shown,))
            self.runner.checks.start(act.session)
        async for _ in self.follow(act):
            yield
