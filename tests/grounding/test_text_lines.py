"""Words that stand in one line."""

from __future__ import annotations

import pytest

from ocr.grounding.text_lines import line_boxes, on_one_line


@pytest.mark.parametrize(
    ("boxes", "lines"),
    [
        ([], ()),
        ([(0, 0, 10, 10), (12, 1, 20, 9)], ((0, 0, 20, 10),)),
        ([(0, 0, 10, 10), (0, 12, 10, 22)], ((0, 0, 10, 10), (0, 12, 10, 22))),
        ([(0, 0, 10, 10), (500, 0, 510, 10)], ((0, 0, 10, 10), (500, 0, 510, 10))),
    ],
)
def test_line_boxes(
    boxes: list[tuple[float, float, float, float]], lines: tuple[tuple[float, float, float, float], ...]
) -> None:
    assert line_boxes(boxes) == lines


@pytest.mark.parametrize(("top", "same"), [(0, True), (6, True), (-6, True), (8, False), (12, False)])
def test_on_one_line(top: float, same: bool) -> None:
    """A raised number stands in the line; the word below, whose letters touch it, does not."""
    assert on_one_line((0, 0, 10, 10), (20, top, 30, top + 10)) is same
