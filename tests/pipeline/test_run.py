"""Many pages at once: order, bounds, stops."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import pytest

from ocr import errors
from ocr.config.profiles import Retries
from ocr.events import Delta, Event, Finished, PageDone, PageFailed, PageRetried, PageStarted, TextArrived
from ocr.pipeline.run import Stop, read_pages
from ocr.types import Box, Finish, PageId, PageImage
from tests.pipeline.runs import OPTIONS, SOURCE, ScriptedReader, Source, ends, hanging, numbered, run

pytestmark = pytest.mark.anyio


async def test_pipeline_one_page() -> None:
    """Started, text, done, in this order."""
    started, text, done = await run(ScriptedReader())
    assert isinstance(started, PageStarted)
    assert isinstance(text, TextArrived)
    assert isinstance(done, PageDone)
    assert text.raw == done.result.raw == done.result.markdown == "page 1"
    assert (done.result.finish, done.result.tokens, done.result.attempts) == (Finish.STOP, 2, 1)


async def test_pipeline_bounded() -> None:
    """Never more pages in flight than asked for, and that many when there are enough."""
    reader = ScriptedReader()
    assert len(ends(await run(reader, 50, 4))) == 50
    assert reader.most == 4


async def test_pipeline_pages_taken_lazily() -> None:
    """A page is not taken from the source before there is a slot for it."""
    taken = 0

    async def source() -> AsyncIterator[PageId]:
        nonlocal taken
        async for page in numbered(100):
            taken += 1
            yield page

    reader = ScriptedReader()
    async with aclosing(read_pages(source(), SOURCE, reader, OPTIONS, concurrency=3)) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, PageDone):
                break
    assert taken <= 6


async def test_pipeline_failure_touches_one_page() -> None:
    """A page that cannot be rendered fails; its neighbours are read."""
    found = ends(await run(ScriptedReader(), 20))
    failed = found.pop(13)
    assert isinstance(failed, PageFailed)
    assert failed.result.finish is Finish.FAILED
    assert failed.result.error == "Page 13 is damaged. Read the others."
    assert (failed.result.width, failed.result.attempts, failed.result.seconds) == (0, 0, 0.0)
    assert all(isinstance(event, PageDone) for event in found.values())


async def test_pipeline_stop_while_a_figure_is_cut() -> None:
    """A figure that will never come is not referred to."""
    stop, cutting = Stop(), asyncio.Event()

    class Slow(Source):
        async def figure(self, page: PageId, box: Box, media_type: str, first: PageImage) -> PageImage:
            cutting.set()
            await asyncio.Event().wait()
            raise AssertionError

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("![figure](1,600,3,700)\n![text](1,800,3,900) Words")
        yield Finished(Finish.STOP, None)

    async def listen() -> list[Event]:
        reader = ScriptedReader(answer)
        return [e async for e in read_pages(numbered(1), Slow(), reader, OPTIONS, concurrency=1, stop=stop)]

    running = asyncio.create_task(listen())
    await cutting.wait()
    stop.set()
    (done,) = ends(await running).values()
    assert (done.result.finish, done.result.markdown) == (Finish.CANCELLED, "[figure]\n\nWords")


async def test_pipeline_stop() -> None:
    """Stop ends every page as cancelled, with the text it has, whatever the server does."""
    begun, stop = asyncio.Event(), Stop()
    reader = ScriptedReader(hanging(begun))
    running = asyncio.create_task(run(reader, 10, 2, stop))
    await begun.wait()
    stop.set()
    async with asyncio.timeout(60):
        found = ends(await running)
    assert sorted(found) == list(range(1, 11))
    assert {event.result.finish for event in found.values()} == {Finish.CANCELLED}
    assert [found[n].result.raw for n in (1, 3)] == ["half", ""]
    assert reader.running == 0


async def test_pipeline_stop_before_start() -> None:
    stop = Stop()
    stop.set()
    reader = ScriptedReader()
    found = ends(await run(reader, 3, 2, stop))
    assert {event.result.finish for event in found.values()} == {Finish.CANCELLED}
    assert reader.attempts == {}


async def test_pipeline_stop_one_page() -> None:
    """One page of a run is stopped, in mid-page or before its turn; the others are read to their ends."""
    stop = Stop()
    stop.set_page(PageId(0, 3))

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("text")
        if page == 1:
            stop.set_page(PageId(0, 1))
            await asyncio.Event().wait()
        yield Finished(Finish.STOP, None)

    reader = ScriptedReader(answer)
    async with asyncio.timeout(60):
        found = ends(await run(reader, 4, 2, stop))
    ended = {number: (event.result.finish, event.result.raw) for number, event in found.items()}
    assert ended == {
        1: (Finish.CANCELLED, "text"), 2: (Finish.STOP, "text"), 3: (Finish.CANCELLED, ""), 4: (Finish.STOP, "text")
    }  # fmt: skip
    assert 3 not in reader.attempts
    assert not stop.is_set()


async def test_pipeline_stop_during_backoff() -> None:
    """A page that waits for its next attempt is stopped too."""
    stop = Stop()

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("half")
        raise errors.StreamCut("cut")

    patient = replace(OPTIONS, retries=Retries(first_wait=600.0))
    events = []
    async with asyncio.timeout(60):
        async for event in read_pages(numbered(1), SOURCE, ScriptedReader(answer), patient, concurrency=1, stop=stop):
            events.append(event)
            if isinstance(event, PageRetried):
                stop.set()
    (done,) = ends(events).values()
    assert (done.result.finish, done.result.raw) == (Finish.CANCELLED, "half")


async def test_pipeline_closed_early() -> None:
    """Whoever stops listening cancels every request at once."""
    reader = ScriptedReader(hanging(asyncio.Event()))
    before = asyncio.all_tasks()
    async with aclosing(read_pages(numbered(10), SOURCE, reader, OPTIONS, concurrency=3)) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, TextArrived):
                break
    assert reader.running == 0
    assert asyncio.all_tasks() == before


async def test_pipeline_slow_listener() -> None:
    """More events than the buffer holds: the page tasks wait, nothing is lost."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        for number in range(1000):
            yield Delta(f"{number} ")
        yield Finished(Finish.STOP, None)

    found = ends(await run(ScriptedReader(answer), 3, 3))
    assert [found[n].result.tokens for n in (1, 2, 3)] == [1000] * 3


async def test_pipeline_no_pages() -> None:
    assert await run(ScriptedReader(), 0) == []


async def test_pipeline_bug_costs_its_page_and_is_not_hidden(caplog: pytest.LogCaptureFixture) -> None:
    """What is not an OcrError is a bug: its page fails with the text it has, the log tells, the others are read."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("half")
        if page == 2:
            raise ZeroDivisionError
        yield Finished(Finish.STOP, 1)

    found = ends(await run(ScriptedReader(answer), 3))
    assert [found[page].result.finish for page in (1, 2, 3)] == [Finish.STOP, Finish.FAILED, Finish.STOP]
    assert (found[2].result.raw, found[2].result.attempts) == ("half", 1)
    assert "ZeroDivisionError" in (found[2].result.error or "")
    assert caplog.text.count("Traceback") == 1


async def test_pipeline_bug_of_no_page_comes_out() -> None:
    """Whoever names the pages answers for that: nothing could say which page failed."""

    async def pages() -> AsyncIterator[PageId]:
        yield PageId(0, 1)
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as caught:
        async for _ in read_pages(pages(), SOURCE, ScriptedReader(), OPTIONS, concurrency=2):
            pass
    assert caught.group_contains(ZeroDivisionError)


class Weighed(PageImage):
    """One that tells when it is gone."""


async def test_pipeline_forgets_a_page_that_has_ended() -> None:
    """Its image is gone with it, without waiting for the garbage collector; so memory is bounded by pages in flight."""
    alive: weakref.WeakSet[PageImage] = weakref.WeakSet()
    most = 0

    class Weighing(Source):
        async def image(self, page: PageId) -> PageImage:
            made = Weighed(page.number, 10, bytes(100), "image/png")
            alive.add(made)
            return made

    gc.disable()
    try:
        async for event in read_pages(numbered(40), Weighing(), ScriptedReader(), OPTIONS, concurrency=4):
            most = max(most, len(alive))
            del event
    finally:
        gc.enable()
    assert most <= 4 + 1


async def test_pipeline_server_unusable() -> None:
    """Pages that have not begun end as unread, with the reason; what had arrived of another is kept."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        if page <= 2:
            yield Delta("whole")
            yield Finished(Finish.STOP, 1)
        elif page == 3:
            yield Delta("half")
        raise errors.ServerGone("gpu-box does not answer.")

    stop, reader = Stop(), ScriptedReader(answer)
    found = ends(await run(reader, 12, 1, stop))
    assert [found[n].result.finish for n in (1, 2, 3)] == [Finish.STOP, Finish.STOP, Finish.FAILED]
    assert found[3].result.raw == "half"
    rest = [found[n] for n in range(4, 13)]
    assert {end.result.finish for end in rest} == {Finish.UNREAD}
    assert {end.error for end in rest if isinstance(end, PageFailed)} == {stop.error}
    assert sorted(reader.attempts) == [1, 2, 3]


@pytest.mark.parametrize("error", [errors.WrongKey, errors.NotAnApi])
async def test_pipeline_server_unusable_from_the_start(error: type[errors.ServerError]) -> None:
    """One page finds out for all."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        raise error("No.")
        yield

    reader = ScriptedReader(answer)
    found = ends(await run(reader, 12, 1))
    assert {end.result.finish for end in found.values()} == {Finish.UNREAD}
    assert sorted(reader.attempts) == [1]


@pytest.mark.parametrize("error", [errors.NotAnApi, errors.Refused])
async def test_pipeline_a_page_s_own_fault(error: type[errors.ServerError]) -> None:
    """A server that has read a page is not given up for an odd answer to another."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        if page == 3:
            raise error("No.")
        yield Delta("whole")
        yield Finished(Finish.STOP, 1)

    found = ends(await run(ScriptedReader(answer), 6, 1))
    assert [number for number, end in found.items() if isinstance(end, PageFailed)] == [3]
