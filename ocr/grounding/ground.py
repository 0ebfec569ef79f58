"""Find a page's text on the page: the place of each of its words, and what the two do not share."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ocr.grounding.alignment import Alignment
from ocr.grounding.folding import folded, units
from ocr.grounding.markdown_words import MarkdownWord, markdown_words
from ocr.grounding.text_lines import line_boxes
from ocr.page_words import PageWord, PlacedWord, PreciseBox
from ocr.types import Box, Region, TextBlock

BAND = 25
"""Thousandths of the page's height, by which regions are looked up."""

REGION_MARGIN = 10
"""Thousandths of the page by which a word may lie outside the region that the model gave for it."""


@dataclass(frozen=True, slots=True)
class PageUnit:
    """What is compared of a word of the page: the word, or one letter of a script without spaces."""

    key: str
    word: PageWord
    box: PreciseBox

    @property
    def middle(self) -> tuple[float, float]:
        """Of its box."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


class GroundedPage:
    """A page's text aligned with the words that stand on the page."""

    def __init__(
        self, markdown: str, blocks: Sequence[TextBlock], regions: Sequence[Region], words: Iterable[PageWord]
    ) -> None:
        """`blocks`, joined by blank lines, are `markdown`; the words are those of the page."""
        self.markdown, self.regions = markdown, regions
        self.text: list[MarkdownWord] = markdown_words(markdown)
        self.page: list[PageUnit] = [unit for word in words for unit in _units(word)]
        self._begins, self._regions_of = _block_regions(blocks)
        self._within = [self.region_of(word.start) for word in self.text]
        self.alignment = Alignment(
            [word.key for word in self.text],
            [unit.key for unit in self.page],
            self._within,
            _regions_of_page(self.page, regions, set(self._within)),
        )

    def region_of(self, offset: int) -> int | None:
        """Index of the region that the model gave for this place of the Markdown; the first of several."""
        at = bisect_right(self._begins, offset) - 1
        return self._regions_of[at] if at >= 0 else None

    def placed_words(self) -> tuple[PlacedWord, ...]:
        """The words of the text in its order, each with its place."""
        placed = []
        for index, word in enumerate(self.text):
            units = [self.page[at] for at in self.alignment.to_page[index]]
            sure = min((unit.word.confidence for unit in units), default=0.0)
            placed.append(
                PlacedWord(
                    self.markdown[word.start : word.end],
                    word.start,
                    word.end,
                    line_boxes(unit.box for unit in units),
                    self._within[index],
                    round(sure * self.alignment.similarity[index], 3),
                )
            )
        return tuple(placed)


def _regions_of_page(page: Sequence[PageUnit], regions: Sequence[Region], wanted: set[int | None]) -> list[int | None]:
    """Of each word of the page the region, among those wanted, in which it stands; the first of several."""
    bands: list[list[int]] = [[] for _ in range(1000 // BAND + 1)]
    for index, region in enumerate(regions):
        if index in wanted:
            top, bottom = max(0, region.box.top - REGION_MARGIN), min(1000, region.box.bottom + REGION_MARGIN)
            for band in bands[top // BAND : bottom // BAND + 1]:
                band.append(index)
    return [
        next(
            (
                index
                for index in bands[int(min(1000, max(0, unit.middle[1]))) // BAND]
                if is_within(unit.middle, regions[index].box, REGION_MARGIN)
            ),
            None,
        )
        for unit in page
    ]


def is_within(point: tuple[float, float], box: Box, margin: float = 0) -> bool:
    """Whether a point lies in a box, or at most so far beside it."""
    return box.left - margin <= point[0] <= box.right + margin and box.top - margin <= point[1] <= box.bottom + margin


def _units(word: PageWord) -> list[PageUnit]:
    """Its parts that are compared, the box divided between them; none for a word of signs."""
    parts = units(word.text)
    left, top, right, bottom = word.box
    width = (right - left) / max(1, len(word.text))
    return [
        PageUnit(key, word, word.box if len(parts) == 1 else (left + first * width, top, left + last * width, bottom))
        for first, last in parts
        if (key := folded(word.text[first:last]))
    ]


def _block_regions(blocks: Sequence[TextBlock]) -> tuple[list[int], list[int | None]]:
    """Where each block begins in the Markdown, and its region."""
    begins, regions, at = [], [], 0
    for block in blocks:
        begins.append(at)
        regions.append(block.regions[0] if block.regions else None)
        at += len(block.markdown) + 2
    return begins, regions
