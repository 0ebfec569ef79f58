"""Offer results for download, and write them when they are requested."""

import asyncio
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ocr.errors import OcrError, UsageError, confined
from ocr.export import ZIPPED, Format, Results, can_write_word, check_formats, file_name, write_results, write_zip
from ocr.extras import is_installed
from ocr.filenames import folder_name
from ocr.i18n import gettext
from ocr.types import Document, PageId
from ocr.web.state.disk import in_background, report_write_errors
from ocr.web.state.page_state import Reading
from ocr.web.state.session import Session
from ocr.web.state.session_files import Download

FORMAT_LABELS = {
    Format.MARKDOWN: "Markdown",
    Format.JSON: "JSON",
    Format.HTML: "HTML",
    Format.TEXT: gettext("Plain text"),
    Format.WORD: "Word",
    Format.ZIP: "Zip",
    Format.PDF: gettext("Searchable PDF"),
    Format.HOCR: "hOCR",
    Format.ALTO: "ALTO XML",
    Format.PAGE: "PAGE XML",
}
"""What the download menu offers."""
FORMAT_USES = {
    Format.MARKDOWN: gettext("Text with headings, tables and formulas"),
    Format.JSON: gettext("All that was read, with places, for programs"),
    Format.HTML: gettext("One file with figures, for any browser"),
    Format.TEXT: gettext("The words alone"),
    Format.WORD: gettext("To go on writing in a word processor"),
    Format.ZIP: gettext("Markdown, JSON, HTML, text and the figures"),
    Format.PDF: gettext("The document, with its text to search and copy"),
    Format.HOCR: gettext("Words and their places, in HTML"),
    Format.ALTO: gettext("Words and their places, as libraries use it"),
    Format.PAGE: gettext("Words and their places, as OCR research uses it"),
}
"""What each is good for."""


def download_menu() -> list[dict[str, str | bool]]:
    """The download menu; Word and PDF are there, but cannot be chosen, where what they need is not installed."""
    ready = {Format.WORD: can_write_word(), Format.PDF: is_installed("pdf")}
    return [
        {"format": form.value, "label": label, "use": FORMAT_USES[form], "ready": ready.get(form, True)}
        for form, label in FORMAT_LABELS.items()
    ]


def offer_downloads(session: Session) -> None:
    """Offer what has been read so far; files that were made of what had been read before are gone."""
    documents = {upload.key: upload.document for upload in session.uploads.values() if upload.document}
    readings = {page: state.downloadable for page, state in session.pages.items() if page.document in documents}
    read = {page: reading for page, reading in readings.items() if reading}
    keys = list(dict.fromkeys(page.document for page in read))
    several = len(keys) > 1
    stem = folder_name(documents[keys[0]].name) if keys else ""
    formats = [] if not read or several else [Format.MARKDOWN, Format.JSON]
    if several or any(reading.figures for reading in read.values()):
        formats.append(Format.ZIP)
    _discard(session, session.downloads)
    session.downloads = tuple(Download(_name(form, stem, several=several), form) for form in formats)


async def write_download(session: Session, server_url: str | None, form: str, page: PageId | None) -> None:
    """Write what has been read in one format, or one page of it, in place of what was written under that name.

    What stands in the way becomes the session's problem.
    """
    read = _documents_read(session, server_url, page)
    if form not in set(Format) or not read:
        session.problem = UsageError("There is nothing to download yet.", "Read a page first.")
        return
    stem = folder_name(read[0].document.name) + (f"-page-{page.number}" if page else "")
    name = _name(Format(form), stem, several=len(read) > 1)
    session.problem = None
    with report_errors(session):
        check_formats([form])
        write = partial(_write, read=read, form=Format(form), stem=stem)
        await publish_download(session, name, form, write)


async def publish_download(session: Session, name: str, form: str, write: Callable[[Path], None]) -> None:
    """Have a file of this name written, and offered in place of the one before; `write` gets its path, in a thread.

    Raises:
        OcrError: it cannot be written.
    """
    folder = session.public / secrets.token_hex(4)  # new each time, for browsers keep what they fetched
    made = Download(name, form, folder / name)
    with confined(), report_write_errors(name):
        try:
            folder.mkdir(parents=True)
            await asyncio.to_thread(write, folder / name)
            session.storage.claim(folder / name, (folder / name).stat().st_size)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        _discard(session, [one for one in session.downloads if one.name == name])
        there = [made if one.name == name else one for one in session.downloads]
        session.downloads = tuple(there if made in there else [*there, made])


def _name(form: Format, stem: str, *, several: bool) -> str:
    """What a browser saves it as: named after the document, for results of many meet in a folder of downloads."""
    if several:
        return "results.zip" if form is Format.ZIP else f"{form}.zip"
    return file_name(form, stem)


def _discard(session: Session, downloads: Iterable[Download]) -> None:
    """Delete the files of these, each in a folder of its own."""
    for path in [one.path for one in downloads if one.path]:
        session.storage.forget(path)
        in_background(partial(shutil.rmtree, path.parent, ignore_errors=True))


@contextmanager
def report_errors(session: Session) -> Iterator[None]:
    """Make an error the session's problem."""
    try:
        yield
    except OcrError as error:
        session.problem = error


def model_of(session: Session) -> str:
    """The model that the latest press of Read asked, or where there was none that of a page; may be empty."""
    if session.run:
        return session.run.model
    return next((page.request.model for page in session.pages.values() if page.request), "")


@dataclass(frozen=True, slots=True)
class _DocumentRead:
    """What has been read of a document."""

    document: Document
    server_url: str | None
    model: str
    readings: list[Reading]
    whole: bool
    """Whether all of it is wanted, not one page alone."""

    def results(self) -> Results:
        """With the words of its pages, which takes milliseconds for each."""
        pages = [one.verified.put_into(one.result) if one.verified else one.result for one in self.readings]
        figures = {name: path for one in self.readings for name, path in one.figures.items()}
        return Results(self.document, self.server_url, self.model, pages, figures, whole_document=self.whole)


def _documents_read(session: Session, server_url: str | None, only: PageId | None = None) -> list[_DocumentRead]:
    """What has been read of each document, or of one page of one."""
    read: list[_DocumentRead] = []
    model = model_of(session)
    for upload in session.uploads.values():
        pages = [page for name, page in session.pages.items() if name.document == upload.key and only in (None, name)]
        readings = [reading for page in pages if (reading := page.downloadable)]
        if upload.document and readings:
            read.append(_DocumentRead(upload.document, server_url, model, readings, whole=only is None))
    return read


def _write(path: Path, read: list[_DocumentRead], form: Format, stem: str) -> None:
    if len(read) == 1:
        write_results(path.parent, read[0].results(), [form], stem)
    else:
        write_zip(path, [one.results() for one in read], ZIPPED if form is Format.ZIP else [form])
