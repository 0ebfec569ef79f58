"""Find what is to be replaced in all pages of a document, hit by hit."""

import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

from ocr.types import PageId

MAX_HITS = 1_000
"""Hits that are listed, and replaced at once."""
MAX_HIT_CHARS = 500_000
"""Characters of all hits and their replacements: all of them are sent to the browser."""
MAX_PATTERN_CHARS = 500
MAX_REPLACEMENT_CHARS = 10_000

Texts = Mapping[PageId, Sequence[str]]
"""The Markdown of the paragraphs of each page."""


class PatternError(ValueError):
    """What is looked for is no regular expression, or its replacement no template; the message is the reason."""


class HitsTooLong(Exception):
    """The hits and their replacements have more than `MAX_HIT_CHARS` characters."""


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


def find_hits(texts: Texts, wanted: Replacement, timeout_s: float) -> list[Hit]:
    """The first `MAX_HITS` hits and one more if there are more, in the order of the text.

    A regular expression belongs in a process of its own: `timeout_s` bounds the search, but not how long it takes to
    compile one, nor its memory.

    Raises:
        HitsTooLong: the hits have too many characters.
        PatternError: the regular expression cannot be used.
        TimeoutError: the search took longer than `timeout_s` seconds.
    """
    if not wanted.find:
        return []
    hits: list[Hit] = []
    chars = 0
    try:
        for hit in _hits(texts, wanted, time.monotonic() + timeout_s):
            hits.append(hit)
            chars += len(hit.found) + len(hit.text)
            if chars > MAX_HIT_CHARS:
                raise HitsTooLong
            if len(hits) > MAX_HITS:
                break
    except (regex.error, IndexError, OverflowError, RecursionError, ValueError) as error:
        raise PatternError(str(error)) from error
    return hits


def version_of(hits: Sequence[Hit]) -> str:
    """Changes when the hits do."""
    return f"{zlib.crc32(repr(hits).encode(errors='replace')):08x}"


def _pattern(wanted: Replacement) -> "regex.Pattern[str]":
    source = wanted.find if wanted.regex else regex.escape(wanted.find)
    bounded = rf"(?<!\w)(?:{source})(?!\w)" if wanted.word else source
    return regex.compile(bounded, 0 if wanted.case else regex.IGNORECASE)


def _hits(texts: Texts, wanted: Replacement, deadline: float) -> Iterator[Hit]:
    """The hits; `deadline` is by the monotonic clock."""
    pattern = _pattern(wanted)
    for page, paragraphs in texts.items():
        for at, markdown in enumerate(paragraphs):
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            for match in pattern.finditer(markdown, timeout=left, concurrent=True):
                if match[0]:
                    text = match.expand(wanted.text) if wanted.regex else wanted.text
                    yield Hit(page, at, match.start(), match.end(), match[0], text)
