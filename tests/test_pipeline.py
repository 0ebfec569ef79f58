"""Many pages at once: order, bounds, retries, stops. The readers here are scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

import pytest

from ocr import errors
from ocr.page import (
    Delta,
    Event,
    Finish,
    Finished,
    PageDone,
    PageFailed,
    PageId,
    PageImage,
    PageRetried,
    PageStarted,
    RegionFound,
    TextArrived,
)
from ocr.pipeline import choose_model, read_pages
from ocr.profiles import Model, ReadOptions, Retries, read_options

pytestmark = pytest.mark.anyio

OPTIONS = replace(read_options(Model("m")), retries=Retries(first_wait=0.0))

Answer = Callable[[int, int], AsyncIterator[Delta | Finished]]


async def whole(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
    yield Delta(f"page {page}")
    yield Finished(Finish.STOP, 2)


@dataclass
class ScriptedReader:
    """Answers page n by `answer(n, attempt)`; counts how many pages are read at once."""

    answer: Answer = whole
    attempts: dict[int, int] = field(default_factory=dict)
    running: int = 0
    most: int = 0
    closed: list[int] = field(default_factory=list)

    async def models(self) -> tuple[Model, ...]:
        return (Model("m"),)

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        page = image.width
        self.attempts[page] = self.attempts.get(page, 0) + 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0)
            async for item in self.answer(page, self.attempts[page]):
                yield item
        finally:
            self.running -= 1
            self.closed.append(page)


async def render(page: PageId) -> PageImage:
    await asyncio.sleep(0)
    if page.number == 13:
        raise errors.RenderFailed("Page 13 is damaged.", "Read the others.")
    return PageImage(page.number, 10, b"", "image/png")


async def numbered(count: int) -> AsyncIterator[PageId]:
    for number in range(1, count + 1):
        yield PageId(0, number)


async def run(
    reader: ScriptedReader, count: int = 1, concurrency: int = 4, stop: asyncio.Event | None = None
) -> list[Event]:
    return [
        event
        async for event in read_pages(numbered(count), render, reader, OPTIONS, concurrency=concurrency, stop=stop)
    ]


def ends(events: list[Event]) -> dict[int, PageDone | PageFailed]:
    found = [event for event in events if isinstance(event, PageDone | PageFailed)]
    assert len({event.page for event in found}) == len(found), "one end a page"
    return {event.page.number: event for event in found}


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
    async with aclosing(read_pages(source(), render, reader, OPTIONS, concurrency=3)) as events:  # type: ignore[type-var]
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


@pytest.mark.parametrize("error", [errors.StreamCut("cut"), errors.Overloaded("429"), errors.Unreachable("refused")])
async def test_pipeline_retries_what_may_pass(error: errors.OcrError) -> None:
    """A fault that may pass is tried again, and the text so far is taken back."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("half a page that is longer than the whole" if attempt < 3 else "whole")
        if attempt < 3:
            raise error
        yield Finished(Finish.STOP, None)

    events = await run(ScriptedReader(answer))
    assert [event.attempt for event in events if isinstance(event, PageRetried)] == [2, 3]
    (done,) = ends(events).values()
    assert (done.result.raw, done.result.attempts, done.result.tokens) == ("whole", 3, 1)


@pytest.mark.parametrize("error", [errors.Refused("400"), errors.WrongKey("401"), errors.UnknownModel("404")])
async def test_pipeline_never_retries_what_stays(error: errors.OcrError) -> None:
    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        raise error
        yield Delta("")

    reader = ScriptedReader(answer)
    (failed,) = ends(await run(reader)).values()
    assert isinstance(failed, PageFailed)
    assert (failed.error, reader.attempts) == (error, {1: 1})


async def test_pipeline_keeps_partial_text() -> None:
    """When all tries fail, the longest text that had arrived is kept and marked."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("![text](1,2,3,4) " + "ab" * (5 - attempt))
        raise errors.StreamCut("cut", "Read again.")

    (failed,) = ends(await run(ScriptedReader(answer))).values()
    assert isinstance(failed, PageFailed)
    result = failed.result
    assert (result.markdown, result.attempts, result.finish) == ("abababab", 5, Finish.FAILED)
    assert result.regions[0].text == "abababab"


async def test_pipeline_heeds_retry_after() -> None:
    """The server's own wish comes before our back-off, up to a limit."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        raise errors.Overloaded("429", retry_after=1e9)
        yield Delta("")

    patient = replace(OPTIONS, retries=Retries(attempts=2, first_wait=1e9, longest_wait=0.05))
    events = read_pages(numbered(1), render, ScriptedReader(answer), patient, concurrency=1)
    async with asyncio.timeout(5):
        assert [type(event) async for event in events] == [PageStarted, PageRetried, PageFailed]


async def test_pipeline_regions() -> None:
    """A region is announced when its marker is complete, before its text."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        for char in "![title](1,2,3,4) Boxes":
            yield Delta(char)
        yield Finished(Finish.LENGTH, None)

    events = await run(ScriptedReader(answer))
    kinds = [type(event) for event in events if not isinstance(event, TextArrived) or event.markdown]
    assert kinds[:3] == [PageStarted, RegionFound, TextArrived]
    (done,) = ends(events).values()
    assert (done.result.finish, done.result.regions[0].text) == (Finish.LENGTH, "Boxes")


def hanging(begun: asyncio.Event) -> Answer:
    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("half")
        begun.set()
        await asyncio.Event().wait()

    return answer


async def test_pipeline_stop() -> None:
    """Stop ends every page as cancelled within 0.2 s, with the text it has."""
    begun, stop = asyncio.Event(), asyncio.Event()
    reader = ScriptedReader(hanging(begun))
    running = asyncio.create_task(run(reader, 10, 2, stop))
    await begun.wait()
    stop.set()
    async with asyncio.timeout(0.2):
        found = ends(await running)
    assert sorted(found) == list(range(1, 11))
    assert {event.result.finish for event in found.values()} == {Finish.CANCELLED}
    assert [found[n].result.raw for n in (1, 3)] == ["half", ""]
    assert reader.running == 0


async def test_pipeline_stop_before_start() -> None:
    stop = asyncio.Event()
    stop.set()
    reader = ScriptedReader()
    found = ends(await run(reader, 3, 2, stop))
    assert {event.result.finish for event in found.values()} == {Finish.CANCELLED}
    assert reader.attempts == {}


async def test_pipeline_stop_during_backoff() -> None:
    """A page that waits for its next attempt is stopped too."""
    stop = asyncio.Event()

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("half")
        raise errors.StreamCut("cut")

    patient = replace(OPTIONS, retries=Retries(first_wait=60.0))
    events = []
    async with asyncio.timeout(5):
        async for event in read_pages(numbered(1), render, ScriptedReader(answer), patient, concurrency=1, stop=stop):
            events.append(event)
            if isinstance(event, PageRetried):
                stop.set()
    (done,) = ends(events).values()
    assert (done.result.finish, done.result.raw) == (Finish.CANCELLED, "half")


async def test_pipeline_closed_early() -> None:
    """Whoever stops listening cancels every request at once."""
    reader = ScriptedReader(hanging(asyncio.Event()))
    before = asyncio.all_tasks()
    async with aclosing(read_pages(numbered(10), render, reader, OPTIONS, concurrency=3)) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, TextArrived):
                break
    assert reader.running == 0
    assert asyncio.all_tasks() == before


async def test_pipeline_slow_listener() -> None:
    """More events than the buffer holds: the page tasks wait, nothing is lost."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        for _ in range(1000):
            yield Delta("a")
        yield Finished(Finish.STOP, None)

    found = ends(await run(ScriptedReader(answer), 3, 3))
    assert [found[n].result.tokens for n in (1, 2, 3)] == [1000] * 3


async def test_pipeline_no_pages() -> None:
    assert await run(ScriptedReader(), 0) == []


async def test_pipeline_bug_is_not_hidden() -> None:
    """What is not an OcrError is a bug and comes out, whatever page it happened on."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        raise ZeroDivisionError
        yield Delta("")

    with pytest.raises(ExceptionGroup) as caught:
        await run(ScriptedReader(answer), 3)
    assert caught.group_contains(ZeroDivisionError)


def test_choose_model() -> None:
    models = (Model("a"), Model("b"))
    assert choose_model(models, None) == Model("a")
    assert choose_model(models, "b") == Model("b")
    with pytest.raises(errors.UnknownModel, match="It serves: a, b"):
        choose_model(models, "c")
