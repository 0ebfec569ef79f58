"""The SQLite file of the library: opened, migrated, and set aside where it is damaged."""

import fcntl
import os
import re
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ocr.document_store.text_index import open_index
from ocr.errors import OutputError, UsageError
from ocr.i18n import gettext
from ocr.output import private_opener

DATABASE = "library.sqlite"
DATABASE_FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")
"""The file itself, and those that SQLite has beside it while it is open."""
DOCUMENTS = "pagelight-documents"
"""Folder of the documents' files: `pagelight-documents/12/` for document 12."""
DAMAGED = "damaged-"
"""Begins the names of folders with libraries that were set aside."""
LOCK_FILE = "library.lock"
"""Locked while the file is opened: one process migrates it or sets it aside, others wait."""
APPLICATION_ID = 0x50676C74
"""Marks the file as a library of Pagelight, as SQLite's `application_id`."""
LOCK_TIMEOUT_S = 60.0
"""Seconds to wait for another process that writes; it may be copying a large document."""

MIGRATIONS = (
    """
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT, sha256 TEXT NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL,
        page_count INTEGER NOT NULL, source_bytes INTEGER NOT NULL, model TEXT NOT NULL, read_at REAL NOT NULL,
        deleted_at REAL
    );
    CREATE UNIQUE INDEX documents_sha256 ON documents (sha256) WHERE deleted_at IS NULL;
    CREATE TABLE pages (
        id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        number INTEGER NOT NULL, finish TEXT NOT NULL, bytes INTEGER NOT NULL, request TEXT NOT NULL,
        figures TEXT NOT NULL, result TEXT NOT NULL, UNIQUE (document_id, number)
    );
    CREATE INDEX pages_listed ON pages (document_id, number, finish, bytes);
    """,
)
"""SQL from each version of the schema to the next; the file's `user_version` counts those that have been run.

`pages_listed` has what the list and the size of the library need of a page, so that its texts need not be read.
AUTOINCREMENT never gives a deleted document's number to another: an old address leads to nothing else.
"""

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@dataclass(slots=True)
class LibraryDatabase:
    """The open file."""

    connection: sqlite3.Connection
    inode: int
    """Of the file: another process may have set it aside, or somebody has deleted it."""
    full_text: bool
    """Whether this SQLite can index texts."""
    set_aside: Path | None = None
    """Where a damaged library was put that stood in its place."""


def check_folder(folder: Path) -> None:
    """Check that this folder is a library, or that one can be made there without mixing it with other files.

    Raises:
        UsageError: it has files, and none of them is a library's.
    """
    try:
        names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    except OSError:
        return  # there is none yet, or opening it says what is wrong
    if names and names.isdisjoint((DATABASE, DOCUMENTS, LOCK_FILE)):
        raise UsageError(
            gettext("{folder} is not empty, and is no library of Pagelight.", folder=str(folder)),
            "Choose an empty or a new folder with --library-dir.",
        )


def holds_library(folder: Path) -> bool:
    """Whether there is a library in this folder.

    Raises:
        OSError: the folder cannot be looked into.
    """
    try:
        return stat.S_ISREG((folder / DATABASE).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def open_database(folder: Path) -> LibraryDatabase:
    """Open the library in this folder, for this user alone; a new one where there is none, or a damaged one.

    Raises:
        OSError, sqlite3.Error: it cannot be opened.
        OutputError: a newer version of Pagelight, or another program, has written it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(folder / LOCK_FILE):
        try:
            return _open(folder)
        except sqlite3.DatabaseError as error:
            if not is_damaged(error):
                raise
            aside = _set_aside(folder)
            database = _open(folder)
            database.set_aside = aside
            return database


def set_damaged_aside(folder: Path, inode: int) -> Path | None:
    """Put the damaged file of this number and its documents into a folder beside them; None if that was done."""
    with _locked(folder / LOCK_FILE):
        return _set_aside(folder) if file_number(folder) == inode else None


def file_number(folder: Path) -> int:
    """The number by which the file system knows the file; 0 where there is none."""
    with suppress(OSError):
        return (folder / DATABASE).stat().st_ino
    return 0


def is_damaged(error: sqlite3.Error) -> bool:
    """Whether the file itself is damaged, or no database at all."""
    code = getattr(error, "sqlite_errorcode", None)  # missing where Python itself refuses
    return code is not None and code & 0xFF in _DAMAGED


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that writes; it waits for those of other processes, and ends whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # SQLite may have rolled back by itself, as where the disk is full
            connection.execute("ROLLBACK")
        raise


def erase_log(connection: sqlite3.Connection) -> None:
    """Empty the write-ahead log, in which texts stand that have been deleted.

    Another process that reads at this moment may keep it from that; the next deletion, or opening, does it then.
    """
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _open(folder: Path) -> LibraryDatabase:
    path = folder / DATABASE
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        _check_owner(connection, path)
        for name in DATABASE_FILES:  # opening it has made the other two, with its own mode
            _restrict(folder / name, 0o600)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        _migrate(connection)
        full_text = open_index(connection)
        _remove_orphans(connection, folder / DOCUMENTS)
        erase_log(connection)
        return LibraryDatabase(connection, file_number(folder), full_text)
    except BaseException:
        connection.close()
        raise


def _restrict(path: Path, mode: int) -> None:
    """Take the rights of others away, as from a folder that was there before; who does not own it leaves them."""
    with suppress(PermissionError, FileNotFoundError):
        path.chmod(mode)


def _check_owner(connection: sqlite3.Connection, path: Path) -> None:
    """Check that the file is new or a library.

    Raises:
        OutputError: it belongs to another program.
    """
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if owner != APPLICATION_ID and (owner or tables):
        raise OutputError(
            gettext("{file} is no library of Pagelight.", file=str(path)),
            "Choose another folder with --library-dir, or move the file elsewhere.",
        )


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise OutputError(
            "The library was written by a newer version of Pagelight.", "Update Pagelight, or choose another folder."
        )
    for number in range(version, len(MIGRATIONS)):
        with transaction(connection):
            for statement in filter(str.strip, MIGRATIONS[number].split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={number + 1}")


def _remove_orphans(connection: sqlite3.Connection, documents: Path) -> None:
    """Delete the folders of documents that were deleted, or never added, when a program was killed.

    No other process adds a document meanwhile: it copies the file within its own transaction. What has no number as its
    name is not the library's, and stays.
    """
    documents.mkdir(mode=0o700, exist_ok=True)
    _restrict(documents, 0o700)
    with transaction(connection):
        known = {str(number) for (number,) in connection.execute("SELECT id FROM documents")}
        for folder in documents.iterdir():
            if re.fullmatch("[1-9][0-9]*", folder.name) and folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)


def _set_aside(folder: Path) -> Path:
    aside = folder / f"{DAMAGED}{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    aside.mkdir(mode=0o700)
    for name in (*DATABASE_FILES, DOCUMENTS):
        with suppress(FileNotFoundError):
            (folder / name).rename(aside / name)
    return aside


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(path, "w", opener=private_opener) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
