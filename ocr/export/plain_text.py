"""Plain text without markup: rows of tables as lines with tabs, formulas as TeX, a form feed between pages."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from ocr.export.results import notice
from ocr.html import render
from ocr.parsing.repair import without_controls
from ocr.types import PageResult

PAGE_BREAK = "\f"
"""Separates pages, as in pdftotext."""

_BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr", "div", "dl", "dd", "dt", "caption"}
_LISTS = {"ul", "ol"}
_LINE = ("", "\n")
"""Last characters of the text at the start of a line."""
_MAX_SPAN = 1000
"""Limit of a cell's columns or rows, as in browsers."""


def document_text(pages: Iterable[PageResult]) -> Iterator[str]:
    """Each page's text, all but the first after a form feed; an incomplete one begins with a notice in brackets."""
    between = ""
    for page in pages:
        yield between + _page(page)
        between = f"\n{PAGE_BREAK}"


def plain_text(markdown: str) -> str:
    """Markdown as text, ending in a newline if there is any."""
    reader = _TextExtractor()
    reader.feed(render(without_controls(markdown), mathml=False))
    reader.close()
    return reader.text()


def _page(page: PageResult) -> str:
    words = notice(page)
    return f"[{words}]\n\n{plain_text(page.markdown)}" if words else plain_text(page.markdown)


class _Table:
    """Collects the cells of a table; a cell that spans columns or rows is followed by empty ones."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self._cell = 0
        self._below: dict[int, int] = {}  # column → rows that a cell above still fills

    def open_row(self) -> None:
        self.rows.append([])

    def open_cell(self, columns: int, rows: int) -> None:
        if not self.rows:
            self.open_row()
        row = self.rows[-1]
        while self._below.get(len(row), 0) > 0:
            self._below[len(row)] -= 1
            row.append("")
        for _ in range(columns):
            if rows > 1:
                self._below[len(row)] = rows - 1
            row.append("")
        self._cell = len(row) - columns

    def write(self, text: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][self._cell] += text

    def text(self) -> str:
        return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in self.rows if row)


class _TextExtractor(HTMLParser):
    """Converts sanitised HTML to text."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: list[str] = []
        self._parts: list[str] = []
        """Pieces of the current block."""
        self._table: _Table | None = None
        self._lists: list[int | None] = []
        """The number of each open list's next item; None where they have none."""
        self._preformatted = False

    def text(self) -> str:
        """The text, with a blank line between blocks."""
        self._end_block()
        return "\n\n".join(self._blocks) + ("\n" if self._blocks else "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "img":
            self.handle_data(f"[{given.get('alt') or 'image'}]")
        elif self._table is not None:
            self._within_table(tag, self._table, given)
        elif tag in _LISTS:
            self._break()
            self._lists.append(_number(given.get("start"), 1) if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag == "br":
            self._parts.append("\n")
        elif tag in _BLOCKS:
            self._break()
            self._preformatted = tag == "pre"
        elif tag == "table":
            self._end_block()
            self._table = _Table()

    def _within_table(self, tag: str, table: _Table, given: dict[str, str | None]) -> None:
        if tag == "tr":
            table.open_row()
        elif tag in ("td", "th"):
            columns, rows = (max(1, min(_number(given.get(name), 1), _MAX_SPAN)) for name in ("colspan", "rowspan"))
            table.open_cell(columns, rows)
        elif tag == "br" or tag in _BLOCKS:
            table.write(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._table is not None:
            self._blocks.append(self._table.text())
            self._table = None
        elif self._table is not None:
            return
        elif tag in _LISTS and self._lists:
            self._lists.pop()
            self._break()
        elif tag in _BLOCKS:
            self._break()
            self._preformatted = False

    def handle_data(self, data: str) -> None:
        if self._table is not None:
            self._table.write(data)
        elif self._preformatted:
            self._parts.append(data)
        else:
            self._write(re.sub(r"[ \t]*\n\s*", "\n", re.sub(r"[ \t]+", " ", data)))

    def _item(self) -> None:
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        mark = "-" if number is None else f"{number}."
        self._parts.append(f"{'' if self._last in _LINE else chr(10)}{'  ' * (len(self._lists) - 1)}{mark} ")

    def _break(self) -> None:
        """Start or end a block; in a list that is a new line."""
        if not self._lists:
            self._end_block()
        elif self._last not in (*_LINE, " "):
            self._parts.append("\n")

    def _write(self, text: str) -> None:
        text = text.lstrip(" \n") if self._last in (*_LINE, " ") else text
        if text:
            self._parts.append(text)

    @property
    def _last(self) -> str:
        return self._parts[-1][-1:] if self._parts else ""

    def _end_block(self) -> None:
        text = "".join(self._parts).strip("\n").rstrip()
        self._blocks += [text] if text else []
        self._parts = []


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else default
