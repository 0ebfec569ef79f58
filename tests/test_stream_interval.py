"""Pages whose tokens come in bundles, over a real socket: counted right, ended and stopped as soon as others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import accumulate

import pytest

from ocr.events import Event, PageDone, PageRetried, TextArrived
from ocr.inference.client import Client
from ocr.pipeline.run import Stop, read_pages
from ocr.types import Finish
from tests.inference.scripted_server import Connection, Request, scripted_server
from tests.pipeline.repeating import LOOPS, PROSE, tokens
from tests.pipeline.runs import OPTIONS, SOURCE, numbered

pytestmark = pytest.mark.anyio

INTERVALS = (1, 4, 16)
DEADLINE_S = 60


class Bundles:
    """Answers with pieces of text, a token each, as vLLM does: the first alone, then as many an event as are asked for.

    Each event is sent when the one before has been taken, so that no read of the socket brings two of them.
    """

    def __init__(self, *answers: list[str], ends: bool = True) -> None:
        """The n-th request gets the n-th answer; an answer that does not end leaves the connection open."""
        self._answers, self._ends = iter(answers), ends
        self._taken = asyncio.Semaphore(0)
        self.hung_up = asyncio.Event()
        """Set when the client has left an answer that does not end."""

    def take(self) -> None:
        """An event of the latest answer has been taken."""
        self._taken.release()

    async def __call__(self, request: Request, connection: Connection) -> None:
        pieces, fields = next(self._answers), request.json
        self._taken = taken = asyncio.Semaphore(0)
        interval, usage = fields.get("stream_interval", 1), {}
        await connection.begin()
        for start in [0, *range(1, len(pieces), interval)]:
            end = start + interval if start else 1
            delta = {"content": "".join(pieces[start:end])}
            if "continuous_usage_stats" in fields["stream_options"]:
                usage = {"usage": {"completion_tokens": min(end, len(pieces))}}
            await connection.line(json.dumps({"choices": [{"delta": delta}], **usage}))
            await taken.acquire()
        if not self._ends:
            await connection.gone()
            self.hung_up.set()
            return
        await connection.chunk(finish="stop")
        await connection.line(json.dumps({"choices": [], "usage": {"completion_tokens": len(pieces)}}))
        await connection.line("[DONE]")


async def read(answers: Bundles, interval: int, stop: Stop) -> AsyncIterator[Event]:
    """What happens to one page."""
    async with (
        asyncio.timeout(DEADLINE_S),
        scripted_server(answers) as server,
        Client(server.url, stream_interval=interval) as client,
    ):
        async for event in read_pages(numbered(1), SOURCE, client, OPTIONS, concurrency=1, stop=stop):
            yield event
            if isinstance(event, TextArrived) and event.tokens:
                answers.take()


def counted(pieces: list[str], text: str) -> int:
    """How many of the pieces make this text."""
    return next(number for number, so_far in enumerate(accumulate(pieces), 1) if so_far == text)


@pytest.mark.parametrize("interval", INTERVALS)
async def test_stream_interval_running(interval: int) -> None:
    """The tokens told while a page is written are those of its text so far, and at its end those the server says."""
    pieces = tokens(PROSE)
    text, told, events, done = "", 0, 0, None
    async for event in read(Bundles(pieces), interval, Stop()):
        if isinstance(event, TextArrived):
            text, told, events = text + event.raw, told + event.tokens, events + 1
            assert told == counted(pieces, text)
        done = event
    assert isinstance(done, PageDone)
    assert (done.result.raw, done.result.tokens, told) == (PROSE, len(pieces), len(pieces))
    assert events == 1 + -(-(len(pieces) - 1) // interval)


@pytest.mark.parametrize("interval", INTERVALS)
async def test_stream_interval_stopped(interval: int) -> None:
    """Stop waits for no bundle: the server is left at once, and the result counts what had arrived."""
    pieces = tokens(PROSE)[:33]
    stop, text, done = Stop(), "", None
    answers = Bundles(pieces, ends=False)
    async for event in read(answers, interval, stop):
        if isinstance(event, TextArrived):
            text += event.raw
            if text == "".join(pieces):
                stop.set()
        if isinstance(event, PageDone):
            done = event
            await answers.hung_up.wait()
    assert done
    assert (done.result.finish, done.result.raw, done.result.tokens) == (Finish.CANCELLED, text, len(pieces))


@pytest.mark.parametrize("interval", INTERVALS)
async def test_stream_interval_loop(interval: int) -> None:
    """A loop is ended within 200 tokens and a bundle, and its try counts the tokens that had arrived."""
    loop = tokens(LOOPS["a sentence"])
    start = tokens(PROSE)
    endless = start + loop * (1000 // len(loop))
    text, done = "", None
    async for event in read(Bundles(endless, ["A page."]), interval, Stop()):
        if isinstance(event, TextArrived):
            text += event.raw
        if isinstance(event, PageRetried):
            arrived, text = counted(endless, text), ""
        done = event
    assert isinstance(done, PageDone)
    looped, whole = done.result.tries
    assert (looped.finish, looped.tokens) == (Finish.REPETITION, arrived)
    assert arrived <= len(start) + len(loop) + 200 + interval
    assert (whole.finish, done.result.raw) == (Finish.STOP, "A page.")
