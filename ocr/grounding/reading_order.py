"""Paragraphs that a text has in another order than the page, as far as one column can tell.

What stands beside or across columns may be read in any order, and so may captions and notes. Two paragraphs of the same
column and type, one right after the other in the text, are read from the top down.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ocr.grounding.ground import GroundedPage, line_boxes
from ocr.page_words import Finding, FindingKind, PreciseBox

MIN_WORDS = 8
"""Of a paragraph whose place counts."""

MIN_FOUND = 0.8
"""Share of its words that must be found."""

_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]*)*")
_NO_PARAGRAPH = re.compile(
    r"\s*(?:<table|\||!\[|\$\$|\[\^|```|\W*(?:figure|fig\.|table|tab\.|abb\.|abbildung|tabelle|tableau)\s)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _PlacedParagraph:
    """A paragraph of the text that was found on the page."""

    start: int
    end: int
    columns: tuple[PreciseBox, ...]
    """Where it stands: one box for each column or each stretch that runs downwards."""
    height: float
    """Of its lines, in the middle."""
    boxes: tuple[PreciseBox, ...]
    """Of its lines."""


def moved(grounded: GroundedPage) -> Iterator[Finding]:
    """Each paragraph that stands above the one before it, in the same column and type."""
    for before, paragraph in pairwise(_paragraphs(grounded)):
        if before is None or paragraph is None:
            continue
        upper, lower = paragraph.columns[0], before.columns[-1]
        if _same_column(upper, lower) and upper[3] <= lower[1] + 2 and _same_type(before, paragraph):
            text = grounded.markdown[paragraph.start : paragraph.end]
            yield Finding(FindingKind.MOVED, text, text, paragraph.start, paragraph.end, paragraph.boxes)


def _same_column(one: PreciseBox, other: PreciseBox) -> bool:
    overlap = min(one[2], other[2]) - max(one[0], other[0])
    return overlap >= 0.7 * max(one[2] - one[0], other[2] - other[0])


def _same_type(one: _PlacedParagraph, other: _PlacedParagraph) -> bool:
    return abs(one.height - other.height) <= 0.12 * max(one.height, other.height)


def _paragraphs(grounded: GroundedPage) -> Iterator[_PlacedParagraph | None]:
    """The text's paragraphs, None for what is none or is not found on the page."""
    index, words, to_page = 0, grounded.text, grounded.alignment.to_page
    for match in _PARAGRAPH.finditer(grounded.markdown):
        first = index
        while index < len(words) and words[index].start < match.end():
            index += 1
        found = [grounded.page[at].box for link in to_page[first:index] for at in link[:1]]
        if index - first < MIN_WORDS or len(found) < MIN_FOUND * (index - first) or _NO_PARAGRAPH.match(match[0]):
            yield None
        else:
            lines = line_boxes(found)
            height = median(box[3] - box[1] for box in lines)
            yield _PlacedParagraph(match.start(), match.end(), tuple(_columns(lines, height)), height, lines)


def _columns(lines: tuple[PreciseBox, ...], height: float) -> Iterator[PreciseBox]:
    """Lines that follow each other downwards, as one box."""
    box = lines[0]
    for before, line in pairwise(lines):
        if line[1] < before[1] - height:
            yield box
            box = line
        else:
            box = (min(box[0], line[0]), min(box[1], line[1]), max(box[2], line[2]), max(box[3], line[3]))
    yield box
