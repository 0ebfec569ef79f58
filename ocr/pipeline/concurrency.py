"""How many pages are on their way at once: as many as the server answers, and a few that wait for its first word."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager

from ocr.config.profiles import Model, ReadOptions
from ocr.errors import GatewayTimeout, Overloaded, Silence
from ocr.inference.reader import Reader
from ocr.types import Delta, Finished, PageImage

MOST = 256
"""Pages on their way at once, whatever the server takes; each holds its image, and until it is answered its request."""

WAITING = 16
"""Pages that may be without a first word: being rendered, being sent, or waiting for the server to begin."""

EACH_WAITS = 4
"""Of many servers, pages without a first word for each: fewer for each than one alone has, so that none is left with a
queue when the last pages go."""


class Pace:
    """Lets pages begin: one more for each that the server has begun to answer, fewer after it has refused one.

    A server that is free answers at once, so their number grows as quickly as pages can be rendered; one whose slots
    are full keeps new pages waiting, and then no more come. A refusal (429, 503, a time-out) halves the number, each
    page that ends well adds one. Those who share a pace take turns, one page each.
    """

    def __init__(self, most: int = MOST, waiting: int = WAITING) -> None:
        """Nothing is on its way; with `waiting` as large as `most`, always `most` pages are."""
        self.limit = self._most = most
        self._waiting = waiting
        self._pages = self._silent = self._cuts = self._most_answered = 0
        self._queues: OrderedDict[object, deque[asyncio.Future[None]]] = OrderedDict()
        self._remaining: list[Callable[[], int]] = []
        self.has_room: Callable[[], object] = lambda: None
        """Called when there may be room for one more."""

    @property
    def busy(self) -> tuple[int, float]:
        """How busy the server is, to be compared: the pages without a first word, then all for what it takes."""
        return self._silent, self._pages / self.limit

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
        slot = self.enter_now()
        if slot is None:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._queues.setdefault(run, deque()).append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():  # it had been let in
                    self._leave(silent=True)
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

    def enter_now(self) -> Slot | None:
        """Room for one more page at once, if there is and nobody waits for it."""
        if not self._room or self._queues:
            return None
        self._begin()
        return Slot(self)

    @property
    def _room(self) -> bool:
        return self._pages < self.limit and self._silent < self._waiting

    def _begin(self) -> None:
        self._pages += 1
        self._silent += 1

    def _let_in(self) -> None:
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

    def _leave(self, *, silent: bool) -> None:
        self._pages -= 1
        self._silent -= silent
        self._let_in()

    def _hear(self, heard: int) -> None:
        self._silent -= heard
        self._most_answered = max(self._most_answered, self._pages - self._silent)
        self._let_in()

    def _cut(self, known: int) -> None:
        """Halve the number, once for all the pages that were asked for before it was halved."""
        if known == self._cuts:
            self._cuts += 1
            self.limit = max(1, self._pages // 2)

    def _grow(self) -> None:
        self.limit = min(self._most, self.limit + 1)
        self._let_in()


class Gate(Pace):
    """A pace over all servers of a pool: a refusal is one server's, and cuts the pace of that one alone."""

    def unfinished(self) -> int:
        """Pages on their way, and those of all runs that have not begun; very many where a run does not know."""
        return self.pages + sum(remaining() for remaining in self._remaining)

    def _cut(self, known: int) -> None:
        """Nothing."""


class Slot:
    """One page's place among those on their way."""

    def __init__(self, pace: Pace) -> None:
        """Held until `leave`."""
        self._pace, self._silent, self._well = pace, True, False
        self._known = pace._cuts

    def asked(self) -> None:
        """The page is asked for, perhaps again."""
        self._known = self._pace._cuts
        if not self._silent:
            self._silent = True
            self._pace._hear(-1)

    def answered(self) -> None:
        """The server has begun to answer."""
        self._well = True
        if self._silent:
            self._silent = False
            self._pace._hear(1)

    def refused(self) -> None:
        """The server has too much to do."""
        self._well = False
        self._pace._cut(self._known)

    def leave(self) -> None:
        """The page has ended."""
        if self._well:
            self._pace._grow()
        self._pace._leave(silent=self._silent)


class PacedReader:
    """Another reader's answers; tells a slot how the server fares with them."""

    def __init__(self, reader: Reader, slot: Slot) -> None:
        """`slot` is the page's."""
        self._reader, self._slot = reader, slot

    async def models(self) -> tuple[Model, ...]:
        """The models the server has.

        Raises:
            ServerError: the reader's.
        """
        return await self._reader.models()

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        """Stream one page's answer.

        Raises:
            ServerError: the reader's.
        """
        self._slot.asked()
        try:
            async with aclosing(self._reader.read(image, options)) as answer:  # type: ignore[type-var]  # it is a generator
                async for item in answer:
                    self._slot.answered()
                    yield item
        except (Overloaded, Silence, GatewayTimeout):
            self._slot.refused()
            raise
