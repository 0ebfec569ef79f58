"""A document and its pages written into the library's tables and folder."""

import json
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ocr.config.read_request import ReadRequest
from ocr.document_store.library_database import LibraryDatabase
from ocr.document_store.library_values import EndedPage, LibraryPage
from ocr.document_store.page_values import parse_request, parse_result, request_text, result_text
from ocr.document_store.text_index import INDEX_SHARE, add_text
from ocr.encodable_text import encodable
from ocr.errors import OutputError
from ocr.i18n import gettext
from ocr.output import RESERVE_BYTES, whole_file
from ocr.parsing.visible_text import visible_text
from ocr.types import ABORTED, Document, Finish, PageResult

SOURCE = "document"
"""The file that was read, in its document's folder."""


class PageWriter:
    """Writes a page, and its document if that is new, within a transaction of its caller."""

    def __init__(self, database: LibraryDatabase, documents: Path) -> None:
        self._database, self._documents = database, documents
        self.new: list[Path] = []
        """Files and folders to delete if the transaction fails."""
        self.old: list[Path] = []
        """Those to delete once it has succeeded."""

    def document(self, document: Document, known: int | None) -> int | None:
        """The number of the document; one that is new is added. None if the known one is not there any more."""
        run = self._database.connection.execute
        if known is not None:
            return known if run("SELECT 1 FROM documents WHERE id = ?", (known,)).fetchone() else None
        name = encodable(document.name)
        same = "SELECT id FROM documents WHERE sha256 = ? AND deleted_at IS NULL"
        if row := run(same, (document.sha256,)).fetchone():
            run("UPDATE documents SET name = ? WHERE id = ?", (name, row[0]))
            return int(row[0])
        size = document.path.stat().st_size
        self._check_room(size)
        values = (document.sha256, name, document.media_type, document.pages, size)
        added = run(
            "INSERT INTO documents (sha256, name, media_type, page_count, source_bytes, model, read_at)"
            " VALUES (?, ?, ?, ?, ?, '', 0)",
            values,
        )
        number = int(added.lastrowid or 0)
        folder = self._documents / str(number)
        shutil.rmtree(folder, ignore_errors=True)  # what a power failure may have left
        folder.mkdir(mode=0o700)
        self.new.append(folder)
        with document.path.open("rb") as source, whole_file(folder / SOURCE, durable=True, private=True) as target:
            shutil.copyfileobj(source, target, 1024 * 1024)
        return number

    def write_page(self, number: int, page: EndedPage) -> None:
        """Write a page's result in place of the one before; an aborted reading does not replace a complete one."""
        run, result = self._database.connection.execute, page.result
        before = run(
            "SELECT id, finish, figures FROM pages WHERE document_id = ? AND number = ?", (number, result.number)
        ).fetchone()
        finish = result.finish.value
        if before and result.finish in ABORTED and before[1] not in ABORTED:
            return
        figures, size = self._write_figures(number, page)
        text, visible = result_text(result), encodable(visible_text(result.markdown))
        size += len(text.encode()) + (round(INDEX_SHARE * len(visible.encode())) if self._database.full_text else 0)
        row = (number, result.number, finish, size, request_text(page.request), json.dumps(figures), text)
        if before:
            with suppress(ValueError):  # of a damaged row, of which nobody knows the figures
                self.old += _figure_files(self._documents / str(number), before[2]).values()
            run(
                "UPDATE pages SET document_id = ?, number = ?, finish = ?, bytes = ?, request = ?, figures = ?,"
                " result = ? WHERE id = ?",
                (*row, before[0]),
            )
        else:
            before = (
                run(
                    "INSERT INTO pages (document_id, number, finish, bytes, request, figures, result)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    row,
                ).lastrowid,
            )
        run("UPDATE documents SET model = ?, read_at = ? WHERE id = ?", (encodable(page.model), time.time(), number))
        if self._database.full_text:
            add_text(self._database.connection, before[0], visible)

    def write_check(self, number: int, result: PageResult) -> None:
        """Write the words and the check of a result beside the page, if that has the same text."""
        run = self._database.connection.execute
        of_page = "SELECT id, bytes, result FROM pages WHERE document_id = ? AND number = ?"
        row = run(of_page, (number, result.number)).fetchone()
        before = _readable(row[2]) if row else None
        if before is None or before.markdown != result.markdown:
            return
        text = result_text(replace(before, words=result.words, check=result.check))
        size = row[1] + len(text.encode()) - len(row[2].encode())
        run("UPDATE pages SET result = ?, bytes = ? WHERE id = ?", (text, size, row[0]))

    def discard_new(self) -> None:
        """Delete what was written, after the transaction has failed."""
        _discard(self.new)

    def discard_old(self) -> bool:
        """Delete what has been replaced, after the transaction has succeeded; whether there was anything."""
        _discard(self.old)
        return bool(self.old)

    def _write_figures(self, number: int, page: EndedPage) -> tuple[dict[str, str], int]:
        """Copy the figures that are still there; their names in the folder, and their bytes."""
        names: dict[str, str] = {}
        size = 0
        for name, path in page.figures.items():
            target = self._documents / str(number) / f"figure-{secrets.token_hex(8)}{path.suffix}"
            with suppress(FileNotFoundError):  # its visitor has left
                size += path.stat().st_size
                with path.open("rb") as source, whole_file(target, private=True) as file:
                    shutil.copyfileobj(source, file)
                names[name] = target.name
                self.new.append(target)
        return names, size

    def _check_room(self, size: int) -> None:
        if shutil.disk_usage(self._documents).free - size < RESERVE_BYTES:
            raise OutputError(
                "The disk is nearly full, so the document is not kept in the library.",
                "Delete documents from the library, or make room on the disk.",
            )


def parse_page(folder: Path, number: int, request: str, figures: str, result: str) -> LibraryPage:
    """A page from its row; one that cannot be understood has failed. `folder` is its document's."""
    try:
        return LibraryPage(parse_result(result), parse_request(request), _figure_files(folder, figures))
    except ValueError:
        error = gettext("What the library has of this page is damaged. Read the page again.")
        failed = PageResult(number, 0, 0, "", "", (), Finish.FAILED, error, 0, 0, 0.0)
        return LibraryPage(failed, ReadRequest(), {}, damaged=True)


def _figure_files(folder: Path, figures: str) -> dict[str, Path]:
    """The files of a row's figures by their names in the page's text.

    Raises:
        ValueError: the row is damaged.
    """
    try:
        return {name: folder / file for name, file in json.loads(figures).items()}
    except (AttributeError, TypeError) as error:
        raise ValueError(f"not the figures of a page: {error!r}") from error


def _readable(text: str) -> PageResult | None:
    """The result of a row; None for one that is damaged."""
    try:
        return parse_result(text)
    except ValueError:
        return None


def _discard(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
