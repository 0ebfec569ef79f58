"""Documents are fetched ahead of need, within bounds, and dropped after their last page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ocr.batch import prefetch
from ocr.batch.journal import DonePages
from ocr.batch.manifest import ManifestEntry
from ocr.batch.prefetch import LeftDocument, Prefetcher
from ocr.batch.source_document import SourceDocument
from ocr.errors import StorageError
from ocr.library.read_documents import ArrivingDocument
from ocr.types import Document


class Store:
    """Gives documents as copies."""

    def __init__(self) -> None:
        self.held: dict[str, int] = {}
        """Bytes of the copies that are there, by the document's id."""
        self.most_bytes = 0
        self._lock = threading.Lock()

    @contextmanager
    def fetched(self, document: SourceDocument, folder: Path) -> Iterator[Path]:
        if document.id == "gone":
            raise StorageError("It is gone.")
        with self._lock:
            self.held[document.id] = document.bytes
            self.most_bytes = max(self.most_bytes, sum(self.held.values()))
        path = folder / document.id
        path.write_bytes(bytes(document.bytes))
        yield path
        path.unlink()
        with self._lock:
            del self.held[document.id]


def left(*documents: tuple[str, int]) -> list[LeftDocument]:
    return [LeftDocument(ManifestEntry(0, id, f"memory://{id}", size), None) for id, size in documents]


@pytest.mark.anyio
async def test_prefetcher_keeps_within_its_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All arrive in order, the last is known for it, and no more is held than is allowed, one large document aside."""
    monkeypatch.setattr(prefetch, "MAX_FILES", 3)
    monkeypatch.setattr(prefetch, "MAX_BYTES", 10)
    store = Store()
    documents = left(("a", 4), ("b", 4), ("c", 4), ("d", 1), ("e", 1), ("f", 1), ("g", 30), ("h", 1))
    arrived = []
    async with Prefetcher(documents, store.fetched, tmp_path) as prefetcher:
        async for one in prefetcher.documents():
            assert isinstance(one, ArrivingDocument)
            assert isinstance(one.file, Path)
            assert one.file.exists()
            assert len(store.held) <= 3
            arrived.append((one.name, one.last))
            await asyncio.to_thread(one.close)
    assert arrived == [(name, name == "h") for name in "abcdefgh"]
    assert store.most_bytes <= 30
    assert store.held == {}


@pytest.mark.anyio
async def test_prefetcher_hands_on_errors(tmp_path: Path) -> None:
    """A document that cannot be fetched is an error in its place, and takes no room."""
    async with Prefetcher(left(("a", 1), ("gone", 1), ("b", 1)), Store().fetched, tmp_path) as prefetcher:
        arrived = [one async for one in prefetcher.documents()]
    assert [type(one) for one in arrived] == [ArrivingDocument, StorageError, ArrivingDocument]


@pytest.mark.anyio
async def test_prefetcher_drops_all_at_its_end(tmp_path: Path) -> None:
    """Also what has been fetched ahead and was never taken."""
    store = Store()
    async with Prefetcher(left(*((name, 1) for name in "abcdef")), store.fetched, tmp_path) as prefetcher:
        documents = prefetcher.documents()
        await anext(documents)
        await documents.aclose()
    assert store.held == {}


@pytest.mark.anyio
async def test_prefetcher_waits_for_what_is_being_fetched_at_its_end(tmp_path: Path) -> None:
    """A thread cannot be stopped: what it brings after the end would never be dropped."""
    store, go_on = Store(), threading.Event()

    @contextmanager
    def fetched(document: SourceDocument, folder: Path) -> Iterator[Path]:
        if document.id == "b":
            go_on.wait(60)
        with store.fetched(document, folder) as path:
            yield path

    async with Prefetcher(left(("a", 1), ("b", 1)), fetched, tmp_path) as prefetcher:
        documents = prefetcher.documents()
        await anext(documents)
        closing = asyncio.create_task(documents.aclose())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not closing.done()
        go_on.set()
        await closing
    assert store.held == {}


def test_left_document_wants_what_has_no_row() -> None:
    """All pages, if the document is another one than the rows are of."""
    entry = ManifestEntry(0, "a", "a", 1)
    document = Document(Path("a"), "a", "application/pdf", 4, "new")
    assert LeftDocument(entry, None).wanted(document, (1, 2, 4)) == (1, 2, 4)
    done = DonePages("new", 4, frozenset({2, 3}))
    assert LeftDocument(entry, done).wanted(document, (1, 2, 4)) == (1, 4)
    assert LeftDocument(entry, DonePages("old", 4, frozenset({2}))).wanted(document, (1, 2)) == (1, 2)
