"""The library: documents that were read, their results and files; several processes may write to it at once."""

import asyncio
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from ocr.document_store.library_database import (
    DOCUMENTS,
    LibraryDatabase,
    check_folder,
    erase_log,
    file_number,
    is_damaged,
    open_database,
    set_damaged_aside,
    transaction,
)
from ocr.document_store.library_notices import LibraryNotices
from ocr.document_store.library_size import erase, make_room
from ocr.document_store.library_values import EndedPage, KeptDocument, LibraryDocument, LibraryPage
from ocr.document_store.page_storage import SOURCE, PageWriter, parse_page
from ocr.document_store.page_values import CORRECTED_PART
from ocr.document_store.text_index import LibraryHit, search_texts
from ocr.errors import OutputError
from ocr.i18n import gettext
from ocr.types import Document, PageResult

UNDO_S = 10.0
"""Seconds after which a deletion is final."""

T = TypeVar("T")

_LIST = (
    "SELECT documents.id, name, media_type, sha256, page_count, model, read_at, count(number),"
    " sum(finish NOT IN ('stop')) FROM documents JOIN pages ON document_id = documents.id"
    " WHERE deleted_at IS NULL {} GROUP BY documents.id ORDER BY read_at DESC, documents.id DESC"
)


class DocumentLibrary:
    """The library in one folder. A method may be called in any thread, one at a time; `run` sees to that.

    Each of them raises OutputError where the library cannot be used: the disk is full, for one.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Nothing is opened, or made, before it is first used.

        Raises:
            UsageError: the folder holds other files, and no library.
        """
        check_folder(folder)
        self.folder, self._max_bytes = folder, max_bytes
        self.notices = LibraryNotices()
        self.closed = False
        """Whether nothing can be asked of it any more."""
        self._generation, self._token = 0, secrets.token_hex(4)
        self._database: LibraryDatabase | None = None
        self._thread = ThreadPoolExecutor(1, "library")

    async def run(self, method: Callable[..., T], *arguments: object) -> T:
        """Call one of the methods in the library's thread, while the event loop goes on."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, method, *arguments)

    def keep(self, document: Document, page: EndedPage, earlier: KeptDocument | None = None) -> KeptDocument | None:
        """Keep a page that has ended, in place of an earlier result, and with the first one the document's file.

        `earlier` is what was returned for another page of the same reading. Returns None if the document was deleted
        meanwhile; it does not come back then.

        Raises:
            OutputError: it cannot be kept.
        """

        def work(database: LibraryDatabase) -> KeptDocument | None:
            known = earlier.id if earlier and earlier.generation == self._generation else None
            writer, erased = PageWriter(database, self.folder / DOCUMENTS), dict[int, str | None]()
            try:
                with transaction(database.connection):
                    number = writer.document(document, known)
                    if number is None:
                        return None
                    writer.write_page(number, page)
                    erased = make_room(database, number, self._max_bytes, time.time() - UNDO_S)
            except BaseException:
                writer.discard_new()
                raise
            self.notices.add_removed(name for name in erased.values() if name is not None)
            writer.old += [self.file(one, "") for one in erased]
            if writer.discard_old():
                erase_log(database.connection)
            return KeptDocument(number, self._generation)

        return self._use(work)

    def keep_check(self, kept: KeptDocument, result: PageResult) -> None:
        """Keep the words and the check of a result beside the page that was kept, if that has the same text.

        Raises:
            OutputError: they cannot be kept; the page is as it was.
        """

        def work(database: LibraryDatabase) -> None:
            if kept.generation == self._generation:
                with transaction(database.connection):
                    PageWriter(database, self.folder / DOCUMENTS).write_check(kept.id, result)

        self._use(work)

    def documents(self) -> list[LibraryDocument]:
        """All documents, those read last first."""
        return self._use(lambda database: self._documents(database, ""))

    def document(self, number: int) -> LibraryDocument | None:
        """The document of this number; None if there is none."""
        found = self._use(lambda database: self._documents(database, "AND documents.id = ?", number))
        return found[0] if found else None

    def pages(self, number: int) -> list[LibraryPage]:
        """What was read of a document, in the order of its pages."""
        rows = self._use(
            lambda database: database.connection.execute(
                "SELECT number, request, figures, result FROM pages WHERE document_id = ? ORDER BY number", (number,)
            ).fetchall()
        )
        return [parse_page(self.file(number, ""), *row) for row in rows]

    def corrected_counts(self) -> dict[int, int]:
        """How many pages somebody has corrected of each document, by its number; of a document without any nothing."""
        counts = "SELECT document_id, count(*) FROM pages WHERE instr(result, ?) GROUP BY document_id"
        return dict(self._use(lambda database: database.connection.execute(counts, (CORRECTED_PART,)).fetchall()))

    def kept(self, number: int) -> KeptDocument:
        """What `keep` takes for further pages of this document."""
        return KeptDocument(number, self._generation)

    def file(self, number: int, name: str = SOURCE) -> Path:
        """A file of a document, by default the document itself."""
        return self.folder / DOCUMENTS / str(number) / name

    def search(self, query: str) -> list[LibraryHit] | None:
        """Pages that have all words of the query; None where this Python's SQLite has no full-text search."""
        return self._use(lambda database: search_texts(database.connection, query) if database.full_text else None)

    def delete(self, number: int) -> None:
        """Delete a document: it is gone from the list at once, and for good after `UNDO_S`, see `purge`."""
        self._use(lambda database: self._mark(database, number, time.time()))

    def undo(self, number: int) -> None:
        """Take a deletion back that is not final; not if the same file has been read again meanwhile."""

        def work(database: LibraryDatabase) -> None:
            with suppress(sqlite3.IntegrityError):
                self._mark(database, number, None)

        self._use(work)

    def purge(self, older_than_s: float = UNDO_S) -> None:
        """Delete for good what was deleted so long ago: rows, texts, files, and their remains in the database."""
        self._use(lambda database: self._purge(database, older_than_s))

    def version(self) -> str:
        """Another one after each change, whichever process has made it."""

        def work(database: LibraryDatabase) -> str:
            (others,) = database.connection.execute("PRAGMA data_version").fetchone()
            return f"{self._token}-{self._generation}-{others}-{database.connection.total_changes}"

        return self._use(work)

    def close(self, *, final: bool = False) -> None:
        """Close the file after whatever is still being done; not on an event loop. `final`: so are all deletions."""
        self.closed = True
        self._thread.submit(self._close, final=final).result()
        self._thread.shutdown()

    def _close(self, *, final: bool) -> None:
        if self._database is not None:
            with suppress(OutputError):
                self.purge(0.0 if final else UNDO_S)
            self._forget()

    def _documents(self, database: LibraryDatabase, condition: str, *values: object) -> list[LibraryDocument]:
        return [LibraryDocument(*row) for row in database.connection.execute(_LIST.format(condition), values)]

    def _mark(self, database: LibraryDatabase, number: int, deleted_at: float | None) -> None:
        database.connection.execute("UPDATE documents SET deleted_at = ? WHERE id = ?", (deleted_at, number))

    def _purge(self, database: LibraryDatabase, older_than_s: float) -> None:
        due = "SELECT id FROM documents WHERE deleted_at <= ?"
        numbers = [number for (number,) in database.connection.execute(due, (time.time() - older_than_s,))]
        if not numbers:
            return
        with transaction(database.connection):
            for number in numbers:
                erase(database, number)
        for number in numbers:
            shutil.rmtree(self.file(number, ""), ignore_errors=True)
        erase_log(database.connection)

    def _use(self, work: Callable[[LibraryDatabase], T]) -> T:
        """Do this with the open file; once more with a new one where it turns out to be damaged."""
        try:
            try:
                return work(self._opened())
            except sqlite3.DatabaseError as error:
                if not is_damaged(error) or self._database is None:
                    raise
                aside = set_damaged_aside(self.folder, self._database.inode)
                self._forget()
                self.notices.add_damaged(aside)
                return work(self._opened())
        except (sqlite3.Error, OSError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise OutputError(
                gettext("The library cannot be used: {reason}.", reason=reason),
                gettext("Check the permissions of {folder} and the room on its disk.", folder=str(self.folder)),
            ) from error

    def _opened(self) -> LibraryDatabase:
        if self._database is not None and self._database.inode != file_number(self.folder):
            self._forget()  # set aside by another process, or deleted by somebody
        if self._database is None:
            self._database = open_database(self.folder)
            self.notices.add_damaged(self._database.set_aside)
            self._purge(self._database, UNDO_S)
        return self._database

    def _forget(self) -> None:
        if self._database is not None:
            self._database.connection.close()
            self._database = None
            self._generation += 1
