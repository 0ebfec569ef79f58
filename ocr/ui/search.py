"""Words looked for in all pages of a visitor: which pages have them, and how often. The browser marks them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape

from ocr.page import PageId
from ocr.ui.reading import PageReading, State

LONGEST = 200
"""Characters of a query."""
MOST = 500
"""Pages that are listed; all are counted."""

_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_CELL = re.compile(r"</t[dh]>|<br\s*/?>", re.IGNORECASE)
_MARK = re.compile(r"<[^>]*>|[*_`#$\\]")
"""What Markdown and HTML write and no reader sees."""


@dataclass(slots=True)
class Search:
    """What a visitor looks for, and where it stands."""

    query: str = ""
    hits: dict[PageId, int] = field(default_factory=dict)
    """Page → how often, for each page that has it; in the order of the pages."""

    def look(self, query: str, pages: Iterable[PageReading]) -> None:
        """Look for these words, in any case and with any white space between them; for nothing if they are none."""
        self.query = " ".join(query[:LONGEST].split())
        self.hits = {}
        for page in pages:
            if count := self._count(page):
                self.hits[page.page] = count

    def update(self, page: PageReading) -> None:
        """A page has ended: its text is another one now."""
        if not self.query or page.state is State.READING:
            return
        self.hits.pop(page.page, None)
        if count := self._count(page):
            self.hits = dict(sorted({**self.hits, page.page: count}.items()))

    def _count(self, page: PageReading) -> int:
        wanted = plain(self.query)
        return plain(page.markdown).count(wanted) if wanted else 0


def plain(markdown: str) -> str:
    """What a reader sees of a text, folded for comparison: no marks, one space for any white space, no case."""
    seen = _MARK.sub("", _CELL.sub(" ", _LINK.sub(r"\1", markdown)))
    return " ".join(unescape(seen).split()).casefold()
