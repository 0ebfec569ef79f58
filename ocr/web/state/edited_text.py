"""Put a text that a person has typed into a page, in place of one of the paragraphs that the screen shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ocr.parsing.repair import without_controls
from ocr.types import PageResult, TextBlock
from ocr.web.state.corrected_text import changed_regions, with_text
from ocr.web.state.paragraphs import split

MAX_PARAGRAPH_CHARS = 100_000
"""Characters that may be typed into one paragraph; a page of a thousand lines has as many."""


@dataclass(frozen=True, slots=True)
class ParagraphEdit:
    """A paragraph that a visitor has typed anew."""

    key: str
    """The browser's name of this edit."""
    at: int
    """Index of the paragraph on the page; the number of its paragraphs to add one."""
    before: str
    """The Markdown that the visitor saw there."""
    text: str


@dataclass(frozen=True, slots=True)
class EditOutcome:
    """What became of the latest edit of a session."""

    key: str = ""
    """The browser's name of the edit."""
    problem: str = ""
    """Why the text was not saved, and what to do; empty where it was."""
    newer: str = ""
    """What the paragraph reads now, where it was changed meanwhile."""
    at: int = 0
    """Index of the paragraph on the page."""
    next: int = 0
    """Index of the paragraph that follows what was typed."""


@dataclass(frozen=True, slots=True)
class ReplacePreview:
    """What was last looked for in a document, to be replaced."""

    key: str = ""
    """The browser's name of what it has asked for."""
    said: str = ""
    problem: str = ""
    """Why nothing was looked for or replaced, and what to do."""
    hits: str = "[]"
    """JSON: for each hit the page's number, what stands before it, the hit, its replacement, what stands after it."""
    version: str = ""
    """Of the hits; it changes when the text does."""


def typed(text: str) -> str:
    """What a person typed, as it is kept: each line ended by a newline, without control characters and outer lines."""
    return without_controls(text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n").rstrip()


def paragraph_count(text: str) -> int:
    """How many paragraphs a text makes on the screen."""
    return len(_paragraphs(text))


def with_paragraphs(result: PageResult, texts: Mapping[int, str]) -> PageResult:
    """The result with these Markdown texts as its paragraphs of these indices, removed where a text is empty.

    An index beyond the last paragraph adds one. A text may have blank lines, and so make several paragraphs. `raw`, the
    model's own answer, stays as it is.
    """
    blocks: list[TextBlock] = []
    regions, first = list(result.regions), 0
    for block in result.blocks or [TextBlock(result.markdown)]:
        places, edited = _places(block.markdown), block
        changed_here = set(range(first, first + len(places))) & texts.keys()
        for at in sorted(changed_here, reverse=True):  # those before it keep their places
            new = replace(edited, markdown=_exchanged(edited.markdown, places, at - first, texts[at]))
            for index, changed in changed_regions(regions, edited, [new] if new.markdown.strip() else []):
                regions[index] = replace(regions[index], text=changed)
            edited = new
        if edited is block or edited.markdown.strip():
            blocks.append(edited)
        first += len(places)
    if added := [TextBlock(texts[at]) for at in sorted(texts) if at >= first and texts[at]]:
        blocks = [*filter(lambda block: block.markdown.strip(), blocks), *added]
    return with_text(result, blocks, regions)


def _paragraphs(text: str) -> list[str]:
    return [piece for piece in split(text) if piece.strip()]


def _places(markdown: str) -> list[tuple[int, int]]:
    """Where each paragraph of a block begins and ends."""
    places: list[tuple[int, int]] = []
    end = 0
    for piece in _paragraphs(markdown):
        begin = markdown.index(piece, end)
        end = begin + len(piece)
        places.append((begin, end))
    return places


def _exchanged(markdown: str, places: Sequence[tuple[int, int]], at: int, text: str) -> str:
    """The Markdown of a block with another text as its paragraph of index `at`; `places` are right up to that one."""
    begin, end = places[at]
    if text:
        return markdown[:begin] + text + markdown[end:]
    before = markdown[: places[at - 1][1]] if at else ""
    return "\n\n".join(filter(None, (before, markdown[end:].strip("\n"))))
