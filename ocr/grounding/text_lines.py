"""Which words of a page stand in one line."""

from collections.abc import Iterable

from ocr.page_words import PreciseBox

LINE_OVERLAP = 0.3
"""Share of the lower word's height by which words of a line overlap, of which one may be raised."""

MAX_SPACE = 4
"""Heights of the higher word that are between words of one line at most."""


def on_one_line(one: PreciseBox, other: PreciseBox) -> bool:
    """Whether they stand at the same height."""
    height = min(one[3] - one[1], other[3] - other[1])
    return min(one[3], other[3]) - max(one[1], other[1]) >= LINE_OVERLAP * height


def line_boxes(boxes: Iterable[PreciseBox]) -> tuple[PreciseBox, ...]:
    """Boxes in their order, those that follow each other in one line joined, with no more than a space between."""
    lines: list[PreciseBox] = []
    for box in boxes:
        if lines and on_one_line(lines[-1], box) and _apart(lines[-1], box) <= MAX_SPACE:
            last = lines[-1]
            lines[-1] = (min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3]))
        else:
            lines.append(box)
    return tuple(lines)


def _apart(one: PreciseBox, other: PreciseBox) -> float:
    """The gap between them in heights of the higher one; negative where they overlap."""
    gap = max(other[0] - one[2], one[0] - other[2])
    return gap / max(one[3] - one[1], other[3] - other[1], 0.01)
