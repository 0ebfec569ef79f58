"""See a model loop while it writes: the tail of its text repeats itself for longer than any page does."""

from __future__ import annotations

import re

STEP = 64
"""Characters between two looks; a look costs about a microsecond."""

WORDS = 640
"""Characters that must repeat those before them for a loop of words or figures: 160 tokens of four characters."""

EMPTY = 1536
"""The same for what holds no word and no figure: a form has its twenty blank rows, a list its dot leaders."""

TAG = re.compile(r"<[^>]*>|&\w+;|^[^<]*>|<[^>]*$|^\w{1,8};|&\w*$")
"""HTML, whole or cut at the edges of a pattern."""


class Repetition:
    """Watches a growing text for a tail that repeats itself, whatever repeats: characters, lines, rows of a table.

    What repeats must be there three times in all, so patterns of up to 320 characters are seen after 640 to 704
    characters of loop, patterns of up to 768 and those of empty cells, rules and dots after 1,536 to 1,600. Rows that
    differ in one figure are no loop.
    """

    def __init__(self) -> None:
        """Nothing has been written."""
        self._tail = ""
        self._new: list[str] = []
        self._unseen = 0

    def feed(self, text: str) -> bool:
        """Take more text; whether it is a loop by now."""
        self._new.append(text)
        self._unseen += len(text)
        if self._unseen < STEP:
            return False
        tail = self._tail + "".join(self._new)
        self._tail = tail[-(EMPTY + EMPTY // 2) :]
        self._new.clear()
        self._unseen = 0
        return _loops(self._tail)


def _loops(text: str) -> bool:
    period = _period(text, WORDS)
    if period and _has_words(text[-period:]):
        return True
    return bool(_period(text, EMPTY))


def _period(text: str, length: int) -> int:
    """How far back the last `length` characters stand once more, at most half of that; 0 if they do not."""
    end = len(text) - length
    if end <= 0:
        return 0
    at = text.rfind(text[end:], max(0, end - length // 2), len(text) - 1)
    return end - at if at >= 0 else 0


def _has_words(pattern: str) -> bool:
    return any(character.isalnum() for character in TAG.sub("", pattern))
