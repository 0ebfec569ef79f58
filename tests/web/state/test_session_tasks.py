from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from ocr.config.read_request import ReadRequest
from ocr.events import PageDone, PageStarted
from ocr.pipeline.run import Stop
from ocr.types import PageId, PageImage
from ocr.web.state import session_tasks as module
from ocr.web.state.session_tasks import Run, SessionTasks
from tests.web.conftest import result

pytestmark = pytest.mark.anyio
PAGES = tuple(PageId(0, number) for number in range(1, 6))


async def test_work_page_that_is_watched_comes_first() -> None:
    """Pages are taken in order, but for the one that the visitor looks at when one is taken."""
    watched = [PAGES[0], PAGES[3], PAGES[3], None, PageId(9, 9)]
    run = Run(PAGES, ReadRequest("m"))
    taken = [page async for page in run.next_pages(lambda: watched.pop(0))]
    assert taken == [PAGES[0], PAGES[3], PAGES[1], PAGES[2], PAGES[4]]


def test_work_waiting_page_knows_its_place() -> None:
    """How many are before it, the watched one among them; a page that has been taken waits no more."""
    run = Run(PAGES, ReadRequest("m"))
    assert [run.pages_ahead(page, None) for page in PAGES] == [0, 1, 2, 3, 4]
    assert [run.pages_ahead(page, PAGES[3]) for page in PAGES] == [1, 2, 3, 0, 4]
    run.remaining.remove(PAGES[0])
    assert [run.pages_ahead(page, None) for page in PAGES] == [None, 0, 1, 2, 3]


def test_work_clock_stands_still_while_pages_wait_for_the_server() -> None:
    """Neither a run nor a page is the longer for a server that had gone: the time left is told without that."""
    away = 0.0
    run = Run(PAGES, ReadRequest("m"), paused_s=lambda since: away)
    image = PageImage(1, 1, b"", "image/png")
    run.record_timing(PageStarted(PAGES[0], image))
    run.began -= 3690  # an hour later, of which all but a minute was spent waiting
    away = 3600.0
    run.record_timing(PageDone(PAGES[0], result()))
    run.end()
    assert 90 <= run.seconds < 91
    assert 90 <= run.durations_s[0] < 91


def test_work_run_takes_more_pages_until_its_last_one_has_ended() -> None:
    """Pages join a run that reads or waits for a model, after the others; not one that is over or was stopped."""
    run = Run(PAGES[:1], ReadRequest("m"))
    run.remaining.clear()
    run.record_timing(PageStarted(PAGES[0], PageImage(1, 1, b"", "image/png")))
    assert run.extensible
    run.extend(PAGES[1:3])
    assert (run.pages, run.remaining) == (PAGES[:3], list(PAGES[1:3]))
    run.remaining.clear()
    run.record_timing(PageDone(PAGES[0], result()))
    assert not run.extensible
    assert Run((), ReadRequest(), queued=True).extensible
    stopped = Run(PAGES, ReadRequest("m"))
    stopped.stop.set()
    assert not stopped.extensible


async def forever(stop: Stop) -> None:
    await stop.wait(PAGES[0])


async def test_work_goes_on_unseen_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last tab is gone it is stopped after LINGER_S seconds, not before, and not if one comes back."""
    monkeypatch.setattr(module, "LINGER_S", 0.2)
    work, stop = SessionTasks(), Stop()
    work.start(forever(stop), stop)
    async with aclosing(work.follow("a")) as following:
        await anext(following)
    async with aclosing(work.follow("b")) as following:
        await anext(following)
        await anext(following)  # a beat is a second, far longer than LINGER_S here
        assert not stop.is_set()
    assert work.active
    async with asyncio.timeout(60):
        async for _ in work.changes.ticks():
            if not work.active:
                break
    assert stop.is_set()


async def test_work_press_at_the_end_of_a_run_is_followed() -> None:
    """Read is pressed while the last news of the run before is on its way out: who followed that follows on."""
    work, first, second = SessionTasks(), Stop(), Stop()
    work.start(forever(first), first)
    async with asyncio.timeout(60):
        following = work.follow("a")
        await anext(following)
        first.set()
        while work.active:
            await anext(following)
        work.start(forever(second), second)
        assert len([None async for _ in work.follow("a")]) == 1
        await anext(following)
        second.set()
        assert [None async for _ in following]
    assert not work.active


async def test_work_tab_follows_once() -> None:
    """A second handler of the same tab does not send everything twice; one that comes anew takes over."""
    work, stop = SessionTasks(), Stop()
    work.start(forever(stop), stop)
    first = work.follow("a")
    await anext(first)
    assert len([None async for _ in work.follow("a")]) == 1
    anew = work.follow("a", anew=True)
    await anext(anew)
    assert [None async for _ in first] in ([], [None])
    work.stop()
    assert [None async for _ in anew]
    assert not work.active


async def test_work_end_is_always_seen() -> None:
    """The last yield comes after the end, so that the screen shows it."""
    work, stop = SessionTasks(), Stop()
    work.start(forever(stop), stop)
    active = []
    async for _ in work.follow("a"):
        active.append(work.active)
        stop.set()
    assert active[-1] is False


async def test_work_that_breaks_is_told() -> None:
    """A bug in a run is reported, and the screen does not wait for it for ever."""
    told = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.set_result(context["exception"]))

    async def broken() -> None:
        raise LookupError("a bug")

    work = SessionTasks()
    work.start(broken(), Stop())
    assert [None async for _ in work.follow("a")]
    assert isinstance(await told, LookupError)
    asyncio.get_running_loop().set_exception_handler(None)
