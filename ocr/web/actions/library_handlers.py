"""The handlers of the library's events: open a document from it, and close it again."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from ocr.document_store.document_library import DocumentLibrary
from ocr.document_store.library_values import MAX_NUMBER, KeptDocument
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
from ocr.web.state.session_files import Upload


@dataclass(frozen=True)
class LibraryHandlers(Handlers):
    """What happens at the library's events; without a library, nothing."""

    @yields_screen
    async def open_kept(self, act: Action) -> AsyncGenerator[None, None]:
        """A document was chosen in the library, or named by the address: show it, at a page, with a search."""
        session, number = act.session, number_of(act.event, "id")
        session.problem, session.missing = None, 0
        if library := self.runner.library:
            async for _ in self._open_kept(session, library, library.library.kept(number)):
                yield
            upload = _opened(session, library.library.kept(number))
            if upload is None or upload.document is None:
                session.missing = number  # the page says why, and its address names another document
            else:
                await self._show_page(session, PageId(upload.key, max(1, number_of(act.event, "page", 1))))
                if query := text_of(act.event, "query"):
                    await session.search.run(query, list(session.pages.values()))
        async for _ in self.follow(act):
            yield

    async def _open_kept(
        self, session: Session, library: SessionLibrary, wanted: KeptDocument
    ) -> AsyncGenerator[None, None]:
        """Take a document in from the library, unless that has been done; an error is the session's."""
        if _opened(session, wanted):
            return
        given: IncomingFile | None = None
        with report_errors(session):
            given = await library.library.run(_find, library.library, wanted.id)
        if given:
            async for _ in self._add_files(session, [given]):
                yield
            offer_downloads(session)

    @yields_screen
    async def close_kept(self, act: Action) -> AsyncGenerator[None, None]:
        """The address names no document any more: the one that was opened goes from the screen alone."""
        session, number = act.session, number_of(act.event, "id")
        upload = session.uploads.get(session.shown.document) if session.shown else None
        if upload and upload.kept and upload.kept.id == number and not session.active:
            session.remove(upload.key)
            offer_downloads(session)
            await self._show_page(session, session.shown)
        yield


def _opened(session: Session, kept: KeptDocument) -> Upload | None:
    """The session's file that is this document of the library; None if it has not been opened."""
    same = (upload for upload in session.uploads.values() if upload.kept == kept)
    return next((upload for upload in same if not upload.unkept), None)


def _find(library: DocumentLibrary, number: int) -> IncomingFile:
    """The document of this number, in the library's thread.

    Raises:
        UsageError: there is none.
        OutputError: the library cannot be used.
    """
    document = library.document(number) if 0 < number <= MAX_NUMBER else None
    if document is None:
        raise UsageError(
            gettext("Document {number} is not in the library; it may have been deleted.", number=number),
            "Choose another one there, or add the file again.",
        )
    return IncomingFile(document.name, library.file(number), kept=library.kept(number))
