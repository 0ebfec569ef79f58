"""The handlers of the library's events: open a document from it, and close it again."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from ocr.document_store.library_values import LibraryDocument
from ocr.errors import UsageError
from ocr.i18n import gettext
from ocr.types import PageId
from ocr.web.actions.add_documents import IncomingFile
from ocr.web.actions.downloads import offer_downloads, report_errors
from ocr.web.actions.handlers import Handlers
from ocr.web.actions.session_library import SessionLibrary
from ocr.web.actions.updates import Action, yields_screen
from ocr.web.state.browser_names import number_of, text_of
from ocr.web.state.session import Session


@dataclass(frozen=True)
class LibraryHandlers(Handlers):
    """What happens at the library's events; without a library, nothing."""

    @yields_screen
    async def open_kept(self, act: Action) -> AsyncGenerator[None, None]:
        """A document was chosen in the library, or named by the address: show it, at a page, with a search."""
        session, number = act.session, number_of(act.event, "id")
        session.problem, session.missing = None, 0
        if (library := self.runner.library) and session.kept_upload(number) is None:
            document: LibraryDocument | None = None
            with report_errors(session):
                document = await _find(library, number)
            if document is None:
                session.missing = number
            else:
                given = IncomingFile(document.name, library.library.file(number), kept=library.library.kept(number))
                async for _ in self._add_files(session, [given]):
                    yield
                offer_downloads(session)
        await self._show_kept(session, number, max(1, number_of(act.event, "page", 1)), text_of(act.event, "query"))
        async for _ in self.follow(act):
            yield

    async def _show_kept(self, session: Session, number: int, page: int, query: str) -> None:
        if upload := session.kept_upload(number):
            await self._show_page(session, PageId(upload.key, page))
            if query:
                await session.search.run(query, list(session.pages.values()))

    @yields_screen
    async def close_kept(self, act: Action) -> AsyncGenerator[None, None]:
        """The address names no document any more: the one that was opened goes from the screen alone."""
        upload = act.session.kept_upload(number_of(act.event, "id"))
        if upload and not act.session.active:
            act.session.remove(upload.key)
            offer_downloads(act.session)
            await self._show_page(act.session, act.session.shown)
        yield


async def _find(library: SessionLibrary, number: int) -> LibraryDocument:
    """The document of this number.

    Raises:
        UsageError: there is none.
        OutputError: the library cannot be used.
    """
    document = await library.library.run(library.library.document, number) if number > 0 else None
    if document is None:
        raise UsageError(
            gettext("Document {number} is not in the library; it may have been deleted.", number=number),
            "Choose another one there, or add the file again.",
        )
    return document
