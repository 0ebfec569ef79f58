"""The rows of a task as parts in TARGET: written while pages are read, and what they say when the task goes on."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from ocr.batch.parts import DAMAGED, DamagedPart, part_bytes, part_prefix, part_task
from ocr.batch.row_index import part_rows, row_index
from ocr.batch.storage import Folder

PART_ROWS = 256
"""Rows of a part, at most."""
PART_AGE_S = 60.0
"""Longest time for which a row waits before it is written."""


class Journal:
    """Writes the rows of one attempt at a task; an async context manager that writes the last of them at its end.

    A part is written whole or not at all, off the event loop, while rows are added to the next one.
    """

    def __init__(self, folder: Folder, task: int, before_part: Callable[[], Awaitable[object]] | None = None) -> None:
        """Costs nothing. Parts of several attempts at a task, even at the same time, have different names.

        `before_part` is waited for before a part is written: it brings the files that the part's rows name.
        """
        self._folder, self._before_part = folder, before_part
        self._prefix = f"{part_prefix(task)}{secrets.token_hex(4)}"
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
        if self._before_part:
            await self._before_part()
        await asyncio.to_thread(lambda: self._folder.write(name, part_bytes(rows)))


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
    tables = []
    for name in folder.names(part_prefix(task)):
        if part_task(name) is None:
            continue
        try:
            rows = part_rows(folder, name)
        except DamagedPart:
            folder.rename(name, f"{name}{DAMAGED}")
            continue
        if lost := (given_up or {}).get(name):
            ids_and_pages = zip(rows["id"].to_pylist(), rows["page"].to_pylist(), strict=True)
            rows = rows.filter(pa.array([one not in lost for one in ids_and_pages], pa.bool_()))
        tables.append(rows)
    best = row_index(tables).best
    columns = (best[name].to_pylist() for name in ("id", "page", "pages", "sha256"))
    return {id: _done(list(rows)) for id, rows in groupby(zip(*columns, strict=True), key=itemgetter(0))}


def _done(rows: Sequence[tuple[str, int, int | None, str | None]]) -> DonePages:
    """Those of a document; rows are id, page, pages and SHA-256, in the order of the pages."""
    if rows[0][1] == 0:
        return DonePages(None, None, frozenset(), unopened=True)
    _, _, count, sha256 = rows[0]
    return DonePages(sha256, count, frozenset(page for _, page, _, _ in rows))
