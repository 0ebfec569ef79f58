"""A page's words and where they stand, in the model's order: what the formats with places are written from.

The model places regions, not words. Within its region a text is laid out as a typesetter would lay it out, in lines of
words; where that puts a word is an estimate, and its confidence is unknown.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from ocr.export.plain_text import plain_text
from ocr.page_words import SPACELESS_LETTER, PreciseBox
from ocr.parsing.figures import PICTURE_LABELS, rule
from ocr.photo_sheets import SheetCorners
from ocr.types import PageResult

WHOLE_PAGE: PreciseBox = (0.0, 0.0, 1000.0, 1000.0)
"""Where text stands that the model did not place."""

UNPLACED_LINE = 20.0
"""Height of its lines, at most."""

CHAR_WIDTH = 0.42
"""Of an average character, in heights of a line: half the size of the type, in lines of 1.2 times that size."""

_PICTURE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class LineWord:
    """A word in a line; of scripts without spaces, one character."""

    text: str
    box: PreciseBox
    confidence: float | None = None
    """0 to 1; None where the word's place is estimated."""
    joined: bool = False
    """Whether no space separates it from the word before it."""


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line of words."""

    words: tuple[LineWord, ...]
    box: PreciseBox

    @property
    def text(self) -> str:
        """The words with the spaces between them."""
        return "".join(word.text if word.joined else f" {word.text}" for word in self.words).lstrip()


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """A region of the page and its lines; a picture has none."""

    label: str
    """Layout label as the model wrote it; `text` where it wrote none."""
    box: PreciseBox
    lines: tuple[PlacedLine, ...]
    text_block: int | None = None
    """Index, in the page's blocks of Markdown, of the one that it is a part of; None where the Markdown lacks it."""


@dataclass(frozen=True, slots=True)
class PlacedPage:
    """A page with the place of each of its words."""

    number: int
    width: int
    height: int
    """Both in pixels of the image that was read, at least 1."""
    rotation: int
    """Degrees clockwise by which the page was turned before it was read; the boxes are those of the turned page."""
    blocks: tuple[PlacedBlock, ...]
    """In reading order."""
    corners: SheetCorners | None = None
    """Those of the sheet in the photograph that was straightened before it was read."""

    def pixels(self, box: PreciseBox) -> tuple[int, int, int, int]:
        """The smallest rectangle of whole pixels around a box."""
        left, top, right, bottom = box
        width, height = self.width, self.height
        across = min(int(left * width / 1000), width - 1), min(width, max(1, -int(-right * width // 1000)))
        down = min(int(top * height / 1000), height - 1), min(height, max(1, -int(-bottom * height // 1000)))
        return across[0], down[0], max(across[1], across[0] + 1), max(down[1], down[0] + 1)


def place_in_regions(page: PageResult) -> PlacedPage:
    """A page whose words are laid out within their regions.

    Headers, footers and page numbers are in it, whether or not the text for reading has them.
    """
    width, height = max(1, page.width), max(1, page.height)
    placed: list[tuple[int, PlacedBlock]] = []
    in_blocks: set[int] = set()
    latest = -1
    for number, block in enumerate(page.blocks):
        regions = [index for index in block.regions if index < len(page.regions)]
        in_blocks.update(regions)
        lines = _words(block.markdown)
        if not regions:
            placed.append((latest, _unplaced(lines, width / height, number)))
        weights = [len("".join(page.regions[index].text.split())) for index in regions]
        for index, part in zip(regions, _shares(lines, weights), strict=True):
            placed.append((index, _block(page, index, part, number)))
            latest = index
    if not page.blocks and page.markdown.strip():
        placed.append((latest, _unplaced(_words(page.markdown), width / height, 0)))
    for index, region in enumerate(page.regions):
        if index not in in_blocks and page.blocks:
            placed.append((index, _block(page, index, _words(region.text))))
    placed.sort(key=lambda one: one[0])
    return PlacedPage(page.number, width, height, page.rotation, tuple(block for _, block in placed), page.corners)


def xml_text(text: str) -> str:
    """The text without the characters that no XML file may hold."""
    return _NOT_IN_XML.sub("", text)


def reads_leftwards(text: str) -> bool:
    """Whether the text runs from right to left, as its first letter tells."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((direction for direction in directions if direction in ("L", "R", "AL")), "L") != "L"


def _unplaced(lines: "_Lines", aspect: float, text_block: int) -> PlacedBlock:
    return PlacedBlock("text", WHOLE_PAGE, _laid_out(lines, WHOLE_PAGE, aspect, UNPLACED_LINE), text_block)


def _block(page: PageResult, index: int, lines: "_Lines", text_block: int | None = None) -> PlacedBlock:
    region = page.regions[index]
    left, top, right, bottom = region.box.as_list()
    box = (float(left), float(top), float(right), float(bottom))
    if rule(region.label) in PICTURE_LABELS and not region.text.strip():
        lines = []
    laid_out = _laid_out(lines, box, max(1, page.width) / max(1, page.height))
    return PlacedBlock(region.label, box, laid_out, text_block)


_Lines = list[list[tuple[str, bool]]]
"""Lines of a text, each of words and whether they are joined to the one before."""


def _words(markdown: str) -> _Lines:
    """The words of a text without its markup, by the lines that the text itself has."""
    text = plain_text(_PICTURE.sub(" ", xml_text(markdown)))
    return [list(_divided(line)) for line in text.split("\n") if line.strip()]


def _divided(line: str) -> Iterator[tuple[str, bool]]:
    """The words; letters of scripts without spaces are one each, with the marks that follow them."""
    for word in line.split():
        if word.isascii() or not SPACELESS_LETTER.search(word):
            yield word, False
            continue
        begin = 0
        for at in range(1, len(word) + 1):
            mark = at < len(word) and unicodedata.category(word[at])[0] in "MP"
            if at == len(word) or (not mark and SPACELESS_LETTER.search(word, at - 1, at + 1)):
                yield word[begin:at], begin > 0
                begin = at


def _shares(lines: _Lines, weights: Sequence[int]) -> list[_Lines]:
    """The text divided among its regions, in proportion to what the model wrote in each."""
    if len(weights) < 2 or not sum(weights):
        return [lines, *([] for _ in weights[1:])] if weights else []
    words = [(number, word) for number, line in enumerate(lines) for word in line]
    written = list(accumulate((len(word[0]) for _, word in words), initial=0))
    total, bounds = sum(weights), [0]
    for upto in accumulate(weights):
        share = upto * written[-1] / total
        bounds.append(min(range(len(written)), key=lambda at: abs(written[at] - share)))
    bounds[-1] = len(words)
    shares: list[_Lines] = []
    for begin, end in pairwise(bounds):
        parts: dict[int, list[tuple[str, bool]]] = {}
        for number, word in words[begin:end]:
            parts.setdefault(number, []).append(word)
        shares.append(list(parts.values()))
    return shares


def _width(text: str) -> int:
    """In average characters of the Latin script."""
    return len(text) if text.isascii() else sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _laid_out(lines: _Lines, box: PreciseBox, aspect: float, max_height: float | None = None) -> tuple[PlacedLine, ...]:
    """Lines that fill the box: of as many characters as fit a line, when so many lines fit the box.

    With a `max_height` of a line they begin at the top, and what they do not need of the box is left.
    """
    if not lines:
        return ()
    left, top, right, bottom = box
    shape = (right - left) * aspect / (bottom - top)
    lengths = [sum(_width(word) + (not joined) for word, joined in line) for line in lines]

    def fits(rows: int) -> bool:
        capacity = max(1.0, rows * shape / CHAR_WIDTH)
        return sum(-int(-length // capacity) for length in lengths) <= rows

    fewest = max(len(lines), int((bottom - top) / max_height) if max_height else 1)
    rows = bisect_left(range(fewest, sum(lengths) + fewest), True, key=fits) + fewest
    capacity = rows * shape / CHAR_WIDTH
    wrapped = [row for line in lines for row in _wrapped(line, capacity)]
    longest = max(*(_row_width(row) for row in wrapped), int(capacity) if max_height else 0)
    height = (bottom - top) / max(len(wrapped), fewest)
    return tuple(
        _line(row, (left, top + height * at, right, top + height * (at + 1)), longest) for at, row in enumerate(wrapped)
    )


def _wrapped(line: list[tuple[str, bool]], capacity: float) -> Iterator[list[tuple[str, bool]]]:
    row: list[tuple[str, bool]] = []
    used = 0
    for word, joined in line:
        needed = _width(word) + (not joined)
        if row and used + needed > capacity + 1:
            yield row
            row, used = [], 0
        row.append((word, joined))
        used += needed
    yield row


def _row_width(row: list[tuple[str, bool]]) -> int:
    return sum(_width(word) + (not joined and at > 0) for at, (word, joined) in enumerate(row))


def _line(row: list[tuple[str, bool]], box: PreciseBox, longest: int) -> PlacedLine:
    """The words side by side, from the edge where the line begins."""
    left, top, right, bottom = box
    unit = (right - left) / max(1, longest)
    leftwards = reads_leftwards("".join(word for word, _ in row))
    words: list[LineWord] = []
    at = 0
    for word, joined in row:
        at += not joined and bool(words)
        begin, end = at * unit, (at + _width(word)) * unit
        across = (right - end, right - begin) if leftwards else (left + begin, left + end)
        words.append(LineWord(word, (across[0], top, across[1], bottom), joined=joined and bool(words)))
        at += _width(word)
    begin, end = min(word.box[0] for word in words), max(word.box[2] for word in words)
    return PlacedLine(tuple(words), (begin, top, end, bottom))
