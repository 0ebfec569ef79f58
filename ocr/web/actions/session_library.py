"""Keep what a private page reads in the library, and open documents from there as if they had just been read."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ocr.document_store.document_library import UNDO_S, DocumentLibrary
from ocr.document_store.library_values import EndedPage, LibraryPage, can_be_kept
from ocr.documents.renderer import Renderer
from ocr.errors import OcrError, OutputError
from ocr.output import write_whole
from ocr.page_words import WordSource
from ocr.types import Document, PageId, PageResult
from ocr.web.actions.add_documents import link_or_copy
from ocr.web.actions.downloads import report_errors
from ocr.web.actions.thumbnails import LONGEST_SIDE_PX
from ocr.web.actions.web_notes import web_note
from ocr.web.locale.translation import Language, translate
from ocr.web.state.page_state import Reading
from ocr.web.state.session import Session
from ocr.web.state.session_files import Upload
from ocr.web.state.verified_text import VerifiedText
from ocr.web.views.library_list import library_list

THUMBNAIL = "thumbnail.jpg"


@dataclass(slots=True)
class SessionLibrary:
    """The library of one app; all its visitors see the same one."""

    library: DocumentLibrary
    renderer: Renderer
    undo_s: float = UNDO_S
    """Seconds after which a deletion is final."""
    problem: OcrError | None = None
    """Why the latest page could not be kept."""
    _thumbnail_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def keep(self, session: Session, pages: Iterable[PageId]) -> asyncio.Future[list[None]]:
        """Keep the new results of these pages; done when they, and those before them, have been kept.

        With a text that was compared with its scan before, as one that comes back, goes what was found.
        """
        waiting: list[asyncio.Future[None]] = []
        for page in pages:
            upload, state = session.uploads.get(page.document), session.pages.get(page)
            if upload and state and state.result and _is_new(upload, state.result):
                upload.kept_results[page.number] = state.result
                model = state.request.model if state.request else ""
                ended = EndedPage(state.result, model, state.request, dict(state.figures))
                waiting.append(asyncio.ensure_future(self.library.run(self._keep, upload, ended)))
                if (found := state.verified) and found.check.source is WordSource.TESSERACT:
                    keep_check = self.library.run(self._keep_check, upload, state.result, found)
                    waiting.append(asyncio.ensure_future(keep_check))
        waiting.append(asyncio.ensure_future(self.library.run(lambda: None)))
        return asyncio.gather(*waiting)

    def _keep(self, upload: Upload, page: EndedPage) -> None:
        """In the library's thread, where a page knows what became of the one before it."""
        if upload.unkept or upload.document is None or not upload.document.path.exists():
            return
        try:
            upload.kept = self.library.keep(upload.document, page, upload.kept)
        except Exception as error:
            if upload.kept_results.get(page.result.number) is page.result:
                del upload.kept_results[page.result.number]  # it is tried again with the next page, or run
            if not isinstance(error, OutputError):
                raise
            self.problem = error
            return
        self.problem, upload.unkept = None, upload.kept is None

    async def keep_check(self, session: Session, page: PageId) -> None:
        """Keep how the page's text compares with its words beside the result that was kept."""
        upload, state = session.uploads.get(page.document), session.pages.get(page)
        if upload is None or state is None or self.library.closed:
            return
        result = upload.kept_results.get(page.number)
        if result and result is state.result and state.verified:
            await self.library.run(self._keep_check, upload, result, state.verified)

    def _keep_check(self, upload: Upload, result: PageResult, verified: VerifiedText) -> None:
        """In the library's thread; where it cannot be kept the page is compared again when it is opened."""
        if upload.kept and not upload.unkept:
            with suppress(OutputError):
                self.library.keep_check(upload.kept, verified.put_into(result))

    async def restore(self, session: Session, upload: Upload) -> None:
        """Show what the library has of the pages of an upload that was opened from it; an error is the session's."""
        if upload.kept is None or upload.document is None:
            return
        pages: list[LibraryPage] = []
        with report_errors(session):
            pages = await self.library.run(self.library.pages, upload.kept.id)
        for page in pages:
            reading = await asyncio.to_thread(_kept_reading, session, upload, page)
            one = PageId(upload.key, page.result.number)
            if session.show_reading(one, reading):
                upload.kept_results[one.number] = reading.result
            else:
                session.storage.discard(list(reading.figures.values()))

    async def listing(self, query: str, language: Language, known: str = "") -> tuple[str, str | None]:
        """The documents, and the pages that have the words of the query, as the screen shows them; JSON.

        Its version comes first; where that is the `known` one, nothing is looked up, and None stands for the list.
        """
        return await self.library.run(self._listing, query, language, known)

    def _listing(self, query: str, language: Language, known: str) -> tuple[str, str | None]:
        version = ""
        try:
            said = self.library.version(), query, language, self.library.notices.text, self.problem
            version = hashlib.sha256(repr(said).encode(errors="replace")).hexdigest()[:32]
            if version == known:
                return version, None
            documents, hits = self.library.documents(), self.library.search(query)
            listed = library_list(documents, hits, self.library.notices.text, self.problem)
        except OutputError as error:
            version, listed = "", library_list((), (), None, error)
        return version, json.dumps(translate(listed, language))

    async def dismiss_notice(self) -> None:
        """What the list says has happened is known."""
        await self.library.run(self.library.notices.clear)

    async def delete(self, number: int) -> None:
        """Delete a document; that is final once it can no longer be undone."""
        await self.library.run(self.library.delete, number)
        loop = asyncio.get_running_loop()
        loop.call_later(self.undo_s + 0.1, lambda: loop.create_task(self.purge()))

    async def purge(self) -> None:
        """Erase what was deleted, as far as that is final, unless the library is closed; the next one does it then."""
        if self.library.closed:
            return
        try:
            await self.library.run(self.library.purge, self.undo_s)
        except OutputError as error:
            self.problem = error

    async def thumbnail(self, number: int) -> Path | None:
        """The file with the picture of a document's first page, made when it is first asked for."""
        path = self.library.file(number, THUMBNAIL)
        async with self._thumbnail_lock:
            if await asyncio.to_thread(path.exists):
                return path
            try:
                if (found := await self.library.run(self.library.document, number)) is None:
                    return None
                file = self.library.file(number)
                document = Document(file, found.name, found.media_type, found.page_count, found.sha256)
                image = await self.renderer.thumbnail(document, 1, LONGEST_SIDE_PX)
                return await asyncio.to_thread(write_whole, path, [image.data], private=True)
            except (OcrError, OSError):
                return None


def _is_new(upload: Upload, result: PageResult) -> bool:
    """Whether the result is to be kept, and is not what was kept of the page last."""
    if upload.document is None or upload.kept_results.get(result.number) is result:
        return False
    return can_be_kept(upload.document, result)


def _kept_reading(session: Session, upload: Upload, page: LibraryPage) -> Reading:
    """A page as a reading of its session, with its figures and, if it was compared with its words, how."""
    check, verified = page.result.check, None
    if check and check.source:
        verified = VerifiedText(page.result.words, replace(check, note=web_note(check.note)))
    figures = _link_figures(session, upload, page)
    error = OcrError(page.result.error) if page.result.error else None
    result = replace(page.result, words=(), check=None)
    return Reading(result, figures, None, page.request, error, verified=verified)


def _link_figures(session: Session, upload: Upload, page: LibraryPage) -> dict[str, Path]:
    """A page's figures in the session's public folder, under new names; those that are still there."""
    figures: dict[str, Path] = {}
    for name, path in page.figures.items():
        target = session.public / f"{upload.key}-{page.result.number}-{secrets.token_hex(8)}{path.suffix}"
        try:
            session.storage.claim(target, path.stat().st_size)
            link_or_copy(path, target)
        except (OSError, OutputError):
            session.storage.forget(target)
        else:
            figures[name] = target
    return figures
