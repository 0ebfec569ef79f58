"""manifest.py: documents are dealt evenly, each once, and stay where they were."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.batch.manifest import Manifest, ManifestEntry, divide, freeze_manifest, read_manifest, write_manifest
from ocr.batch.source_document import SourceDocument
from ocr.batch.storage import Folder
from ocr.errors import StorageError
from tests.batch.s3_server import S3Server


def documents(count: int, seed: int = 1, prefix: str = "") -> list[SourceDocument]:
    """Documents whose sizes differ as real ones do: many small ones, a few that are very large."""
    sizes = random.Random(seed)
    return [
        SourceDocument(f"{prefix}{number:06}.pdf", f"/in/{prefix}{number}.pdf", int(sizes.lognormvariate(13, 1.2)))
        for number in range(count)
    ]


def ids(entries: list[ManifestEntry]) -> dict[str, int]:
    return {entry.id: entry.task for entry in entries}


@given(st.lists(st.integers(0, 100), max_size=40), st.integers(1, 9), st.randoms(use_true_random=False))
def test_manifest_divides_evenly(sizes: list[int], tasks: int, order: random.Random) -> None:
    """Each document is dealt once; two tasks differ by the largest document at most; order is nothing."""
    given_ones = [SourceDocument(str(number), "", size) for number, size in enumerate(sizes)]
    dealt = divide(given_ones, tasks)
    assert sorted(document.id for task in dealt for document in task) == sorted(one.id for one in given_ones)
    assert len(dealt) == min(tasks, len(sizes)) and all(dealt)
    loads = [sum(document.bytes for document in task) for task in dealt]
    assert not loads or max(loads) - min(loads) <= max(sizes)
    shuffled = order.sample(given_ones, len(given_ones))
    assert divide(shuffled, tasks) == dealt


def test_manifest_of_very_many(tmp_path: Path) -> None:
    """Tens of thousands of documents: the tasks are even to a part in a thousand, and a task reads its own entries."""
    many, folder = documents(30_000), Folder(tmp_path)
    assert freeze_manifest(folder, iter(many), 64) == Manifest(30_000, 64, 30_000)
    loads = [0] * 64
    for entry in read_manifest(folder):
        loads[entry.task] += entry.bytes
    assert max(loads) <= 1.001 * sum(loads) / 64
    assert [entry.document for entry in read_manifest(folder, 7)] == divide(many, 64)[7]


def test_manifest_is_frozen(tmp_path: Path) -> None:
    """Documents that are added become new tasks; those of the old ones neither move nor go, whatever SOURCE has now."""
    folder, first = Folder(tmp_path), documents(50)
    assert freeze_manifest(folder, first, 8) == Manifest(50, 8, 50)
    before = ids(read_manifest(folder))
    assert freeze_manifest(folder, reversed(first), 3) == Manifest(50, 8, 0)
    added = documents(10, prefix="added-", seed=2)
    grown = freeze_manifest(folder, [*added, *first[10:]], 8)
    assert (grown.documents, grown.new_documents) == (60, 10) and 9 <= grown.tasks < 16
    after = ids(read_manifest(folder))
    assert {name: after[name] for name in before} == before
    assert {after[one.id] for one in added} == set(range(8, grown.tasks))
    assert folder.names() == ["manifest/00000.parquet", "manifest/00001.parquet"]
    assert freeze_manifest(folder, [], 8) == Manifest(60, grown.tasks, 0)


@pytest.mark.parametrize("store", ["local", "s3"])
def test_manifest_of_two_processes(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Another one writes the manifest while this one lists SOURCE: it keeps what that wrote, and adds what is new."""
    url = str(tmp_path)
    if store == "s3":
        server: S3Server = request.getfixturevalue("s3")
        url = f"s3://{server.bucket()}/run"
    many = documents(40)

    def listed() -> Iterator[SourceDocument]:
        assert freeze_manifest(Folder(url), many[:30], 4) == Manifest(30, 4, 30)
        yield from many

    grown = freeze_manifest(Folder(url), listed(), 4)
    entries = read_manifest(Folder(url))
    assert (grown.documents, grown.new_documents) == (40, 10)
    assert sorted(entry.id for entry in entries) == [document.id for document in many]
    assert {entry.task for entry in entries if entry.document in many[30:]} == set(range(4, grown.tasks))


def test_manifest_of_many_processes(tmp_path: Path) -> None:
    """On a file system one of them writes, whenever they come."""
    many = documents(40)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda count: freeze_manifest(Folder(tmp_path), many[:count], 4), [25, 30, 35, 40]))
    entries = read_manifest(Folder(tmp_path))
    assert sorted(entry.id for entry in entries) == [document.id for document in many]
    by_task = [entry.task for entry in entries]
    assert by_task == sorted(by_task) and set(by_task) == set(range(max(by_task) + 1))


def test_manifest_parts_are_written_in_turn(tmp_path: Path) -> None:
    """One that is there stays; names come back as they were."""
    folder = Folder(tmp_path)
    assert read_manifest(folder) == []
    entries = [ManifestEntry(0, "a b/%E9.pdf", "/in/a b/%E9.pdf", 1), ManifestEntry(1, "é\u202f🙂", "s3://b/é", 2**40)]
    assert write_manifest(folder, entries[:1], 0) and write_manifest(folder, entries[1:], 1)
    assert not write_manifest(folder, entries, 1)
    assert read_manifest(folder) == entries and read_manifest(folder, 1) == entries[1:]


def test_manifest_damaged(tmp_path: Path) -> None:
    """It is never taken for an empty one: that would read everything again."""
    folder = Folder(tmp_path)
    folder.write("manifest/00000.parquet", b"PAR1 half")
    with pytest.raises(StorageError, match=r"00000\.parquet is damaged"):
        freeze_manifest(folder, documents(3), 2)
    assert folder.names() == ["manifest/00000.parquet"]
