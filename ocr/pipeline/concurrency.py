"""How many pages are in flight at once: as many as the server answers, and a few that wait for their first token."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager

from ocr.config.profiles import ReadOptions
from ocr.errors import GatewayTimeout, Overloaded, Silence
from ocr.events import Delta, Finished
from ocr.inference.reader import Reader, WrappedReader
from ocr.types import PageImage

MAX_PAGES_IN_FLIGHT = 256
"""Pages on their way at once, whatever the server takes; each holds its image, and until it is answered its request."""

MAX_UNANSWERED_PAGES = 16
"""Pages that may be without a first word: being rendered, being sent, or waiting for the server to begin."""

MAX_UNANSWERED_PAGES_PER_SERVER = 4
"""Of many servers, pages without a first word for each: fewer for each than one alone has, so that none is left with a
queue when the last pages go."""


class AdaptiveLimiter:
    """Lets pages begin: one more for each that the server has begun to answer, fewer after it has refused one.

    A server that is free answers at once, so their number grows as quickly as pages can be rendered; one whose slots
    are full keeps new pages waiting, and then no more come. A refusal (429, 503, a time-out) halves the number, each
    page that ends well adds one. Runs that share a limiter take turns, one page each.
    """

    def __init__(self, most: int = MAX_PAGES_IN_FLIGHT, waiting: int = MAX_UNANSWERED_PAGES) -> None:
        """Nothing is on its way; with `waiting` as large as `most`, always `most` pages are."""
        self.limit = self._most = most
        self._waiting = waiting
        self._pages = self._unanswered = self._halvings = self._most_answered = 0
        self._queues: OrderedDict[object, deque[asyncio.Future[None]]] = OrderedDict()
        self._remaining: list[Callable[[], int]] = []
        self.has_room: Callable[[], object] = lambda: None
        """Called when there may be room for one more."""

    @property
    def busy(self) -> tuple[int, float]:
        """How busy the server is, to be compared: the pages without a first word, then all for what it takes."""
        return self._unanswered, self._pages / self.limit

    @property
    def pages(self) -> int:
        """Pages on their way."""
        return self._pages

    @property
    def most_answered(self) -> int:
        """The most pages that it has answered at once, as far as that is still let in."""
        return min(self._most_answered, self.limit)

    async def enter(self, run: object) -> Slot:
        """Wait until one more page of this run may begin."""
        slot = self.try_enter()
        if slot is None:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._queues.setdefault(run, deque()).append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():  # it had been let in
                    self._leave(unanswered=True)
                raise
        return slot or Slot(self)

    @contextmanager
    def shared(self, remaining: Callable[[], int]) -> Iterator[None]:
        """A run begins pages while the block lasts; `remaining` says how many it has not begun."""
        self._remaining.append(remaining)
        try:
            yield
        finally:
            self._remaining.remove(remaining)

    def narrow(self, most: int) -> None:
        """Let no more pages begin than so many at once, which is what the server works on; more would wait there."""
        self._most = min(self._most, most)
        self.limit = min(self.limit, self._most)

    def try_enter(self) -> Slot | None:
        """Room for one more page at once, if there is and nobody waits for it."""
        if not self._room or self._queues:
            return None
        self._begin()
        return Slot(self)

    @property
    def _room(self) -> bool:
        return self._pages < self.limit and self._unanswered < self._waiting

    def _begin(self) -> None:
        self._pages += 1
        self._unanswered += 1

    def _admit(self) -> None:
        while self._queues and self._room:
            run, turns = self._queues.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._queues[run] = turns  # at the end: the others come first
            if not turn.done():
                self._begin()
                turn.set_result(None)
        if self._room:
            self.has_room()

    def _leave(self, *, unanswered: bool) -> None:
        self._pages -= 1
        self._unanswered -= unanswered
        self._admit()

    def _count_answered(self, change: int) -> None:
        self._unanswered -= change
        self._most_answered = max(self._most_answered, self._pages - self._unanswered)
        self._admit()

    def _halve(self, halvings_before: int) -> None:
        """Halve the number, once for all the pages that were asked for before it was halved."""
        if halvings_before == self._halvings:
            self._halvings += 1
            self.limit = max(1, self._pages // 2)

    def _increase(self) -> None:
        self.limit = min(self._most, self.limit + 1)
        self._admit()


class PoolLimiter(AdaptiveLimiter):
    """Limits the pages of all servers of a pool: a refusal lowers the limit of the one server that refused."""

    def unfinished(self) -> int:
        """Pages on their way, and those of all runs that have not begun; very many where a run does not know."""
        return self.pages + sum(remaining() for remaining in self._remaining)

    def resize(self, most: int, waiting: int) -> None:
        """Let so many pages begin from now on, since there are more servers or fewer."""
        self.limit, self._most, self._waiting = most, most, waiting
        self._admit()

    def _halve(self, halvings_before: int) -> None:
        """Nothing."""


class Slot:
    """One page's place among those on their way."""

    def __init__(self, limiter: AdaptiveLimiter) -> None:
        self._limiter, self._unanswered, self._succeeded = limiter, True, False
        self._halvings_before = limiter._halvings

    def asked(self) -> None:
        """The page is asked for, perhaps again."""
        self._halvings_before = self._limiter._halvings
        if not self._unanswered:
            self._unanswered = True
            self._limiter._count_answered(-1)

    def answered(self) -> None:
        """The server has begun to answer."""
        self._succeeded = True
        if self._unanswered:
            self._unanswered = False
            self._limiter._count_answered(1)

    def refused(self) -> None:
        """The server has too much to do."""
        self._succeeded = False
        self._limiter._halve(self._halvings_before)

    def leave(self) -> None:
        """The page has ended."""
        if self._succeeded:
            self._limiter._increase()
        self._limiter._leave(unanswered=self._unanswered)


class LimitedReader(WrappedReader):
    """Another reader's answers; tells a slot how the server fares with them."""

    def __init__(self, reader: Reader, slot: Slot) -> None:
        super().__init__(reader)
        self._slot = slot

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncGenerator[Delta | Finished, None]:
        """Stream one page's answer."""
        self._slot.asked()
        try:
            async with aclosing(self._reader.read(image, options)) as answer:
                async for item in answer:
                    self._slot.answered()
                    yield item
        except (Overloaded, Silence, GatewayTimeout):
            self._slot.refused()
            raise
