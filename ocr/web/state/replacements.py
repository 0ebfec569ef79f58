"""Find and replace in all pages of a document, hit by hit."""

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

from ocr.types import PageId, PageResult
from ocr.web.state.edited_text import with_paragraph

MAX_HITS = 1_000
"""Hits that are listed, and replaced at once."""
MAX_PATTERN_CHARS = 500
TIMEOUT_S = 5.0
"""For one paragraph: a regular expression may take time without end."""

Texts = Mapping[PageId, Sequence[str]]
"""The Markdown of the paragraphs of each page."""


class PatternError(ValueError):
    """What is looked for is no regular expression, or takes too long; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """What is looked for, and what is to stand there."""

    find: str
    text: str
    case: bool = False
    """Whether upper and lower case differ."""
    word: bool = False
    """Whether only whole words are hits."""
    regex: bool = False
    r"""Whether `find` is a regular expression; `\1` in `text` is its first group then."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where it was found."""

    page: PageId
    at: int
    """Index of the paragraph on the page."""
    start: int
    end: int
    """Offsets in the Markdown of the paragraph."""
    found: str
    text: str
    """What is to stand there."""


def find_hits(texts: Texts, wanted: Replacement) -> list[Hit]:
    """The first `MAX_HITS` hits and one more if there are more, in the order of the text.

    Raises:
        PatternError: the regular expression cannot be used.
    """
    if not wanted.find:
        return []
    hits: list[Hit] = []
    try:
        pattern = _pattern(wanted)
        for page, paragraphs in texts.items():
            for at, markdown in enumerate(paragraphs):
                hits += _hits(page, at, markdown, pattern, wanted)
                if len(hits) > MAX_HITS:
                    return hits[: MAX_HITS + 1]
    except (regex.error, IndexError, TimeoutError, MemoryError, RecursionError) as error:
        raise PatternError(str(error) or "it takes too long") from error
    return hits


def version_of(hits: Sequence[Hit]) -> str:
    """Changes when the hits do."""
    return f"{zlib.crc32(repr(hits).encode(errors='replace')):08x}"


def replaced(result: PageResult, paragraphs: Sequence[str], hits: Collection[Hit]) -> PageResult:
    """The result of a page with these hits of its paragraphs replaced."""
    for at in sorted({hit.at for hit in hits}, reverse=True):  # those before it keep their indices
        markdown = paragraphs[at]
        for hit in sorted((hit for hit in hits if hit.at == at), key=lambda hit: hit.start, reverse=True):
            markdown = markdown[: hit.start] + hit.text + markdown[hit.end :]
        result = with_paragraph(result, at, markdown if markdown.strip() else "")
    return result


def _pattern(wanted: Replacement) -> "regex.Pattern[str]":
    source = wanted.find if wanted.regex else regex.escape(wanted.find)
    bounded = rf"(?<!\w)(?:{source})(?!\w)" if wanted.word else source
    return regex.compile(bounded, 0 if wanted.case else regex.IGNORECASE)


def _hits(page: PageId, at: int, markdown: str, pattern: "regex.Pattern[str]", wanted: Replacement) -> Iterator[Hit]:
    for match in pattern.finditer(markdown, timeout=TIMEOUT_S, concurrent=True):
        if match[0]:
            text = match.expand(wanted.text) if wanted.regex else wanted.text
            yield Hit(page, at, match.start(), match.end(), match[0], text)
