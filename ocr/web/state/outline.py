"""The outline of a visitor's documents: the headings of all pages that have been read, found once for each text.

The model's titles and sections are headings of its Markdown (parsing/page_text.py), so these are all that there are.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from ocr.parsing.visible_text import visible_text
from ocr.web.state.page_state import PageState
from ocr.web.state.paragraphs import Paragraph

MAX_HEADINGS = 5_000
"""Of one document; pages that end after that add none."""
MAX_HEADING_CHARS = 120
"""Longer headings are cut."""

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(\S.*)|^ {0,3}```", re.MULTILINE)
"""A heading, or what begins and ends code, in which there are none."""
_CLOSING_MARKS = re.compile(r"(?:^|[ \t])#+$")


class Heading(NamedTuple):
    """A heading of a page."""

    level: int
    """From 1, the highest."""
    paragraph: int
    """Index of its paragraph in the page's text, by which the browser finds it."""
    text: str


@dataclass(slots=True)
class DocumentOutline:
    """The headings of one document."""

    latest: int = 0
    """Revision of the latest change."""
    count: int = 0
    """How many headings there are."""
    cut: set[int] = field(default_factory=set)
    """Numbers of pages with headings for which there was no room."""
    pages: dict[int, tuple[int, tuple[Heading, ...]]] = field(default_factory=dict)
    """Number of a page that has, or had, headings → the revision that brought them, and what they are."""

    def since(self, revision: int) -> list[tuple[int, tuple[Heading, ...]]]:
        """Each page whose headings have changed after that revision: its number and what they are, in order."""
        return [(number, found) for number, (changed, found) in sorted(self.pages.items()) if changed > revision]


@dataclass(slots=True)
class Outline:
    """The headings of one visitor's documents."""

    documents: dict[int, DocumentOutline] = field(default_factory=dict)
    """By their keys; without those that never had a heading."""
    _revision: int = 0
    """Counts the changes, over all documents."""

    def of(self, document: int) -> DocumentOutline:
        """The outline of this document; an empty one if there is none."""
        return self.documents.get(document) or DocumentOutline()

    def update(self, page: PageState) -> None:
        """Take the headings of a page whose text has changed, as many as there is room for."""
        outline, number = self.of(page.page.document), page.page.number
        _, before = outline.pages.get(number, (0, ()))
        room = MAX_HEADINGS - outline.count + len(before)
        more = tuple(islice(headings(page.text.paragraphs), room + 1))
        found = more[:room]
        if more == found:
            outline.cut.discard(number)
        else:
            outline.cut.add(number)
        if found == before:
            return
        self._revision += 1
        outline.latest = self._revision
        outline.count += len(found) - len(before)
        outline.pages[number] = self._revision, found
        self.documents[page.page.document] = outline

    def remove(self, document: int) -> None:
        """Forget a document that was removed."""
        self.documents.pop(document, None)


def headings(paragraphs: Iterable[Paragraph]) -> Iterator[Heading]:
    """The headings in a page's text, in their order."""
    for index, paragraph in enumerate(paragraphs):
        code = False
        for found in _HEADING.finditer(paragraph.markdown):
            marks, words = found.groups()
            code = code if marks else not code
            if marks and not code and (text := _shown(words)):
                yield Heading(len(marks), index, text)


def _shown(markdown: str) -> str:
    """A heading's text as a reader sees it."""
    text = visible_text(_CLOSING_MARKS.sub("", markdown.rstrip()))
    return text if len(text) <= MAX_HEADING_CHARS else f"{text[: MAX_HEADING_CHARS - 1].rstrip()}…"
