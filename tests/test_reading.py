"""One page from its image to its end: retries, partial text, regions, figures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ocr import errors
from ocr.page import (
    Delta,
    FigureCut,
    Finish,
    Finished,
    PageDone,
    PageFailed,
    PageRetried,
    PageStarted,
    RegionFound,
    TextArrived,
)
from ocr.pipeline import read_pages
from ocr.profiles import Retries
from tests.runs import OPTIONS, SOURCE, ScriptedReader, ends, numbered, run

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("error", [errors.StreamCut("cut"), errors.Overloaded("429"), errors.Unreachable("refused")])
async def test_reading_retries_what_may_pass(error: errors.OcrError) -> None:
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
async def test_reading_never_retries_what_stays(error: errors.OcrError) -> None:
    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        raise error
        yield Delta("")

    reader = ScriptedReader(answer)
    (failed,) = ends(await run(reader)).values()
    assert isinstance(failed, PageFailed)
    assert (failed.error, reader.attempts) == (error, {1: 1})


async def test_reading_keeps_partial_text() -> None:
    """When all tries fail, the longest text that had arrived is kept and marked."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("![text](1,2,3,4) " + "ab" * (5 - attempt) + "![ta")
        raise errors.StreamCut("cut", "Read again.")

    (failed,) = ends(await run(ScriptedReader(answer))).values()
    assert isinstance(failed, PageFailed)
    result = failed.result
    assert (result.markdown, result.attempts, result.finish) == ("abababab![ta", 5, Finish.FAILED)
    assert result.regions[0].text == "abababab![ta"


async def test_reading_heeds_retry_after() -> None:
    """The server's own wish comes before our back-off, up to a limit."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        raise errors.Overloaded("429", retry_after=1e9)
        yield Delta("")

    patient = replace(OPTIONS, retries=Retries(attempts=2, first_wait=1e9, longest_wait=0.05))
    events = read_pages(numbered(1), SOURCE, ScriptedReader(answer), patient, concurrency=1)
    async with asyncio.timeout(5):
        assert [type(event) async for event in events] == [PageStarted, PageRetried, PageFailed]


async def test_reading_regions() -> None:
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


async def test_reading_figures() -> None:
    """Pictures are cut out while the text goes on, and are there before the page ends; one that is lost is named."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("![figure](1,600,3,700) A plot\n![image](5,100,9,300)\n![text](1,800,3,900) Words")
        yield Finished(Finish.STOP, None)

    events = await run(ScriptedReader(answer))
    (cut,) = [event for event in events if isinstance(event, FigureCut)]
    assert (cut.name, cut.image.data, cut.image.width) == ("figures/page-1-1.png", b"cut", 1)
    assert isinstance(events[-1], PageDone)
    assert events[-1].result.markdown == "![A plot](figures/page-1-1.png)\n\nA plot\n\n[image]\n\nWords"
