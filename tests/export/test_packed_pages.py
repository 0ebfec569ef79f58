"""Results wait packed until their document has ended."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

from ocr.errors import StreamCut
from ocr.export import PackedPages
from ocr.types import Box, Finish, Region, Try
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
