"""Tesseract through tesserocr: a page's pixels become blocks of lines of words, one block at a time.

The layout of the whole page is analysed first; then each text block is recognised by itself, so that its text can
leave while the rest of the page is still being read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import tesserocr
from tesserocr import OEM, PSM, PT, RIL, PyTessBaseAPI

Rect = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""

MARGIN = 10
"""Pixels of surroundings recognised with a block: letters touching the edge are misread."""
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
"""Ruling lines, noise and the unknown are left out."""


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

    words: tuple[Word, ...]
    box: Rect

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


@dataclass(frozen=True, slots=True)
class Page:
    """A page whose layout is known and whose text is being recognised."""

    width: int
    height: int
    line_heights: tuple[int, ...]
    """Pixels, one for each text line of the page; known before any text is."""
    blocks: Iterator[Block]
    """Recognises as it is consumed."""


class Recognizer:
    """A loaded Tesseract; one page at a time."""

    def __init__(self, languages: str, tessdata: Path) -> None:
        """Load the data of `languages` (`eng+fra`).

        Raises:
            RuntimeError: it cannot be loaded.
        """
        tesserocr.set_leptonica_log_level(tesserocr.LeptLogLevel.NONE)
        self._api = PyTessBaseAPI(path=str(tessdata), lang=languages, psm=PSM.AUTO, oem=OEM.LSTM_ONLY)
        self._api.SetVariable("debug_file", "/dev/null")

    def blocks(self, gray: bytes, width: int, height: int) -> Page:
        """Analyse a page of `height` rows of `width` gray bytes; its blocks are recognised when asked for.

        Raises:
            RuntimeError: Tesseract gives the page up; also while the blocks are consumed.
        """
        if min(width, height) < SMALLEST:
            return Page(width, height, (), iter(()))
        self._api.SetPageSegMode(PSM.AUTO)
        self._api.SetImageBytes(gray, width, height, 1, width)
        layout = self._api.AnalyseLayout()
        if layout is None:
            return Page(width, height, (), iter(()))
        areas = [
            (KINDS[item.BlockType()], item.BoundingBox(RIL.BLOCK))
            for item in tesserocr.iterate_level(layout, RIL.BLOCK)
            if item.BlockType() in KINDS
        ]
        layout.Begin()
        heights = tuple(
            _height(item.BoundingBox(RIL.TEXTLINE)) for item in tesserocr.iterate_level(layout, RIL.TEXTLINE)
        )
        return Page(width, height, heights, self._recognise(areas, width, height))

    def _recognise(self, areas: list[tuple[Kind, Rect]], width: int, height: int) -> Iterator[Block]:
        self._api.SetPageSegMode(PSM.SINGLE_BLOCK)
        for kind, box in areas:
            if kind is Kind.PICTURE:
                yield Block(kind, box)
                continue
            left, top = max(0, box[0] - MARGIN), max(0, box[1] - MARGIN)
            right, bottom = min(width, box[2] + MARGIN), min(height, box[3] + MARGIN)
            self._api.SetRectangle(left, top, right - left, bottom - top)
            self._api.Recognize()
            yield Block(kind, box, self._paragraphs())

    def _paragraphs(self) -> tuple[tuple[Line, ...], ...]:
        paragraphs: list[tuple[Line, ...]] = []
        lines: list[Line] = []
        words: list[Word] = []
        for item in tesserocr.iterate_level(self._api.GetIterator(), RIL.WORD):
            if item.Empty(RIL.WORD):
                continue
            words.append(Word(item.GetUTF8Text(RIL.WORD), item.BoundingBox(RIL.WORD), item.Confidence(RIL.WORD)))
            if item.IsAtFinalElement(RIL.TEXTLINE, RIL.WORD):
                lines.append(Line(tuple(words), item.BoundingBox(RIL.TEXTLINE)))
                words = []
            if item.IsAtFinalElement(RIL.PARA, RIL.WORD):
                paragraphs.append(tuple(lines))
                lines = []
        return tuple(paragraph for paragraph in paragraphs if paragraph)


def _height(box: Rect | None) -> int:
    return box[3] - box[1] if box else 0
