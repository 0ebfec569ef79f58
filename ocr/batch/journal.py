"""The rows of a task as parts in TARGET: written while pages are read, and what they say when the task goes on."""

import asyncio
import io
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from sys import intern
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from ocr.batch.rows import SCHEMA
from ocr.batch.storage import Folder

PART_ROWS = 256
"""Rows of a part, at most."""
PART_AGE_S = 60.0
"""Longest time for which a row waits before it is written."""
DAMAGED = ".damaged"
"""Ending that a part gets which cannot be parsed."""
_RESUME = pa.schema([
    ("id", pa.string()),
    ("page", pa.int32()),
    ("pages", pa.int32()),
    ("sha256", pa.string()),
    ("read_at", pa.int64()),
])  # fmt: skip
"""What is read of parts when a task goes on."""


class Journal:
    """Writes the rows of one attempt at a task; an async context manager that writes the last of them at its end.

    A part is written whole or not at all, off the event loop, while rows are added to the next one.
    """

    def __init__(self, folder: Folder, task: int) -> None:
        """Costs nothing. Parts of several attempts at a task, even at the same time, have different names."""
        self._folder = folder
        self._prefix = f"pages/{task:05d}-{secrets.token_hex(4)}"
        self._part = 0
        self._rows: list[dict[str, Any]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    async def add(self, row: dict[str, Any]) -> None:
        """Take a row; it is in TARGET after `PART_AGE_S` at the latest.

        Raises:
            OutputError: a part cannot be written; its rows are lost.
        """
        if self._writing and self._writing.done():
            self._writing.result()
        self._rows.append(row)
        if len(self._rows) >= PART_ROWS:
            await self._written()
            self._write_rows()
        elif not self._timer:
            self._timer = asyncio.get_running_loop().call_later(PART_AGE_S, self._write_rows)

    async def close(self) -> None:
        """Write what is left; raises as `add`."""
        self._write_rows()
        await self._written()

    async def __aenter__(self) -> Self:
        """Load what writes Parquet, so that no page waits for it."""
        await asyncio.to_thread(part_bytes, [])
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.close()

    async def _written(self) -> None:
        """Wait until all parts are written; whoever is cancelled meanwhile leaves them to be written."""
        if self._writing:
            await asyncio.shield(self._writing)

    def _write_rows(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if not self._rows:
            return
        rows, self._rows = self._rows, []
        name = f"{self._prefix}-{self._part:05d}.parquet"
        self._part += 1
        self._writing = asyncio.create_task(self._write(name, rows, self._writing))

    async def _write(self, name: str, rows: Sequence[Mapping[str, Any]], before: asyncio.Task[None] | None) -> None:
        if before:
            await before
        await asyncio.to_thread(lambda: self._folder.write(name, part_bytes(rows)))


def part_bytes(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows as a Parquet file."""
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), file, compression="zstd")
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class DonePages:
    """What the parts of a task have of a document."""

    sha256: str | None
    """Of the document whose pages these are: where it was another one at an earlier attempt, of the one read last."""
    count: int | None
    """Pages that the document has."""
    pages: frozenset[int]
    """Numbers of those that have a row, whatever it says."""
    unopened: bool = False
    """Whether the document could not be opened when it was last tried."""


GivenUp = Mapping[str, Collection[tuple[str, int]]]
"""Part → ids and pages of its rows that no longer count, because they are to be read again."""


def done_pages(folder: Folder, task: int, given_up: GivenUp | None = None) -> dict[str, DonePages]:
    """What stands in the parts of a task, by document id; blocks.

    A part that cannot be parsed is set aside under another name, and its pages count as unread.

    Raises:
        StorageError: TARGET cannot be read.
        OutputError: a damaged part cannot be renamed.
    """
    documents: dict[str, list[_ReadRow]] = defaultdict(list)
    for name in folder.names(f"pages/{task:05d}-"):
        if not name.endswith(".parquet"):
            continue
        lost = (given_up or {}).get(name, ())
        for id, row in _rows_of_part(folder, name):
            if (id, row.page) not in lost:
                documents[id].append(row)
    return {id: _done(rows) for id, rows in documents.items()}


class _ReadRow(NamedTuple):
    page: int
    pages: int | None
    sha256: str | None
    read_at: int
    """Milliseconds since 1970."""


def _rows_of_part(folder: Folder, name: str) -> Iterator[tuple[str, _ReadRow]]:
    try:
        with folder.open(name) as file:
            table = _resume_table(file)
    except (pa.ArrowException, OSError):
        data = folder.read(name)  # raises where the storage fails, not the part
        try:
            table = _resume_table(io.BytesIO(data))
        except (pa.ArrowException, OSError):
            folder.rename(name, f"{name}{DAMAGED}")
            return
    for id, page, pages, sha256, read_at in zip(*(column.to_pylist() for column in table.columns), strict=True):
        yield intern(id), _ReadRow(page, pages, sha256 and intern(sha256), read_at)


def _resume_table(file: IO[bytes]) -> pa.Table:
    return pq.read_table(file, columns=_RESUME.names).select(_RESUME.names).cast(_RESUME)


def _done(rows: Sequence[_ReadRow]) -> DonePages:
    last = max(rows, key=lambda row: row.read_at)
    if last.page == 0:
        return DonePages(None, None, frozenset(), unopened=True)
    pages = frozenset(row.page for row in rows if row.page and row.sha256 == last.sha256)
    return DonePages(last.sha256, last.pages, pages)
