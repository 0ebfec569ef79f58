"""The work of the command `library`: documents listed, searched and exported."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ocr.cli.library_command import LibraryExport
from ocr.cli.library_export import LibraryExporter
from ocr.cli.terminal import Terminal
from ocr.document_store.document_library import DocumentLibrary
from ocr.document_store.library_database import holds_library
from ocr.document_store.library_values import LibraryDocument
from ocr.document_store.text_index import MAX_HITS
from ocr.documents.renderer import Renderer
from ocr.documents.worker_tasks import DocumentLimits
from ocr.errors import OcrError, OutputError, UsageError
from ocr.filenames import printable
from ocr.interrupts import INTERRUPTED, sigterm_as_interrupt

MAX_LIBRARY_BYTES = 2**63 - 1
"""No limit: nothing is added here for which other documents would have to make room."""


def list_documents(folder: Path | None, *, as_json: bool) -> int:
    """Print the documents; return the exit code."""

    def work(library: DocumentLibrary, terminal: Terminal) -> int:
        documents, corrected = library.documents(), library.corrected_counts()
        if as_json:
            terminal.print_line(_json([_document_value(one, corrected.get(one.id, 0)) for one in documents]))
            return 0
        for one in documents:
            read_at = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.read_at))
            terminal.tell(str(one.id), f"{read_at}\t{printable(one.name)}\t{_pages(one, corrected.get(one.id, 0))}")
        if not documents:
            terminal.note("The library is empty. Read documents in the web page or with --library.")
        return 0

    return _run(folder, Terminal(quiet=False), work)


def search(folder: Path | None, words: str, *, as_json: bool) -> int:
    """Print the pages that have all of these words; return the exit code."""

    def work(library: DocumentLibrary, terminal: Terminal) -> int:
        hits = library.search(words)
        if hits is None:
            raise UsageError(
                "The library cannot be searched: the SQLite of this Python has no full-text search.",
                "Use a Python whose SQLite has FTS5 with trigrams (3.34 or later).",
            )
        names = {one.id: one.name for one in library.documents()}
        found = [(hit, name) for hit in hits if (name := names.get(hit.document_id)) is not None]
        if as_json:
            values = [
                {
                    "document": hit.document_id, "name": name, "page": hit.page,
                    "before": hit.before, "matched": hit.matched, "after": hit.after,
                }
                for hit, name in found
            ]  # fmt: skip
            terminal.print_line(_json(values))
            return 0
        for hit, name in found:
            text = " ".join(f"{hit.before}{hit.matched}{hit.after}".split())
            terminal.tell(str(hit.document_id), f"{printable(name)}\tpage {hit.page}\t{printable(text)}")
        if not found:
            terminal.note(f"No page in the library has all of this: {words}. Search for fewer words, or parts of them.")
        elif len(hits) == MAX_HITS:
            terminal.note(f"These are the best {MAX_HITS} pages; there may be more. Add words to find fewer.")
        return 0

    return _run(folder, Terminal(quiet=False), work)


def export(folder: Path | None, asked: LibraryExport, *, quiet: bool) -> int:
    """Write documents into files; return the exit code."""

    def work(library: DocumentLibrary, terminal: Terminal) -> int:
        limits = DocumentLimits(max_bytes=MAX_LIBRARY_BYTES, max_seconds=asked.render_timeout)
        with Renderer(limits=limits) as renderer:
            return asyncio.run(LibraryExporter(library, asked, renderer, terminal).run())

    return _run(folder, Terminal(quiet=quiet), work)


def _run(folder: Path | None, terminal: Terminal, work: Callable[[DocumentLibrary, Terminal], int]) -> int:
    """Do this with the library; what stands in the way is complained of."""
    try:
        with sigterm_as_interrupt(), _opened(folder) as library:
            code = work(library, terminal)
            if notice := library.notices.text:
                terminal.note(notice)
            return code
    except OcrError as error:
        terminal.complain("", error)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED


@contextmanager
def _opened(folder: Path | None) -> Iterator[DocumentLibrary]:
    """The library in this folder.

    Raises:
        UsageError: there is none.
        OutputError: its folder cannot be looked into.
    """
    if folder is None:
        raise UsageError("There is no home directory to look for a library in.", "Name its folder with --library-dir.")
    try:
        there = holds_library(folder)
    except OSError as error:
        raise OutputError(
            f"The library in {printable(str(folder))} cannot be opened: {error.strerror}.",
            "Check the path and its permissions, or name another folder with --library-dir.",
        ) from error
    if not there:
        raise UsageError(
            f"There is no library in {printable(str(folder))}.",
            "Read documents in the web page or with --library, or name another folder with --library-dir.",
        )
    library = DocumentLibrary(folder, MAX_LIBRARY_BYTES)
    try:
        yield library
    finally:
        library.close()


def _pages(document: LibraryDocument, corrected: int) -> str:
    read, all_pages = document.pages_read, document.page_count
    words = [f"{read} of {all_pages} page{'' if all_pages == 1 else 's'}"]
    words += [f"{document.pages_incomplete} partial"] if document.pages_incomplete else []
    words += [f"{corrected} corrected"] if corrected else []
    return ", ".join(words)


def _document_value(document: LibraryDocument, corrected: int) -> dict[str, Any]:
    return {
        "document": document.id,
        "name": document.name,
        "media_type": document.media_type,
        "sha256": document.sha256,
        "pages": document.page_count,
        "pages_read": document.pages_read,
        "pages_partial": document.pages_incomplete,
        "pages_corrected": corrected,
        "model": document.model,
        "read_at": datetime.fromtimestamp(document.read_at, UTC).isoformat(timespec="seconds"),
    }


def _json(value: list[dict[str, Any]]) -> str:
    return json.dumps(value, indent=1)  # ASCII alone, which standard output can write in any encoding
