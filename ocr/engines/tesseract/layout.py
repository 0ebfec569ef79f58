"""Classify the blocks of a page (title, section, text, list, table, figure …) by size, position and words."""

import re
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ocr.engines.tesseract.recognition import Block, Kind, Line, Page, Rect
from ocr.engines.tesseract.table_cells import ruled_rows, spaced_rows, to_html

TITLE, SECTION, SMALL = 1.45, 1.14, 0.88
"""Sizes of type relative to the body's, by x-height: a title at least, a section heading at least, a note at most."""
MARGIN = 0.085
"""The share of the page's height, at its top and bottom, where headers, footers and page numbers stand."""
CONFIDENT = 55.0
"""Tesseract's confidence, of 100; a short block below it is noise."""
HOPELESS = 40.0
"""A block of any length below it is noise."""

CAPTION = re.compile(r"(figure|fig\.|table|tableau|abbildung|abb\.|tabelle)\s*[\dIVX]+\s*[.:|–—-]", re.IGNORECASE)
PAGE_NUMBER = re.compile(r"[-–—\s]*(page\s+)?(\d{1,4}|[ivxlc]{1,6})(\s*(/|of)\s*\d{1,4})?[-–—\s]*", re.IGNORECASE)
NOTE = re.compile(r"[*†‡§'‘’“\"°¹²³]|\d{1,2}\s?[A-Z]")
BULLET = re.compile(r"[•·◦▪‣●○■*»-]\s+(?=\S)|(?=\(?\d{1,2}[.)]\s+\S)")
SENTENCE_END = re.compile(r"[.!?:;)\]\"'”’]$")


@dataclass(frozen=True, slots=True)
class Part:
    """A labelled part of the page, as it goes into the answer."""

    label: str
    box: Rect
    """Pixels."""
    text: str
    """Markdown; a table is HTML; a picture has none."""
    continues: bool = False
    """The part before goes on here."""


def parts(page: Page) -> Iterator[Part]:
    """The page's parts in reading order; footnotes, footers and page numbers last, wherever their column ended."""
    layout = _Layout(page)
    last: list[Part] = []
    before: Part | None = None
    titled = False
    for part in layout.parts():
        if part.label in {"footnote", "footer", "page_number"}:
            last.append(part)
            continue
        if part.label == "title":
            part = part if not titled else replace(part, label="section")
            titled = True
        if before and part.label == before.label == "text" and _goes_on(before.text, part.text):
            part = replace(part, continues=True)
        before = part
        yield part
    yield from sorted(last, key=lambda part: ["footnote", "footer", "page_number"].index(part.label))


class _Layout:
    """One page's measures: the size of its type, its figures."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._body = _median([line.x_height for line in _by_letter(page)], 10.0)
        self._line = _median([line.box[3] - line.box[1] for line in _by_letter(page)], 20.0)
        self._figures = self._grown([block.box for block in page.blocks if self._is_figure(block)])

    def parts(self) -> Iterator[Part]:
        shown: set[Rect] = set()
        for block in self._page.blocks:
            figure = next((figure for figure in self._figures if _inside(block.box, figure)), None)
            if figure and not self._is_caption(block):
                if figure not in shown:
                    shown.add(figure)
                    yield Part("image", figure, "")
                continue
            if block.paragraphs and not _is_noise(block.lines):
                yield from self._text_parts(block)

    def _text_parts(self, block: Block) -> Iterator[Part]:
        if block.grid:
            yield Part("table", block.box, to_html(ruled_rows(block.lines, block.grid)))
            return
        known = block.kind is Kind.TABLE
        if rows := spaced_rows(block.lines, gap=1.0 if known else 2.0, least=2 if known else 3):
            yield Part("table", _around(line.box for line in block.lines), to_html(rows))
            return
        for lines in block.paragraphs:
            if not _is_noise(lines):
                box, text = _around(line.box for line in lines), joined(lines)
                label = self._label(lines, box, text)
                yield Part(label, box, _listed(lines) if label == "list" else text)

    def _label(self, lines: Sequence[Line], box: Rect, text: str) -> str:
        size = statistics.median(line.x_height for line in lines) / self._body
        top, bottom = box[1] / self._page.height, box[3] / self._page.height
        if len(lines) == 1 and (bottom < MARGIN or top > 1 - MARGIN):
            if PAGE_NUMBER.fullmatch(text):
                return "page_number"
            if len(text.split()) <= 12 and size < SECTION:
                return "header" if bottom < MARGIN else "footer"
        if CAPTION.match(text):
            return "caption"
        if size <= SMALL and top > 0.7 and NOTE.match(text):
            return "footnote"
        if len(lines) <= 3 and size >= SECTION and re.search(r"[^\W\d_]{3}", text):
            return "title" if size >= TITLE and top < 0.5 else "section"
        return "list" if sum(bool(BULLET.match(line.text)) for line in lines) >= 2 else "text"

    def _is_figure(self, block: Block) -> bool:
        """Whether a picture block is one: not a speck, and not the table that the page was photographed on."""
        width, height = block.box[2] - block.box[0], block.box[3] - block.box[1]
        share = width * height / (self._page.width * self._page.height)
        return block.kind is Kind.PICTURE and 0.004 < share < 0.8 and min(width, height) > 2 * self._body

    def _grown(self, figures: list[Rect]) -> list[Rect]:
        """Figures with what belongs to them: the short, small words at their edges, and figures they then touch."""
        reach = round(5 * self._body)
        for block in self._page.blocks:
            for index, figure in enumerate(figures):
                near = (figure[0] - reach, figure[1] - reach, figure[2] + reach, figure[3] + reach)
                if _touches(block.box, near) and self._is_axis(block):
                    figures[index] = _around((figure, block.box))
        merged: list[Rect] = []
        for figure in figures:
            while touching := next((other for other in merged if _touches(figure, other)), None):
                merged.remove(touching)
                figure = _around((figure, touching))
            merged.append(figure)
        return merged

    def _is_axis(self, block: Block) -> bool:
        """Whether a block beside a figure is part of it: few words, of small type or hardly read."""
        if not block.lines or block.kind is Kind.TABLE or self._is_caption(block):
            return False
        words = sum(len(line.words) for line in block.lines)
        small = all(
            line.x_height < 0.93 * self._body or line.box[3] - line.box[1] < 0.8 * self._line for line in block.lines
        )
        return words <= 10 and len(block.lines) <= 3 and (small or _is_noise(block.lines))

    def _is_caption(self, block: Block) -> bool:
        return bool(block.lines) and bool(CAPTION.match(block.lines[0].text))


def joined(lines: Sequence[Line]) -> str:
    """A paragraph's lines in one, words that were divided at a line's end whole again."""
    text = ""
    for line in lines:
        if re.search(r"\w{2}-$", text) and line.text[:1].islower():
            text = text[:-1] + line.text
        else:
            text = f"{text} {line.text}".strip()
    return text


def _listed(lines: Sequence[Line]) -> str:
    """A list's items, one a line, those with bullets as Markdown has them."""
    items: list[str] = []
    for line in lines:
        bullet = BULLET.match(line.text)
        if bullet or not items:
            items.append(f"- {line.text[bullet.end() :]}" if bullet and bullet[0] else line.text)
        else:
            items[-1] += f" {line.text}"
    return "\n".join(items)


def _goes_on(before: str, after: str) -> bool:
    """Whether a paragraph was only interrupted: by the end of a column, or by a figure."""
    return not SENTENCE_END.search(before) and after[:1].islower()


def _by_letter(page: Page) -> list[Line]:
    """The page's lines, each as often as it has letters: what most of the text looks like has the most say."""
    return [line for block in page.blocks for line in block.lines for _ in line.text]


def _median(values: Sequence[float], otherwise: float) -> float:
    return max(1.0, statistics.median(values or [otherwise]))


def _is_noise(lines: Sequence[Line]) -> bool:
    words = [word for line in lines for word in line.words]
    text = "".join(word.text for word in words)
    letters = sum(char.isalnum() for char in text)
    if not letters:
        return True
    confidence = sum(word.confidence * len(word.text) for word in words) / len(text)
    return confidence < (CONFIDENT if letters < 20 else HOPELESS)


def _around(boxes: Iterable[Rect]) -> Rect:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _inside(box: Rect, figure: Rect) -> bool:
    """Whether the box's middle lies in the figure."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return figure[0] <= x <= figure[2] and figure[1] <= y <= figure[3]


def _touches(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
