"""The latest readings of each page, for comparing two and choosing one."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from ocr.types import ABORTED, PageId, PageResult
from ocr.web.state.page_state import Reading
from ocr.web.state.text_diff import Differences, differences

MAX_READINGS = 4
"""Readings stored for a page, its own among them."""
MAX_SPARE_CHARS = 5_000_000
"""Characters that all readings which are not their page's own may have; the oldest are dropped beyond it. A thousand
pages of a book read twice have some three million; with all that is made of it a character takes 5 bytes."""


@dataclass(slots=True)
class PageHistory:
    """The readings of one page."""

    readings: dict[int, Reading] = field(default_factory=dict)
    """By their numbers, the oldest first; a number is never used twice."""
    own: int = 0
    """The page's own: the one that is shown, searched and exported; 0 if it is none of these."""
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

    def add(self, reading: Reading) -> int:
        """Add a reading; returns its number."""
        self._count += 1
        self.readings[self._count] = reading
        return self._count

    def number(self, result: PageResult | None) -> int:
        """The number of the reading that came to this; 0 if it is not here."""
        return next((number for number, reading in self.readings.items() if reading.result is result), 0)

    def correct(self, before: PageResult, after: Reading) -> None:
        """`after` is the page's own in place of `before`; what a model read stays beside it, a correction does not."""
        number = self.number(before)
        if number and self.readings[number].result.corrected:
            self.readings[number] = after
        else:
            number = self.add(after)
        self.own = number
        self.remove_oldest()

    def undo(self, corrected: PageResult, before: Reading) -> None:
        """`before` is the page's own again in place of its correction."""
        number, at = self.number(before.result), self.number(corrected)
        if number:
            self.readings.pop(at, None)
        elif at:
            self.readings[at] = before
        self.own = number or at

    def remove_oldest(self) -> None:
        """Remove readings down to `MAX_READINGS`."""
        for number in list(self.removable())[: max(0, len(self.readings) - MAX_READINGS)]:
            del self.readings[number]

    def removable(self) -> Iterator[int]:
        """Readings that may be removed, aborted ones first, then the oldest; never the page's own or the latest."""
        able = [number for number in self.readings if number not in (self.own, self._count)]
        yield from sorted(able, key=lambda number: self.readings[number].result.finish not in ABORTED)


@dataclass(slots=True)
class SessionHistory:
    """The histories of all pages of a session."""

    open: bool = False
    """Whether two readings are being looked at."""
    _pages: dict[PageId, PageHistory] = field(default_factory=dict)
    _compared: tuple[Reading, Reading, Differences] | None = None

    def of(self, page: PageId) -> PageHistory:
        """The page's readings; none, if it was never read."""
        return self._pages.get(page) or PageHistory()

    def add(self, page: PageId, reading: Reading, own: PageResult | None) -> None:
        """Add a reading that has ended; `own` is what its page shows now. An aborted one without text is dropped."""
        if reading.result.finish in ABORTED and not reading.result.raw.strip():
            return
        history = self._pages[page] = self._pages.pop(page, PageHistory())  # last in line, should some have to go
        history.add(reading)
        history.own = history.number(own)
        history.remove_oldest()
        if len(history.readings) > 1:
            self._remove_excess()

    def start_rereading(self, page: PageId) -> None:
        """The page is about to be read again: the new reading will be compared with its own."""
        if page in self._pages:
            self._pages[page].picked = (self._pages[page].own, 0)

    def comparison(self, first: Reading, second: Reading) -> Differences:
        """How two readings differ; computed once while the same two are compared."""
        if self._compared is None or self._compared[:2] != (first, second):
            self._compared = (first, second, differences(first.result.markdown, second.result.markdown))
        return self._compared[2]

    async def prepare(self, page: PageId) -> None:
        """Compute the comparison shown for this page in a thread, since long pages take long."""
        history = self.of(page)
        first, second = history.pair()
        if self.open and first and second:
            await asyncio.to_thread(self.comparison, history.readings[first], history.readings[second])

    def remove(self, page: PageId) -> PageHistory | None:
        """Remove and return the readings of a page, if there are any."""
        return self._pages.pop(page, None)

    def _remove_excess(self) -> None:
        """Remove readings that are not their page's own, oldest pages first, down to `MAX_SPARE_CHARS`."""
        histories = self._pages.values()
        spare = [(history, number) for history in histories for number in history.readings if number != history.own]
        excess = sum(len(history.readings[number].result.raw) for history, number in spare) - MAX_SPARE_CHARS
        for history, number in spare:
            if excess <= 0:
                return
            excess -= len(history.readings.pop(number).result.raw)
