"""How many pages are on their way: growing with the server's first words, halved by its refusals, shared in turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ocr import errors
from ocr.events import Delta, Event, Finished, PageDone
from ocr.pipeline.concurrency import AdaptiveLimiter, LimitedReader, PoolLimiter, Slot
from ocr.pipeline.run import UNKNOWN_PAGE_COUNT, CountedPages, Stop, read_pages
from ocr.types import Finish, PageId, PageImage
from tests.pipeline.runs import OPTIONS, SOURCE, ScriptedReader, ends, numbered

pytestmark = pytest.mark.anyio


async def all_there_is(limiter: AdaptiveLimiter, run: object = None) -> list[Slot]:
    """Slots until no more are given."""
    slots = []
    while slot := limiter.try_enter():
        slots.append(slot)
    return slots


async def test_pace_first_words_let_pages_in() -> None:
    """As many again as were answered, up to the most."""
    limiter = AdaptiveLimiter(10, 4)
    slots = await all_there_is(limiter)
    assert len(slots) == 4
    for slot in slots[:3]:
        slot.answered()
        slot.answered()
    more = await all_there_is(limiter)
    assert len(more) == 3
    for slot in more:
        slot.answered()
    assert len(await all_there_is(limiter)) == 3, "10 in all"


async def test_pace_asked_again_is_silent_again() -> None:
    """A page that is retried waits for its first word once more."""
    limiter = AdaptiveLimiter(10, 1)
    (slot,) = await all_there_is(limiter)
    slot.answered()
    slot.asked()
    assert await all_there_is(limiter) == []
    slot.leave()
    assert len(await all_there_is(limiter)) == 1


async def test_pace_refusals_halve_once() -> None:
    """A storm of refusals is one: those asked before the number was halved do not halve it again."""
    limiter = AdaptiveLimiter(64, 64)
    slots = await all_there_is(limiter)
    for slot in slots:
        slot.refused()
    assert limiter.limit == 32
    slots[0].asked()
    slots[0].refused()
    assert limiter.limit == 32
    for slot in slots[1:]:
        slot.leave()
    assert len(await all_there_is(limiter)) == 31
    assert limiter.limit == 32


async def test_pace_grows_back() -> None:
    """Each page that ends well adds one, never beyond the most; at least one page is always let in."""
    limiter = AdaptiveLimiter(2, 2)
    first, second = await all_there_is(limiter)
    first.refused()
    second.asked()
    second.refused()
    first.leave()
    second.leave()
    assert limiter.limit == 1
    for expected in (2, 2):
        slot = limiter.try_enter()
        assert slot
        slot.answered()
        slot.leave()
        assert limiter.limit == expected


async def test_pace_takes_turns() -> None:
    """A visitor with one page waits for one page of another's, not for all of them."""
    limiter, order = AdaptiveLimiter(1, 1), []

    async def page(run: str) -> None:
        slot = await limiter.enter(run)
        order.append(run)
        await asyncio.sleep(0)
        slot.leave()

    await asyncio.gather(*(page("book") for _ in range(5)), page("letter"))
    assert order == ["book", "book", "letter", "book", "book", "book"]


async def test_pace_cancelled_gives_its_place_back() -> None:
    """Whether it still waits or has just been let in."""
    limiter = AdaptiveLimiter(1, 1)
    (slot,) = await all_there_is(limiter)
    waiting, entered = (asyncio.create_task(limiter.enter(n)) for n in range(2))
    await asyncio.sleep(0)
    waiting.cancel()
    slot.leave()
    entered.cancel()
    await asyncio.wait({waiting, entered})
    assert limiter.try_enter()


@pytest.mark.parametrize("error", [errors.Overloaded("429"), errors.Silence("silent"), errors.GatewayTimeout("504")])
async def test_pace_hears_refusals(error: errors.OcrError) -> None:
    """What says that the server has too much to do; the error itself passes."""
    limiter = AdaptiveLimiter(8, 8)
    slots = await all_there_is(limiter)

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        raise error
        yield Delta("")

    with pytest.raises(type(error)):
        [item async for item in LimitedReader(ScriptedReader(answer), slots[0]).read(PageImage(1, 1, b"", ""), OPTIONS)]
    assert limiter.limit == 4


class Slots:
    """A server that answers a number of pages at once and keeps the others waiting for their first word."""

    def __init__(self, slots: int, wanted: int) -> None:
        self._slots, self._wanted, self._enough = asyncio.Semaphore(slots), wanted, asyncio.Event()
        self.asked = self.answering = 0

    async def answer(self, page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        self.asked += 1
        async with self._slots:
            self.answering += 1
            if self.answering == self._wanted:
                self._enough.set()
            yield Delta(f"page {page}")
            await self._enough.wait()
            yield Finished(Finish.STOP, 2)


async def test_pace_fills_a_server() -> None:
    """However many slots it has, all are taken, and no more than some pages wait before it."""
    server, limiter = Slots(40, 40), AdaptiveLimiter(200, 5)
    most = 0

    async def listen() -> list[Event]:
        nonlocal most
        found = []
        async for event in read_pages(
            numbered(300), SOURCE, ScriptedReader(server.answer), OPTIONS, concurrency=limiter
        ):
            most = max(most, limiter._pages)
            found.append(event)
        return found

    async with asyncio.timeout(60):
        found = ends(await listen())
    assert len(found) == 300
    assert 40 < most <= 50


async def test_pace_shared_by_runs_and_stopped() -> None:
    """Two runs share one; one that is stopped while the other has all places ends at once."""
    limiter, stop, begun = AdaptiveLimiter(2, 2), Stop(), asyncio.Event()

    async def hanging(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("half")
        begun.set()
        await asyncio.Event().wait()

    async def read(reader: ScriptedReader, stop: Stop) -> dict[int, object]:
        events = read_pages(numbered(5), SOURCE, reader, OPTIONS, concurrency=limiter, stop=stop)
        return {e.page.number: e.result.finish async for e in events if isinstance(e, PageDone)}

    other = Stop()
    holding = asyncio.create_task(read(ScriptedReader(hanging), other))
    await begun.wait()
    waiting = asyncio.create_task(read(ScriptedReader(), stop))
    await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(60):
        assert await waiting == dict.fromkeys(range(1, 6), Finish.CANCELLED)
        other.set()
        assert await holding == dict.fromkeys(range(1, 6), Finish.CANCELLED)
    assert limiter.try_enter()


async def test_pace_counts_what_is_unfinished() -> None:
    """The pages on their way, and those that runs have not begun; of a run that does not know, very many."""
    gate, begun, hold = PoolLimiter(2, 2), asyncio.Event(), asyncio.Event()
    left = list(range(1, 6))

    async def pages() -> AsyncIterator[PageId]:
        while left:
            yield PageId(0, left.pop())

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        begun.set()
        await hold.wait()
        yield Finished(Finish.STOP, 1)

    async def read() -> None:
        counted = CountedPages(pages(), lambda: len(left))
        async for _ in read_pages(counted, SOURCE, ScriptedReader(answer), OPTIONS, concurrency=gate):
            pass

    reading = asyncio.create_task(read())
    await begun.wait()
    assert gate.unfinished() == 5
    with gate.shared(lambda: UNKNOWN_PAGE_COUNT):
        assert gate.unfinished() > UNKNOWN_PAGE_COUNT
    hold.set()
    await reading
    assert gate.unfinished() == 0


async def test_pace_of_a_server_that_tells_its_slots() -> None:
    """No more pages begin than it works on, whatever it answers, and never more than the user wants."""
    limiter = AdaptiveLimiter()
    limiter.narrow(2)
    slots = await all_there_is(limiter)
    for slot in slots:
        slot.answered()
    assert len(slots) == 2
    assert await all_there_is(limiter) == []
    for slot in slots:
        slot.leave()
    assert len(await all_there_is(limiter)) == 2
    own = AdaptiveLimiter(1, 1)
    own.narrow(4)
    assert len(await all_there_is(own)) == 1
