"""The text of a page as paragraphs, each rendered only once while the page grows.

While a page streams only its last paragraph changes; what stands before it is neither rendered nor sent again.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ocr.html import render
from ocr.types import TextBlock

LONG_PARAGRAPH_CHARS = 2_000
"""Characters from which an open paragraph, mostly a table, is no longer rendered at every update."""
MIN_GROWTH = 1.1
"""By how much a long one has to grow first, so that a table costs ten times its rendering in all, not its square."""

Source = tuple[str, tuple[tuple[str, str], ...]]
"""Markdown, and the names and URLs of the figures in it."""

_TABLE = re.compile(r"<(/?)table\b", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])\s")


@dataclass(slots=True)
class Paragraph:
    """A piece of Markdown that stands for itself."""

    markdown: str
    regions: tuple[int, ...]
    """Indices of the regions that it was read from."""
    open: bool = False
    """Whether more of it may come."""
    _html: str = ""
    _rendered: Source | None = None

    def html(self, figures: Mapping[str, str]) -> str:
        """It as safe HTML, `unclosed`; `figures` are the URLs of those that are there by the names it has for them."""
        if source := self.pending_source(figures):
            markdown, urls = source
            self._html, self._rendered = unclosed(render(markdown, dict(urls))), source
        return self._html

    def pending_source(self, figures: Mapping[str, str]) -> Source | None:
        """The source to render; None while the stored HTML is current enough."""
        before = len(self._rendered[0]) if self._rendered else 0
        if self.open and before > LONG_PARAGRAPH_CHARS and before < len(self.markdown) < before * MIN_GROWTH:
            return None
        wanted = (self.markdown, tuple((name, url) for name, url in figures.items() if name in self.markdown))
        return wanted if wanted != self._rendered else None


@dataclass(slots=True)
class PageParagraphs:
    """The paragraphs of one page; `write` and `begin` while it streams, `settle` at its end."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    _tail: str = ""
    _regions: tuple[int, ...] = ()
    _last: list[dict[str, Any]] = field(default_factory=list)
    _last_figures: dict[str, str] | None = None
    """The figures that `_last` was made with; None where the paragraphs have changed since."""

    def begin(self, region: int) -> None:
        """Start a region: what is written from here on was read from it."""
        self._last_figures = None
        if self.paragraphs:
            self.paragraphs[-1].open = False
        self._regions, self._tail = (region,), ""

    def write(self, markdown: str) -> None:
        """Append any piece of the text."""
        self._last_figures = None
        grown = self.paragraphs.pop() if self.paragraphs and self.paragraphs[-1].open else None
        *whole, self._tail = split(self._tail + markdown)
        for text in filter(str.strip, (*whole, self._tail)):
            paragraph, grown = grown or Paragraph("", self._regions), None
            paragraph.markdown, paragraph.open = text, text is self._tail
            self.paragraphs.append(paragraph)

    def finish(self, blocks: Sequence[TextBlock]) -> None:
        """Set the final text of a page that has ended; unchanged paragraphs keep their HTML."""
        self._last_figures = None
        unchanged = {(one.markdown.strip(), one.regions): one for one in self.paragraphs if not one.open}
        new = [(text, block.regions) for block in blocks for text in split(block.markdown) if text.strip()]
        self.paragraphs = [unchanged.get((text.strip(), regions)) or Paragraph(text, regions) for text, regions in new]
        self._tail, self._regions = "", ()

    def takes_long(self, figures: Mapping[str, str]) -> bool:
        """Whether there is so much to render that `value` is not to be asked for before `prepare`."""
        if self._last_figures == figures:
            return False
        pending = (one for one in self.paragraphs if one.pending_source(figures))
        return sum(len(one.markdown) for one in pending) > LONG_PARAGRAPH_CHARS

    async def prepare(self, figures: Mapping[str, str]) -> None:
        """Render long paragraphs in a thread, which may take a second, so that `value` finds their HTML."""
        if self.takes_long(figures):
            paragraphs = list(self.paragraphs)
            await asyncio.to_thread(lambda: [one.html(figures) for one in paragraphs])

    def value(self, figures: Mapping[str, str]) -> list[dict[str, Any]]:
        """What the browser gets: for each paragraph the regions it was read from, and its HTML; not to be changed."""
        if self._last_figures != figures:
            self._last = [{"regions": list(one.regions), "html": one.html(figures)} for one in self.paragraphs]
            self._last_figures = dict(figures)
        return self._last

    def last_value(self) -> list[dict[str, Any]]:
        """What `value` returned last; nothing before."""
        return self._last


def unclosed(html: str) -> str:
    """HTML without the closing tags at its end, which a browser that is given it as `innerHTML` adds by itself.

    Text that grows by a word then grows at its end, and Gradio sends that word alone.
    """
    while (cut := html.rstrip()).endswith(">") and cut.rfind("<") == cut.rfind("</"):
        html = cut[: cut.rfind("<")]
    return html


def split(markdown: str) -> list[str]:
    """Cut Markdown where it can be cut, at blank lines outside of tables, formulas, code and lists; at least one piece.

    Joined, the pieces are the text again but for the blank lines between them.
    """
    pieces: list[str] = []
    lines: list[str] = []
    first = ""  # of the lines that are not blank
    nesting = _Nesting()
    for line in markdown.split("\n"):
        after_blank = first and not lines[-1].strip()
        if after_blank and line.strip() and nesting.between and not _continues(first, line):
            pieces.append("\n".join(lines).strip("\n"))
            lines, first = [], ""
        lines.append(line)
        first = first or line.lstrip()
        nesting.take(line)
    return [*pieces, "\n".join(lines)]


@dataclass(slots=True)
class _Nesting:
    """What a line lies in that may contain blank lines."""

    fenced: bool = False
    formula: bool = False
    tables: int = 0

    @property
    def between(self) -> bool:
        return not (self.fenced or self.formula or self.tables)

    def take(self, line: str) -> None:
        if line.lstrip().startswith("```"):
            self.fenced = not self.fenced
        if self.fenced:
            return
        if line.count("$$") % 2:
            self.formula = not self.formula
        if "\\[" in line or "\\]" in line:
            self.formula = line.rfind("\\[") > line.rfind("\\]")
        for tag in _TABLE.finditer(line):
            self.tables = max(0, self.tables + (-1 if tag[1] else 1))


def _continues(first: str, line: str) -> bool:
    """Whether a line after a blank one still belongs to the list that began before it, if `first` began one."""
    return bool(_ITEM.match(first)) and (line[:1] in " \t" or bool(_ITEM.match(line)))
