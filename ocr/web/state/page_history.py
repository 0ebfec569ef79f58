"""The last readings of each page, so that two of them can be compared and any of them made the page's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ocr.types import PageId, PageResult
from ocr.web.state.page_state import BROKEN, Kept
from ocr.web.state.text_diff import Differences, differences

MOST = 4
"""Readings of a page that are kept, its own among them."""
SPARE = 5_000_000
"""Characters that all readings which are not their page's own may have; beyond, the oldest of them goes. A thousand
pages of a book read twice have some three million; with all that is made of it a character takes 5 bytes."""


class Compared(NamedTuple):
    """How two readings differ."""

    found: Differences
    rows: list[Any]
    """The rows as plain lists: whether there is a gap before it, and its parts."""


@dataclass(slots=True)
class Shelf:
    """The readings of one page."""

    readings: dict[int, Kept] = field(default_factory=dict)
    """By their numbers, the oldest first; a number is never used twice."""
    own: int = 0
    """The page's own: the one that is shown, searched and taken away; 0 for none of these."""
    picked: tuple[int, int] = (0, 0)
    """The two that are to be compared; 0 leaves it open."""
    _count: int = 0

    def pair(self) -> tuple[int, int]:
        """The two that are compared, else by default the page's own or the last but one beside the latest; 0: none."""
        numbers = list(self.readings)
        first, second = (number if number in self.readings else 0 for number in self.picked)
        second = second or next((number for number in reversed(numbers) if number != first), 0)
        others = [number for number in numbers if number != second]
        if not first or first == second:
            first = self.own if self.own in others else (others or [0])[-1]
        return first, second

    def pick(self, first: int, second: int) -> None:
        """Compare these two from now on; the same one twice makes no sense, so they change places then."""
        now = self.pair()
        if first == second:
            first, second = (now[1], now[0]) if first in now else now
        self.picked = (first, second)

    def add(self, kept: Kept) -> int:
        """Put one more there; returns its number."""
        self._count += 1
        self.readings[self._count] = kept
        return self._count

    def number(self, result: PageResult | None) -> int:
        """The number of the reading that came to this; 0 if it is not here."""
        return next((number for number, kept in self.readings.items() if kept.result is result), 0)

    def spare(self) -> Iterator[int]:
        """What can go, the least worth first: what broke off, then the oldest; never the own nor the latest."""
        able = [number for number in self.readings if number not in (self.own, self._count)]
        yield from sorted(able, key=lambda number: self.readings[number].result.finish not in BROKEN)


def _compare(first: Kept, second: Kept) -> Compared:
    found = differences(first.result.markdown, second.result.markdown)
    return Compared(found, [[row.gap, [list(part) for part in row.parts]] for row in found.rows])


@dataclass(slots=True)
class Readings:
    """The shelves of all pages of a session."""

    open: bool = False
    """Whether two readings are being looked at."""
    _shelves: dict[PageId, Shelf] = field(default_factory=dict)
    _compared: tuple[Kept, Kept, Compared] | None = None

    def of(self, page: PageId) -> Shelf:
        """The page's readings; none, if it was never read."""
        return self._shelves.get(page) or Shelf()

    def ended(self, page: PageId, kept: Kept, own: PageResult | None) -> None:
        """A reading of this page has ended; `own` is what its page shows now. Without text only a whole one counts."""
        if kept.result.finish in BROKEN and not kept.result.raw.strip():
            return
        shelf = self._shelves[page] = self._shelves.pop(page, Shelf())  # last in line, should some have to go
        shelf.add(kept)
        shelf.own = shelf.number(own)
        for number in list(shelf.spare())[: max(0, len(shelf.readings) - MOST)]:
            del shelf.readings[number]
        if len(shelf.readings) > 1:
            self._bound()

    def begins(self, page: PageId) -> None:
        """The page is about to be read once more: that reading is the one to compare its own with."""
        if page in self._shelves:
            self._shelves[page].picked = (self._shelves[page].own, 0)

    def compared(self, first: Kept, second: Kept) -> Compared:
        """How two readings differ; made once for as long as these two are looked at."""
        if self._compared is None or self._compared[0] is not first or self._compared[1] is not second:
            self._compared = (first, second, _compare(first, second))
        return self._compared[2]

    async def prepare(self, page: PageId) -> None:
        """Have `compared` ready for the pair of this page that is looked at; in a thread, for long pages take long."""
        shelf = self.of(page)
        first, second = shelf.pair()
        if not (self.open and first and second):
            return
        pair = shelf.readings[first], shelf.readings[second]
        if self._compared is None or self._compared[0] is not pair[0] or self._compared[1] is not pair[1]:
            self._compared = (*pair, await asyncio.to_thread(_compare, *pair))

    def forget(self, page: PageId) -> None:
        """The page is gone."""
        self._shelves.pop(page, None)

    def _bound(self) -> None:
        """Let the oldest pages' spare readings go while there are too many characters of them."""
        shelves = self._shelves.values()
        spare = [(shelf, number) for shelf in shelves for number in shelf.readings if number != shelf.own]
        excess = sum(len(shelf.readings[number].result.raw) for shelf, number in spare) - SPARE
        for shelf, number in spare:
            if excess <= 0:
                return
            excess -= len(shelf.readings.pop(number).result.raw)
