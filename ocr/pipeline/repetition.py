"""Detect that a model repeats itself while it writes, longer than any real page does."""

import re
from collections import deque

CHECK_INTERVAL_CHARS = 16
"""Characters between two looks, which hold 16 tokens at the most; a look costs one to two microseconds."""

MIN_REPEATED_TOKENS = 160
"""Tokens that must repeat those before them."""

MAX_PATTERN_CHARS = 1024
"""Characters of the longest pattern that is looked for."""

MAX_EQUAL_ROWS = 32
"""Rows of a table, or lines to be filled in, that a page may hold alike: a form has its twenty or thirty blank ones."""

MAX_EQUAL_TEXT_CHARS = 2048
"""Characters of such rows, if they hold words or figures, after which there is no doubt whatever their number."""

MAX_EQUAL_LINES = 64
"""Lines of nothing, such as rules, lined paper and bullets, that a page may hold alike."""

MAX_EQUAL_CHARS = 12_288
"""Characters after which there is no doubt whatever repeats."""

TOKEN = re.compile(r" ?[^\W\d_]{1,4}|\d{1,3}| ?[^\w\s]{1,4}|_{1,8}|\s{1,8}")
"""Cuts text about as a byte-level BPE does, rather too small than too large: four letters, three figures."""

TAG = re.compile(r"<[^>]*>|&\w+;|^[^<]*>|<[^>]*$|^\w{1,8};|&\w*$")
"""HTML, whole or cut at the edges of a pattern."""

TO_FILL_IN = re.compile(r"_{4}|\.{4}|…")
"""What a form leaves room by."""


class Repetition:
    """Watches a growing text for a tail that repeats itself, whatever repeats: characters, words, lines, cells.

    What repeats must be there three times in all, a row of a table twice, and be 160 tokens long beside its first time;
    so it is seen within 200 tokens if it has no more than a hundred itself. A form holds as much in equal rows, so a
    page that is taken for a loop deserves a second reading with `allow_equal_rows`: up to 32 rows or lines to
    fill in are then accepted. Rows that differ in one figure are no loop for either.
    """

    def __init__(self, *, allow_equal_rows: bool = False) -> None:
        self._allow_equal_rows = allow_equal_rows
        self._tail = ""
        self._new: list[str] = []
        self._unseen = 0
        self._steps: deque[tuple[int, int]] = deque()
        self._tokens = self._length = 0

    def feed(self, text: str) -> bool:
        """Take more text; whether it is a loop by now."""
        self._new.append(text)
        self._unseen += len(text)
        if self._unseen < CHECK_INTERVAL_CHARS:
            return False
        new = "".join(self._new)
        self._new.clear()
        self._unseen = 0
        self._tail = (self._tail + new)[-(MAX_EQUAL_CHARS + MAX_PATTERN_CHARS) :]
        self._count(new)
        return self._tokens >= MIN_REPEATED_TOKENS and self._loops()

    def _count(self, new: str) -> None:
        """Have `_length` be the characters of the last 160 tokens, or of a few more."""
        self._steps.append((len(TOKEN.findall(new)), len(new)))
        self._tokens += self._steps[-1][0]
        self._length += len(new)
        while self._tokens - self._steps[0][0] >= MIN_REPEATED_TOKENS:
            tokens, length = self._steps.popleft()
            self._tokens -= tokens
            self._length -= length

    def _loops(self) -> bool:
        """Whether the text ends in a loop; its last `_length` characters are as many as must repeat at least."""
        text = self._tail
        period = _period(text, self._length)
        if not period:
            return False
        needed = max(self._length, (_borne if self._allow_equal_rows else _doubted)(text[-period:]))
        return text[-needed:] == text[-needed - period : -period]


def _period(text: str, length: int) -> int:
    """How far back the last `length` characters stand once more, or their greater part; 0 if they do not."""
    end = len(text) - length
    at = text.rfind(text[end:], max(0, end - MAX_PATTERN_CHARS), len(text) - 1)
    return end - at if at >= 0 else 0


def _doubted(pattern: str) -> int:
    """Characters by which what repeats must go on: a text and its copy are no loop, two equal rows may be one."""
    return len(pattern) * (1 if _rows(pattern) == 1 else 2)


def _borne(pattern: str) -> int:
    """The same where equal rows are allowed: as many as a form may hold of what repeats, for being rows or lines."""
    rows, lines, words = _rows(pattern), pattern.count("\n"), _has_words(pattern)
    most = 0
    if rows or (words and lines and TO_FILL_IN.search(pattern + pattern[:4])):
        most = min(MAX_EQUAL_ROWS * len(pattern) // (rows or lines), MAX_EQUAL_TEXT_CHARS if words else MAX_EQUAL_CHARS)
    elif lines and not words:
        most = min(MAX_EQUAL_LINES * len(pattern) // lines, MAX_EQUAL_CHARS)
    return max(2 * len(pattern), most)


def _rows(pattern: str) -> int:
    """Rows of a table in what repeats; it may begin in the midst of a tag."""
    return (pattern + pattern[: len("</tr") - 1]).count("</tr")


def _has_words(pattern: str) -> bool:
    return any(character.isalnum() for character in TAG.sub("", pattern))
