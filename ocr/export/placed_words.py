"""A page's words where they were found on the page, instead of where they would stand in their region."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from rapidfuzz.distance import LCSseq

from ocr.export.placed_page import LineWord, PlacedBlock, PlacedLine, PlacedPage, place_in_regions
from ocr.grounding.folding import folded
from ocr.grounding.text_lines import on_one_line
from ocr.page_words import PlacedWord, PreciseBox
from ocr.types import PageResult, TextBlock


def placed_page(page: PageResult) -> PlacedPage:
    """The page with its words where they were found, if it was verified, else laid out within their regions."""
    return place_words(page, page.words) if page.words else place_in_regions(page)


def place_words(page: PageResult, words: Sequence[PlacedWord]) -> PlacedPage:
    """A page whose words stand where `words`, those of its Markdown, were found.

    One that was not found stands beside those around it, and a block of which none was found is laid out in its region;
    neither has a confidence.
    """
    estimated = place_in_regions(page)
    places = _Places(estimated.blocks, page.blocks, words)
    return replace(estimated, blocks=tuple(map(places.measured, estimated.blocks)))


@dataclass(frozen=True, slots=True)
class _Place:
    box: PreciseBox
    confidence: float


class _Places:
    """Which words of the blocks are which of those found; in each block of the Markdown both are in the same order.

    The blocks themselves are not: one that continues below a figure, or in the next column, is in several places.
    """

    def __init__(self, blocks: Sequence[PlacedBlock], texts: Sequence[TextBlock], words: Sequence[PlacedWord]) -> None:
        self._of: dict[int, _Place] = {}  # id of a word → where it was found
        begins = list(accumulate((len(text.markdown) + 2 for text in texts[:-1]), initial=0))
        found: dict[int, list[PlacedWord]] = {}
        for word in words:
            found.setdefault(bisect_right(begins, word.start) - 1, []).append(word)
        written: dict[int, list[LineWord]] = {}
        for block in blocks:
            if block.text_block is not None:
                written.setdefault(block.text_block, []).extend(word for line in block.lines for word in line.words)
        for text_block, ours in written.items():
            self._align(ours, found.get(text_block, []))

    def _align(self, written: Sequence[LineWord], words: Sequence[PlacedWord]) -> None:
        ours, theirs = [folded(word.text) for word in written], [folded(word.text) for word in words]
        for part in LCSseq.opcodes(ours, theirs):
            if part.tag == "equal":
                for at in range(part.src_end - part.src_start):
                    found = words[part.dest_start + at]
                    if found.boxes and ours[part.src_start + at]:
                        self._of[id(written[part.src_start + at])] = _Place(found.boxes[0], found.confidence)

    def measured(self, block: PlacedBlock) -> PlacedBlock:
        """The block with its words where they were found."""
        words = [word for line in block.lines for word in line.words]
        places = [self._of.get(id(word)) for word in words]
        if not any(places):
            return block
        return replace(block, lines=tuple(_lines(list(_beside(words, places, block.box[2])))))


def _beside(words: Sequence[LineWord], places: Sequence[_Place | None], edge: float) -> Iterator[LineWord]:
    """Each word where it was found, else between the words before and after it, at most up to the block's edge."""
    following = list(places)
    for at in range(len(places) - 2, -1, -1):
        following[at] = places[at] or following[at + 1]
    before: PreciseBox | None = None
    for word, place, after in zip(words, places, following, strict=True):
        if place:
            before = place.box
            yield replace(word, box=place.box, confidence=place.confidence)
        else:
            before = _between(before, after.box if after else None, edge)
            yield replace(word, box=before, confidence=None)


def _between(before: PreciseBox | None, after: PreciseBox | None, edge: float) -> PreciseBox:
    """The gap after a word, or in front of the first one; the word's own place where there is no gap."""
    if before is None:
        assert after is not None  # a word of the block was found
        left, top, right, bottom = after
        return (max(0.0, left - (right - left)), top, left, bottom) if left > 0 else after
    left, top, right, bottom = before
    end = min(right + (right - left), max(edge, right))
    if after and on_one_line(before, after):
        end = min(end, after[0])
    return (right, top, end, bottom) if end > right else before


def _lines(words: Sequence[LineWord]) -> Iterator[PlacedLine]:
    """Words that follow each other side by side; a line ends where the next word stands elsewhere."""
    line: list[LineWord] = []
    for word in words:
        if line and not on_one_line(line[-1].box, word.box):
            yield _line(line)
            line = []
        line.append(word)
    yield _line(line)


def _line(words: Sequence[LineWord]) -> PlacedLine:
    lefts, tops, rights, bottoms = zip(*(word.box for word in words), strict=True)
    first = replace(words[0], joined=False)
    return PlacedLine((first, *words[1:]), (min(lefts), min(tops), max(rights), max(bottoms)))
