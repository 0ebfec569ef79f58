"""Recognise the blocks, lines and words of a page image with Tesseract (through tesserocr).

The page is recognised as a whole. Recognising block by block would let text leave earlier, but was measured to cost
10–25 % more time, and tables between ruling lines are then no longer found.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import tesserocr
from tesserocr import OEM, PSM, PT, RIL, PyTessBaseAPI

from ocr.engines.tesseract.page_bounds import find_sheet
from ocr.engines.tesseract.ruling_lines import Gray, Grid, erase_rulings, find_grids

Rect = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""

SMALLEST = 16
"""Pixels; an image narrower or lower than this holds no text that Tesseract could read."""


class Kind(StrEnum):
    """What Tesseract's layout analysis takes a block for."""

    TEXT = "text"
    HEADING = "heading"
    TABLE = "table"
    CAPTION = "caption"
    EQUATION = "equation"
    PICTURE = "picture"


KINDS = {
    PT.FLOWING_TEXT: Kind.TEXT,
    PT.PULLOUT_TEXT: Kind.TEXT,
    PT.VERTICAL_TEXT: Kind.TEXT,
    PT.HEADING_TEXT: Kind.HEADING,
    PT.TABLE: Kind.TABLE,
    PT.CAPTION_TEXT: Kind.CAPTION,
    PT.EQUATION: Kind.EQUATION,
    PT.INLINE_EQUATION: Kind.EQUATION,
    PT.FLOWING_IMAGE: Kind.PICTURE,
    PT.HEADING_IMAGE: Kind.PICTURE,
    PT.PULLOUT_IMAGE: Kind.PICTURE,
}
"""Lines, noise and the unknown are left out."""


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word."""

    text: str
    box: Rect
    confidence: float
    """Tesseract's, 0 to 100."""


@dataclass(frozen=True, slots=True)
class Line:
    """A text line, its words from left to right."""

    words: Sequence[Word]
    box: Rect
    x_height: float
    """Pixels from the base line to the top of an x: the size of the type, whatever letters the line holds."""

    @property
    def text(self) -> str:
        """The words, one space between them."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the page in reading order; pictures have no paragraphs."""

    kind: Kind
    box: Rect
    paragraphs: tuple[tuple[Line, ...], ...] = ()
    grid: Grid | None = None
    """The rulings of a ruled table."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of all paragraphs."""
        return tuple(line for paragraph in self.paragraphs for line in paragraph)


@dataclass(frozen=True, slots=True)
class Page:
    """A page as Tesseract sees it; its words are as it reads them."""

    width: int
    height: int
    """Both in pixels."""
    blocks: tuple[Block, ...]


class Recognizer:
    """A loaded Tesseract; one page at a time."""

    def __init__(self, languages: str, tessdata: Path) -> None:
        """Load the data of `languages` (`eng+fra`); a RuntimeError says why it cannot be."""
        tesserocr.set_leptonica_log_level(tesserocr.LeptLogLevel.NONE)
        self._api = PyTessBaseAPI(path=str(tessdata), lang=languages, psm=PSM.AUTO, oem=OEM.LSTM_ONLY)
        self._api.SetVariable("debug_file", "/dev/null")

    def read(self, gray: bytes, width: int, height: int) -> Page:
        """Recognise a page of `height` rows of `width` gray bytes; a RuntimeError says why Tesseract gives it up."""
        if min(width, height) < SMALLEST:
            return Page(width, height, ())
        page = np.frombuffer(gray, np.uint8).reshape(height, width)
        sheet = find_sheet(page)
        tables = []
        for grid in find_grids(page, sheet):
            tables.append(self._table(page, grid))
            left, top, right, bottom = grid.box
            page = erase_rulings(page, grid)
            page[top:bottom, left:right] = 255
        return Page(width, height, _inserted(self._recognise(page, PSM.AUTO, sheet), tables))

    def _table(self, page: Gray, grid: Grid) -> Block:
        """A ruled table by itself, without its rulings. Sparse: in one block, the words of a cell run together."""
        blocks = self._recognise(erase_rulings(page, grid), PSM.SPARSE_TEXT, grid.box)
        return Block(Kind.TABLE, grid.box, tuple(part for block in blocks for part in block.paragraphs), grid)

    def _recognise(self, page: Gray, mode: int, area: Rect) -> list[Block]:
        height, width = page.shape
        self._api.SetPageSegMode(mode)
        self._api.SetImageBytes(page.tobytes(), width, height, 1, width)
        self._api.SetRectangle(area[0], area[1], area[2] - area[0], area[3] - area[1])
        self._api.Recognize()
        items = self._api.GetIterator()
        return list(_blocks(items)) if items else []


def _inserted(blocks: list[Block], tables: list[Block]) -> tuple[Block, ...]:
    """Blocks in reading order, each table before the first block that stands under it."""
    for table in tables:
        left, top, right, _ = table.box
        under = (
            i for i, block in enumerate(blocks) if block.box[1] > top and block.box[0] < right and left < block.box[2]
        )
        blocks.insert(next(under, len(blocks)), table)
    return tuple(blocks)


def _blocks(items: tesserocr.PyResultIterator) -> Iterator[Block]:
    """Fold Tesseract's words; asking where something begins is cheap, asking where it ends takes 22 µs a word."""
    kind: Kind | None = None
    box: Rect = (0, 0, 0, 0)
    paragraphs: list[list[Line]] = []
    words: list[Word] = []
    for item in tesserocr.iterate_level(items, RIL.WORD):
        if item.IsAtBeginningOf(RIL.BLOCK):
            yield from _block(kind, box, paragraphs)
            kind, box, paragraphs = KINDS.get(item.BlockType()), item.BoundingBox(RIL.BLOCK), []
        if kind in (None, Kind.PICTURE) or item.Empty(RIL.WORD):
            continue
        if not paragraphs or item.IsAtBeginningOf(RIL.PARA):
            paragraphs.append([])
        if not paragraphs[-1] or item.IsAtBeginningOf(RIL.TEXTLINE):
            words, row = [], item.RowAttributes()  # whose descenders are a negative number
            paragraphs[-1].append(
                Line(words, item.BoundingBox(RIL.TEXTLINE), row["row_height"] + row["descenders"] - row["ascenders"])
            )
        words.append(Word(item.GetUTF8Text(RIL.WORD), item.BoundingBox(RIL.WORD), item.Confidence(RIL.WORD)))
    yield from _block(kind, box, paragraphs)


def _block(kind: Kind | None, box: Rect, paragraphs: list[list[Line]]) -> Iterator[Block]:
    """The block, if it is one: nothing for what is neither words nor a picture."""
    if kind is Kind.PICTURE or (kind and paragraphs):
        yield Block(kind, box, tuple(map(tuple, paragraphs)))
