"""The content of results in each format, alone and in a zip."""

import io
import time
import zipfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from ocr.errors import UsageError
from ocr.export.results import Results, document_markdown, result_json
from ocr.export.word import HOW_TO_GET_PANDOC, can_write_word, document_word
from ocr.extras import require
from ocr.filenames import folder_name, safe_name, same_on_disk
from ocr.i18n import gettext, join
from ocr.result_formats import Format, file_name

ZIPPED = (Format.MARKDOWN, Format.JSON, Format.HTML, Format.TEXT)
"""Formats in a zip file, besides the figures."""


def check_formats(formats: Collection[str]) -> None:
    """Raise a UsageError before a run if what a format needs is missing: pandoc for Word, packages for PDF."""
    if Format.PDF in formats:
        require("pdf", gettext("A searchable PDF"), gettext("Or choose other formats."))
    if Format.WORD in formats and not can_write_word():
        raise UsageError(
            "Word export needs pandoc, which is not installed.",
            join(" ", [HOW_TO_GET_PANDOC, gettext("Or choose other formats.")]),
        )


def content(results: Results, form: Format) -> Iterator[bytes]:
    """The bytes of a file of this format; all but Word and the zips page by page.

    Raises:
        OSError: a figure's file cannot be read.
        OutputError: the Word or PDF file cannot be made.
    """
    # What needs a parser of Markdown is loaded when it is wanted: that takes a tenth of the program's start.
    match form:
        case Format.MARKDOWN:
            yield from map(str.encode, document_markdown(results.pages))
        case Format.JSON:
            pages = result_json(results.document, results.server_url, results.model, results.pages)
            yield from map(str.encode, pages)
        case Format.HTML:
            from ocr.export.html_document import document_html

            yield from map(str.encode, document_html(results))
        case Format.TEXT:
            from ocr.export.plain_text import document_text

            yield from map(str.encode, document_text(results.pages))
        case Format.WORD:
            yield document_word(results)
        case Format.ZIP:
            buffer = io.BytesIO()
            write_zip(buffer, [results], ZIPPED)
            yield buffer.getvalue()
        case _:
            yield from _placed(results, form)


def _placed(results: Results, form: Format) -> Iterator[bytes]:
    """The formats that say where words stand."""
    match form:
        case Format.PDF:
            from ocr.export.searchable_pdf import document_pdf

            yield from document_pdf(results)
        case Format.HOCR:
            from ocr.export.hocr import document_hocr

            yield from map(str.encode, document_hocr(results))
        case Format.ALTO:
            from ocr.export.alto import document_alto

            yield from map(str.encode, document_alto(results))
        case Format.PAGE:
            from ocr.export.page_xml import write_page_xml

            buffer = io.BytesIO()
            write_page_xml(buffer, results)
            yield buffer.getvalue()


def write_zip(target: Path | IO[bytes], read: Sequence[Results], formats: Collection[Format]) -> None:
    """Write a zip with these formats of one document, or of several in a folder each; figures go with Markdown.

    Raises as `content`, and OSError where the zip cannot be written.
    """
    folders = Folders(Path())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for results in read:
            place = folders.claim(results.document.name) if len(read) > 1 else Path()
            for form in formats:
                _add(archive, (place / file_name(form)).as_posix(), list(content(results, form)))
            for name, path in results.figures.items() if Format.MARKDOWN in formats else ():
                archive.write(path, (place / name).as_posix(), zipfile.ZIP_STORED)


def _add(archive: zipfile.ZipFile, name: str, pieces: Sequence[bytes]) -> None:
    """Add a file piece by piece, for the interpreter's lock is held while large strings are put together."""
    info = zipfile.ZipInfo(name, time.localtime()[:6])
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    info.file_size = sum(map(len, pieces))
    with archive.open(info, "w") as entry:
        for piece in pieces:
            entry.write(piece)


class Folders:
    """Assigns each document of a run a folder named after it, with a number if the name is taken."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._taken: set[str] = set()

    def claim(self, name: str, below: Sequence[str] = ()) -> Path:
        """A folder that no other document of this run has, within the folders `below` of the root."""
        place, stem = PurePosixPath(*map(safe_name, below)), folder_name(name)
        candidate, number = place / stem, 1
        while same_on_disk(str(candidate)) in self._taken:
            number += 1
            candidate = place / f"{stem}-{number}"
        self._taken.add(same_on_disk(str(candidate)))
        return self._root / candidate
