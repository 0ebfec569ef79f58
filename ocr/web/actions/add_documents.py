"""Add uploaded files to a session: move, open, and select their pages."""

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr.document_store.library_values import KeptDocument
from ocr.documents.page_ranges import select_pages
from ocr.documents.renderer import Renderer
from ocr.errors import DocumentTooLarge, OcrError, OutputError, UsageError
from ocr.filenames import printable
from ocr.i18n import gettext
from ocr.types import PageId
from ocr.web.state.disk import report_write_errors
from ocr.web.state.page_state import ANSWERED, PageStatus
from ocr.web.state.session import Session
from ocr.web.state.session_files import Upload
from ocr.web.state.uploads import Uploads


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that is about to be taken in."""

    name: str
    path: Path
    discard: Callable[[str], object] | None = None
    """Deletes the file once it has been taken in, or could not be; None for one that stays where it is."""
    kept: KeptDocument | None = None
    """What it is in the library, if it comes from there."""


def uploaded_files(files: object, uploads: Uploads) -> list[IncomingFile]:
    """What the browser says it uploaded, `[{"upload", "name"}, …]`, so anything at all; each file once."""
    rows = [row for row in files if isinstance(row, dict)] if isinstance(files, list) else []
    found = [uploaded_file(row.get("upload"), row.get("name"), uploads) for row in rows]
    return list({file.path: file for file in found if file}.values())


def uploaded_file(path: object, name: object, uploads: Uploads) -> IncomingFile | None:
    """The file at this path; None if it did not come through the upload route: no other is opened for a visitor."""
    if not isinstance(path, str) or path not in uploads:
        return None
    known_by = name if isinstance(name, str) and name else Path(path).name
    return IncomingFile(printable(known_by), Path(path), uploads.discard)


async def add_file(session: Session, given: IncomingFile) -> Upload:
    """Put the file into the session's private folder, from where it is never served; open it next."""
    upload = session.add(given.name[:200], session.private)
    upload.kept = given.kept
    upload.path = session.private / f"{upload.key}{given.path.suffix[:12]}"
    try:
        with report_write_errors(given.name):
            session.storage.claim(upload.path, given.path.stat().st_size)
            await asyncio.to_thread(link_or_copy, given.path, upload.path)
    except OutputError as error:
        gone = isinstance(error.__cause__, FileNotFoundError)  # uploaded a while ago, and cleared away
        upload.problem = file_not_found() if gone else error
        session.storage.forget(upload.path)
    if given.discard:
        await asyncio.to_thread(given.discard, str(given.path))
    return upload


def file_not_found() -> UsageError:
    """The file that was named is not one of those uploaded here."""
    return UsageError("The file was not found.", "Upload it to this server first; URLs are not downloaded.")


def link_or_copy(source: Path, target: Path) -> None:
    """A second name for the same bytes; a copy where the file system has no such thing, whole or not at all."""
    try:
        os.link(source, target)
    except OSError:
        try:
            shutil.copyfile(source, target)
        except OSError:
            target.unlink(missing_ok=True)
            raise


async def add_files(session: Session, files: Sequence[IncomingFile], limit: int) -> list[Upload]:
    """Take the files in, as many as a session may have; that some were too many is the session's problem."""
    uploads: list[Upload] = []
    for given in files:
        if len(session.uploads) < limit:
            uploads.append(await add_file(session, given))
            continue
        happened = gettext("The limit of {limit} files has been reached.", limit=limit)
        session.problem = UsageError(happened, "Remove those that you no longer need.")
        if given.discard:
            await asyncio.to_thread(given.discard, str(given.path))
    return uploads


async def open_upload(
    upload: Upload, session: Session, renderer: Renderer, password: str = "", max_pages: int | None = None
) -> None:
    """Find out whether the file is a document; what keeps it from being one is kept beside its name.

    `max_pages` is how many the session may have in all its documents.
    """
    if upload.problem and not upload.locked:
        return  # it could not be taken in
    try:
        document = await renderer.open(upload.path, name=upload.name, password=password or None)
        renderer.select(document)  # each of its pages takes a place on the screen
    except OcrError as error:
        upload.problem = error
    else:
        if max_pages is not None and len(session.pages) + document.pages > max_pages:
            happened = gettext(
                "Its {count} pages would exceed the limit of {limit} pages.", count=document.pages, limit=max_pages
            )
            upload.problem = DocumentTooLarge(happened, "Remove documents that you no longer need, then add it again.")
        elif upload.key in session.uploads:
            session.add_pages(upload, document)


def select_to_read(
    session: Session, pages: str | None, ranges: Mapping[int, str] | None = None, *, failed: bool = False
) -> tuple[PageId, ...]:
    """The pages a press of Read means: of those in the range the unread ones, or all if all have had their turn.

    `ranges` has ranges by the documents' keys, in place of one for all; documents that it lacks are left out.
    `failed` means those that failed instead, whatever the range.

    Raises:
        UsageError: the range is none, or no document has such a page, or there is no document.
    """
    if failed:
        return tuple(page for page, reading in session.pages.items() if reading.status is PageStatus.FAILED)
    chosen: list[PageId] = []
    missing: UsageError | None = None
    for upload in session.uploads.values():
        if upload.document and (not ranges or upload.key in ranges):
            try:
                numbers = select_pages(ranges[upload.key] if ranges else pages, upload.document.pages)
            except UsageError as error:
                missing = error
                continue
            chosen += [PageId(upload.key, number) for number in numbers]
    if not chosen:
        raise missing or UsageError("There is no document to read.", "Add one, or try a sample.")
    unread = tuple(page for page in chosen if session.pages[page].status not in ANSWERED)
    gone = all(session.pages[page].status is PageStatus.FAILED for page in unread)  # these have a button of their own
    return tuple(chosen) if gone else unread
