"""Parts are written whole and in time, and tell what is read already."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ocr.batch import journal
from ocr.batch.journal import DonePages, Journal, done_pages
from ocr.batch.parts import part_bytes
from ocr.batch.row_index import read_index
from ocr.batch.rows import SCHEMA, document_row, page_row
from ocr.batch.storage import Folder
from ocr.errors import DamagedDocument, OutputError, StorageError
from tests.batch.test_rows import DOCUMENT, ENTRY, READ_BY, page


def row(number: int = 1, sha256: str = "a" * 64) -> dict[str, Any]:
    return page_row(ENTRY, replace(DOCUMENT, sha256=sha256), page(number), READ_BY)


def pages(folder: Path) -> list[list[int]]:
    """The page numbers in each part."""
    return [pq.read_table(part, columns=["page"])["page"].to_pylist() for part in sorted(folder.glob("pages/*"))]


@pytest.mark.anyio
async def test_journal_writes_parts_of_so_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full part is written at once, the rest at the end; the parts of a second attempt stand beside them."""
    monkeypatch.setattr(journal, "PART_ROWS", 2)
    async with Journal(Folder(tmp_path), 3) as first:
        for number in range(1, 6):
            await first.add(row(number))
    assert pages(tmp_path) == [[1, 2], [3, 4], [5]]
    async with Journal(Folder(tmp_path), 3) as second:
        await second.add(row(6))
    assert len(pages(tmp_path)) == 4
    assert done_pages(Folder(tmp_path), 3)[ENTRY.id].pages == {1, 2, 3, 4, 5, 6}
    assert done_pages(Folder(tmp_path), 4) == {}


@pytest.mark.anyio
async def test_journal_writes_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row does not wait for others for longer than that."""
    monkeypatch.setattr(journal, "PART_AGE_S", 0.01)
    written = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Noting(Folder):
        def write(self, name: str, data: bytes) -> None:
            super().write(name, data)
            loop.call_soon_threadsafe(written.set)

    async with Journal(Noting(tmp_path), 0) as rows:
        for number in (1, 2):
            written.clear()
            await rows.add(row(number))
            await written.wait()
        assert pages(tmp_path) == [[1], [2]]


@pytest.mark.anyio
async def test_journal_says_what_cannot_be_written(tmp_path: Path) -> None:
    """A part that cannot be written ends the task."""
    (tmp_path / "pages").write_text("a file in the way")
    with pytest.raises(OutputError):
        async with Journal(Folder(tmp_path), 0) as rows:
            await rows.add(row())


def write(folder: Folder, name: str, *rows: dict[str, Any]) -> None:
    folder.write(f"pages/00000-{name}.parquet", part_bytes(rows))


def test_done_pages_of_the_later_content(tmp_path: Path) -> None:
    """Rows of what the document was before count as unread, whatever the parts' names."""
    folder = Folder(tmp_path)
    old, new = row(1, "a" * 64), row(2, "b" * 64)
    write(folder, "x", new)
    write(folder, "y", old | {"read_at": new["read_at"].replace(year=2020)})
    assert done_pages(folder, 0) == {ENTRY.id: DonePages("b" * 64, 7, frozenset({2}))}


@pytest.mark.parametrize("names", [("x", "y"), ("y", "x")])
def test_a_task_that_goes_on_and_merging_take_the_same_rows(tmp_path: Path, names: tuple[str, str]) -> None:
    """Also where two contents of a document were read at the same time: no page is left out, or asked for in vain."""
    folder, one, other = Folder(tmp_path), row(1, "a" * 64), row(2, "b" * 64)
    for name, written in zip(names, (one, other | {"read_at": one["read_at"]}), strict=True):
        write(folder, name, written)
    (best,) = read_index(folder).best.select(["sha256", "page"]).to_pylist()
    done = done_pages(folder, 0)[ENTRY.id]
    assert (done.sha256, done.pages) == (best["sha256"], {best["page"]})


def test_done_pages_of_rows_of_another_version(tmp_path: Path) -> None:
    """They are neither guessed at nor set aside: they may be whole."""
    folder = Folder(tmp_path)
    table = pa.Table.from_pylist([row(1)], SCHEMA).replace_schema_metadata({"pagelight.rows": "99"})
    with folder.create("pages/00000-x.parquet") as file:
        pq.write_table(table, file)
    for use in (lambda: done_pages(folder, 0), lambda: read_index(folder)):
        with pytest.raises(StorageError, match="99") as refused:
            use()
        assert refused.value.next_step
    assert folder.names("pages/") == ["pages/00000-x.parquet"]


def test_done_pages_of_a_document_that_was_not_opened(tmp_path: Path) -> None:
    """It counts as done until it is given up."""
    folder = Folder(tmp_path)
    write(folder, "x", document_row(ENTRY, DamagedDocument("It is damaged."), READ_BY))
    assert done_pages(folder, 0)[ENTRY.id].unopened
    assert done_pages(folder, 0, {"pages/00000-x.parquet": {(ENTRY.id, 0)}}) == {}


def test_done_pages_sets_damaged_parts_aside(tmp_path: Path) -> None:
    """Half a part, and what is none, count as unread, and stand in nobody's way any more."""
    folder = Folder(tmp_path)
    write(folder, "a", row(1))
    whole = part_bytes([row(2)])
    folder.write("pages/00000-b.parquet", whole[: len(whole) // 2])
    folder.write("pages/00000-c.parquet", b"")
    folder.write("pages/00000-d.parquet", whole[:4] + bytes(200) + whole[204:])
    assert done_pages(folder, 0)[ENTRY.id].pages >= {1}
    names = {path.name for path in (tmp_path / "pages").iterdir()}
    assert {"00000-a.parquet", "00000-b.parquet.damaged", "00000-c.parquet.damaged"} <= names
    assert done_pages(folder, 0)[ENTRY.id].pages >= {1}


@pytest.mark.anyio
async def test_journal_cancelled_while_it_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of pages that have ended are written, however slow the storage is that a task is cancelled at."""
    monkeypatch.setattr(journal, "PART_ROWS", 1)
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    class Slow(Folder):
        def write(self, name: str, data: bytes) -> None:
            loop.call_soon_threadsafe(begun.set)
            go_on.wait(60)
            super().write(name, data)

    async def write() -> None:
        async with Journal(Slow(tmp_path), 0) as rows:
            for number in (1, 2, 3):
                await rows.add(row(number))

    writing = asyncio.create_task(write())
    await begun.wait()
    await asyncio.sleep(0)  # the second row waits for the first one's part now
    writing.cancel()
    loop.call_soon(go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert pages(tmp_path) == [[1], [2]]
