"""Results wait packed until their document has ended."""

from __future__ import annotations

import tempfile
import tracemalloc
from dataclasses import replace

import pytest

from ocr.errors import StreamCut
from ocr.export import PackedPages, packed_pages
from ocr.page_words import PlacedWord
from ocr.types import Box, Finish, PageResult, Region, Try
from tests.conftest import SAMPLES
from tests.export.papers import page


def test_packed_come_back_whole_and_in_page_order() -> None:
    error = str(StreamCut("Cut.", "Again."))
    results = [
        replace(
            page(3, "Text"),
            regions=(Region("table", Box(1, 2, 3, 4), "é"),),
            tries=(Try(0.2, 1540, Finish.FAILED, 3, error),),
        ),
        page(1, "Text"),
    ]
    packed = PackedPages()
    for result in results:
        packed.add(result)
    assert list(packed) == list(packed) == results[::-1]
    assert len(packed) == 2
    assert page(1, "Text") in packed
    assert page(2, "Text") not in packed


def test_packed_are_small() -> None:
    """A page of prose, raw and for reading, takes less than a third."""
    prose = (SAMPLES / "truth" / "article-1.txt").read_text()
    packed = PackedPages()
    tracemalloc.start()
    try:
        for number in range(1, 51):
            text = f"{number} {prose}"
            packed.add(replace(page(number, text), raw=f"{text} "))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken * 3 < 50 * 2 * len(prose)


def verified(number: int) -> PageResult:
    """A page of 1,000 words with their places."""
    words = tuple(
        PlacedWord(
            f"w{at % 97}", 5 * at, 5 * at + 4, ((at % 13, at % 1000, at % 13 + 2.25, at % 1000 + 9.5),), None, 0.9
        )
        for at in range(1000)
    )
    return replace(page(number, f"Text {number}"), words=words)


def test_packed_of_a_long_document_take_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a limit verified pages lie in a file."""
    monkeypatch.setattr(packed_pages, "MAX_BYTES_IN_MEMORY", 100_000)
    packed = PackedPages()
    tracemalloc.start()
    try:
        for number in range(60, 0, -1):
            packed.add(verified(number))
            if number == 30:
                before, _ = tracemalloc.get_traced_memory()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 30 * 5000  # of some 15,000 bytes a page; other threads of the tests allocate, too
    assert [result.number for result in packed] == list(range(1, 61))
    assert next(iter(packed)) == verified(1)


def test_packed_where_the_disk_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page is lost."""
    monkeypatch.setattr(packed_pages, "MAX_BYTES_IN_MEMORY", 0)

    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(packed_pages, "TemporaryFile", full)
    packed = PackedPages()
    packed.add(page(2, "Two"))
    monkeypatch.setattr(packed_pages, "TemporaryFile", tempfile.TemporaryFile)
    packed.add(page(1, "One"))
    assert list(packed) == [page(1, "One"), page(2, "Two")]
