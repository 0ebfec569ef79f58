"""Cache complete answers on disk, so that a page is not read twice and a stopped run can be resumed."""

import asyncio
import hashlib
import json
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing, suppress
from pathlib import Path
from typing import TypeVar

from ocr.config.profiles import ReadOptions
from ocr.events import Delta, Finished
from ocr.inference.reader import Reader, WrappedReader
from ocr.types import Finish, PageImage

MAX_CACHE_BYTES = 256 * 1024 * 1024
"""Of text kept: some 50,000 pages. The answers used longest ago go first."""

PUTS_PER_SWEEP = 100
"""Answers stored between two looks at the size."""

LOCK_TIMEOUT_S = 0.2
"""Seconds to wait for another run that writes; after that the page is simply not kept."""

_THREAD = ThreadPoolExecutor(1, "page-cache")
"""Runs all SQLite work of a program, one call at a time, so that the event loop never waits for a disk."""

T = TypeVar("T")

SCHEMA_VERSION = 2
"""Version of the table and of what a key is made of; a file of another version is emptied."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key BLOB PRIMARY KEY, text TEXT NOT NULL, tokens INTEGER, digest BLOB NOT NULL, bytes INTEGER NOT NULL,
    used REAL NOT NULL
) WITHOUT ROWID
"""


class PageCache:
    """A file of whole answers; one that cannot be used (no room, not a database) costs nothing but its use."""

    def __init__(self, path: Path, max_bytes: int = MAX_CACHE_BYTES) -> None:
        """The file is opened, or made for this user alone, when it is first used.

        Any thread may call the methods, one at a time; `run` sees to that.
        """
        self._path, self._max_bytes, self._stored = path, max_bytes, 0
        self._closed = False
        self._connection: sqlite3.Connection | None = None

    async def run(self, method: Callable[..., T], *arguments: object) -> T:
        """Call one of the methods in the thread of the caches, while the event loop goes on."""
        return await asyncio.get_running_loop().run_in_executor(_THREAD, method, *arguments)

    def _database(self) -> sqlite3.Connection | None:
        """The open file; None while it cannot be opened, as when another run is making it."""
        if self._connection is None and not self._closed:
            with suppress(OSError, sqlite3.Error):
                self._connection = self._open()
        return self._connection

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        database = sqlite3.connect(self._path, timeout=LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            if database.execute("PRAGMA user_version").fetchone() != (SCHEMA_VERSION,):
                database.execute("DROP TABLE IF EXISTS answers")
                database.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            database.execute(SCHEMA)
        except BaseException:
            database.close()
            raise
        return database

    def get(self, key: bytes) -> tuple[str, int | None] | None:
        """Text and tokens of the answer kept under a key; one that is not what was stored is dropped."""
        database = self._database()
        if database is None:
            return None
        try:
            with closing(database.execute("SELECT text, tokens, digest FROM answers WHERE key = ?", (key,))) as found:
                row: tuple[str, int | None, bytes] | None = found.fetchone()
            if row is None:
                return None
            text, tokens, digest = row
            if digest != _digest(key, text, tokens):
                database.execute("DELETE FROM answers WHERE key = ?", (key,))
                return None
            database.execute("UPDATE answers SET used = ? WHERE key = ?", (time.time(), key))
        except (sqlite3.Error, UnicodeError):
            return None
        return text, tokens

    def put(self, key: bytes, text: str, tokens: int | None) -> None:
        """Keep an answer."""
        database = self._database()
        if database is None:
            return
        size = len(key) + len(text.encode())
        with suppress(sqlite3.Error):
            row = (key, text, tokens, _digest(key, text, tokens), size, time.time())
            database.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", row)
            if self._stored % PUTS_PER_SWEEP == 0:
                self._sweep(database)
            self._stored += 1

    def _sweep(self, database: sqlite3.Connection) -> None:
        """Drop what was used longest ago, down to the size allowed."""
        database.execute(
            "DELETE FROM answers WHERE key IN (SELECT key FROM (SELECT key, sum(bytes) OVER"
            " (ORDER BY used DESC, key) AS total FROM answers) WHERE total > ?)",
            (self._max_bytes,),
        )

    def close(self) -> None:
        """Sweep, and close the file, after whatever is still being done with it; not to be called in an event loop."""
        _THREAD.submit(self._close).result()

    def _close(self) -> None:
        self._closed = True
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._sweep(self._connection)
            self._connection.close()
            self._connection = None


class CachedReader(WrappedReader):
    """Another reader's answers, each asked for once: whole ones are kept and come back in one piece."""

    def __init__(self, reader: Reader, cache: PageCache, server: str, *, fresh: bool = False) -> None:
        """`server` tells the answers of this server from those of others (`Server.identity`).

        `fresh` asks for every page, and stores the new answers in the place of the old.
        """
        super().__init__(reader)
        self._cache, self._server, self._fresh = cache, server, fresh

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncGenerator[Delta | Finished, None]:
        """Stream one page's answer, from the file where it is there."""
        key = await self._cache.run(cache_key, image, options, self._server)
        if not self._fresh and (stored := await self._cache.run(self._cache.get, key)):
            yield Delta(stored[0])
            yield Finished(Finish.STOP, stored[1], cached=True)
            return
        texts: list[str] = []
        chunks = 0
        async with aclosing(self._reader.read(image, options)) as answer:
            async for item in answer:
                if isinstance(item, Delta):
                    texts.append(item.text)
                    chunks += item.chunks
                elif item.finish is Finish.STOP and not item.answered_by and (text := "".join(texts)).strip():
                    tokens = item.tokens if item.tokens is not None else chunks
                    await self._cache.run(self._cache.put, key, text, tokens)
                yield item


def cache_key(image: PageImage, options: ReadOptions, server: str) -> bytes:
    """What an answer depends on: the server, what it serves under the model's name, the image, and all sent with it."""
    asked = [
        server, options.root, options.revision, options.model, options.prompt, options.thinking, options.temperature,
        options.top_p, options.max_tokens(image.width, image.height),
    ]  # fmt: skip
    return hashlib.sha256(hashlib.sha256(image.data).digest() + json.dumps(asked).encode()).digest()


def _digest(key: bytes, text: str, tokens: int | None) -> bytes:
    """What tells a stored answer from one that has changed on the disk."""
    return hashlib.sha256(key + f"{tokens} {text}".encode()).digest()
