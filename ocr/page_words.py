"""The words of a page and of its text: where they stand, and what a comparison of the two found."""

import re
from dataclasses import dataclass
from enum import StrEnum

SPACELESS_LETTER = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3105-\u312f\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""A letter of a script without spaces between words: Thai, Lao, Burmese, Khmer, kana, bopomofo, ideographs."""

PreciseBox = tuple[float, float, float, float]
"""Left, top, right, bottom of a word; 0–1000 on both axes, as of a `Box`, but with fractions."""


class WordSource(StrEnum):
    """Where the words of a page come from; the words of result.json."""

    TEXT_LAYER = "text_layer"
    """The document's own, visible text."""
    OCR_LAYER = "ocr_layer"
    """Text behind a scan, written by an OCR program of unknown quality."""
    TESSERACT = "tesseract"
    """Read from the page's image by Tesseract."""


@dataclass(frozen=True, slots=True)
class PageWord:
    """A word that stands on the page; of scripts without spaces, one character."""

    text: str
    box: PreciseBox
    confidence: float = 1.0
    """0 to 1; always 1 in a document's own text."""
    upright: bool = True
    """False of text that runs in another direction than the page, as along its margin."""


class LayerQuality(StrEnum):
    """What a PDF's text layer is good for."""

    GOOD = "good"
    NONE = "none"
    """There is no text, or next to none on a scan."""
    HIDDEN = "hidden"
    """Most of it does not show: it was written by an OCR program behind the picture."""
    UNMAPPED = "unmapped"
    """Its fonts do not tell which characters their glyphs are."""


@dataclass(frozen=True, slots=True)
class TextLayer:
    """The words of a PDF page's text layer, in the file's order, and whether they can be trusted."""

    words: tuple[PageWord, ...]
    quality: LayerQuality


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word of a page's text, and where it stands on the page."""

    text: str
    """The characters of the Markdown from `start` to `end`."""
    start: int
    end: int
    """Both are offsets in the page's Markdown."""
    boxes: tuple[PreciseBox, ...] = ()
    """One for each line that holds a part of it; none where the page does not have the word."""
    region: int | None = None
    """Index in the page's regions, where the model placed the text around it."""
    confidence: float = 0.0
    """0 to 1: how alike the page's word is, times the confidence in that."""


class FindingKind(StrEnum):
    """How the text and the page disagree; the words of result.json."""

    MISSING = "missing"
    """The page has words that the text has not."""
    UNSUPPORTED = "unsupported"
    """The text has words that the page has not."""
    DIFFERS = "differs"
    """A word of the text has other letters or digits than the page's."""
    MOVED = "moved"
    """The text has these words before others that stand above them, in the same column."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where the text and the page disagree."""

    kind: FindingKind
    text: str
    """What the text has; empty where words are missing."""
    page_text: str
    """What the page has; empty where words are unsupported."""
    start: int
    end: int
    """Offsets in the page's Markdown; equal where words are missing, which belong there."""
    boxes: tuple[PreciseBox, ...]
    """Where it stands on the page, line by line; where words are unsupported, the lines around the place."""
    weak: bool = False
    """The evidence is weak, as for formulas and letters that Tesseract is unsure of: nothing to look at by itself."""


@dataclass(frozen=True, slots=True)
class PageCheck:
    """How a page's text compares with the words that stand on the page."""

    source: WordSource | None
    """None where there was nothing to compare the text with; `note` says why."""
    page_words: int = 0
    """Words of the page that the text should have."""
    found: int = 0
    """Those of them that it has."""
    text_words: int = 0
    """Words of the text that the page should have."""
    supported: int = 0
    """Those of them that it has."""
    set_aside: int = 0
    """Further words of the page, which the text need not have: headers, page numbers, those within figures."""
    findings: tuple[Finding, ...] = ()
    """In the order of the text."""
    note: str = ""
    """Why the document's own text was not used, where it has some, or why there is no comparison."""

    @property
    def places(self) -> tuple[Finding, ...]:
        """The findings that somebody should look at: those of which the evidence is not weak."""
        return tuple(finding for finding in self.findings if not finding.weak)
