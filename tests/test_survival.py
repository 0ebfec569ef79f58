"""Whatever a server does to it, a run ends every page once, loses none that was finished, and reads those it can.

Everything here goes over real sockets: the client, the pipeline and the limiter against a server that misbehaves.
"""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from ocr.config.profiles import TIMEOUTS, Model, ReadOptions, Retries, Timeouts, read_options
from ocr.events import Event, PageDone, PageFailed
from ocr.inference.client import Client
from ocr.pipeline.concurrency import AdaptiveLimiter
from ocr.pipeline.run import Stop, read_pages
from ocr.types import Box, Finish, PageId, PageImage
from tests.inference.scripted_server import Connection, Request, scripted_server
from tests.pipeline.runs import ends, numbered

pytestmark = pytest.mark.anyio

OPTIONS = replace(
    read_options(Model("lightonai/LightOnOCR-2-1B", None, 16384)), retries=Retries(first_wait=0.01, longest_wait=0.05)
)


class Numbered:
    """Pages whose image is their number, so that the server can tell them apart."""

    async def image(self, page: PageId) -> PageImage:
        return PageImage(1190, 1540, f"page {page.number:04}".encode(), "image/png")

    async def smaller(self, page: PageId, longest_side: int, first: PageImage) -> PageImage:
        raise AssertionError

    async def figure(self, page: PageId, box: Box, media_type: str, first: PageImage) -> PageImage:
        raise AssertionError


async def good(connection: Connection) -> None:
    await connection.stream("The ", "text.", tokens=2)


async def refused(connection: Connection) -> None:
    await connection.respond(429, {"error": "busy"}, ["retry-after: 0", "connection: close"])


async def unavailable(connection: Connection) -> None:
    await connection.respond(503, b"starting")


async def failed_and_closed(connection: Connection) -> None:
    await connection.respond(500, {"error": {"message": "EngineDeadError"}}, ["connection: close"])
    connection.writer.close()


async def reset(connection: Connection) -> None:
    connection.reset()


async def cut(connection: Connection) -> None:
    await connection.begin()
    await connection.chunk("The te")
    connection.reset()


async def garbage(connection: Connection) -> None:
    await connection.begin()
    await connection.chunk("The")
    await connection.line("\x00\xff garbage")


async def silent(connection: Connection) -> None:
    await connection.gone()


async def stalled(connection: Connection) -> None:
    await connection.begin()
    await connection.chunk("The te")
    await connection.gone()


async def early_end(connection: Connection) -> None:
    await connection.begin()
    await connection.chunk("The te")
    connection.writer.close()


SILENCE = Timeouts(silence=2, first_token=2)
"""For servers that fall silent; a busy machine may keep a good answer waiting for some tenths of a second."""
FAULTS: list[Callable[[Connection], Awaitable[None]]] = [
    refused, unavailable, failed_and_closed, reset, cut, garbage, silent, stalled, early_end
]  # fmt: skip


async def read(
    url: str,
    count: int,
    concurrency: int | AdaptiveLimiter,
    options: ReadOptions = OPTIONS,
    timeouts: Timeouts = TIMEOUTS,
) -> list[Event]:
    async with Client(url, timeouts=timeouts) as client, asyncio.timeout(60):
        pages = read_pages(numbered(count), Numbered(), client, options, concurrency=concurrency)
        return [event async for event in pages]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_survival_of_each_fault(fault: Callable[[Connection], Awaitable[None]]) -> None:
    """Every page meets it twice, and is read whole all the same."""
    met: Counter[bytes] = Counter()

    async def script(request: Request, connection: Connection) -> None:
        met[request.body] += 1
        await (fault if met[request.body] <= 2 else good)(connection)

    async with scripted_server(script) as server:
        found = ends(await read(server.url, 6, AdaptiveLimiter(), timeouts=SILENCE))
    assert {number: (e.result.raw, e.result.finish, e.result.attempts) for number, e in found.items()} == {
        number: ("The text.", Finish.STOP, 3) for number in range(1, 7)
    }


async def test_survival_of_all_faults_at_once() -> None:
    """Pages that meet one fault for ever fail and say so; the others are read; none is missing."""

    async def script(request: Request, connection: Connection) -> None:
        number = int(request_page(request))
        await (FAULTS[number % 20] if number % 20 < len(FAULTS) else good)(connection)

    twice = replace(OPTIONS, retries=replace(OPTIONS.retries, attempts=2))
    async with scripted_server(script) as server:
        found = ends(await read(server.url, 40, 20, twice, SILENCE))
    assert set(found) == set(range(1, 41))
    for number, event in found.items():
        if number % 20 < len(FAULTS):
            assert isinstance(event, PageFailed)
            assert event.result.error
        else:
            assert isinstance(event, PageDone)
            assert event.result.raw == "The text."


def request_page(request: Request) -> str:
    url = request.json["messages"][0]["content"][0]["image_url"]["url"]
    return base64.b64decode(url.partition(",")[2]).decode().removeprefix("page ")


async def test_survival_of_a_storm_of_429() -> None:
    """A server that takes four at a time and refuses the rest at once: the limiter finds that, every page is read."""
    at_once = most = refusals = 0

    async def script(request: Request, connection: Connection) -> None:
        nonlocal at_once, most, refusals
        if at_once >= 4:
            refusals += 1
            await refused(connection)
            return
        at_once += 1
        most = max(most, at_once)
        try:
            await connection.begin()
            await connection.chunk("The text.")
            await asyncio.sleep(0.02)
            await connection.chunk(finish="stop")
        finally:
            at_once -= 1

    patient = replace(OPTIONS, retries=Retries(attempts=50, first_wait=0.01, longest_wait=0.02))
    limiter = AdaptiveLimiter()
    async with scripted_server(script) as server:
        found = ends(await read(server.url, 80, limiter, patient))
    assert Counter(type(event) for event in found.values()) == {PageDone: 80}
    assert refusals
    assert limiter.limit < 64, "it begins with 256, and each page that ends adds one"


async def test_survival_of_a_restart() -> None:
    """The server dies in mid-run and comes back on its port: its pages are read after all."""
    port, begun = 0, asyncio.Event()

    async def dying(request: Request, connection: Connection) -> None:
        await connection.begin()
        await connection.chunk("The te")
        begun.set()
        await connection.gone()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        await reader.readexactly(length)
        await good(Connection(reader, writer))
        writer.close()

    patient = replace(OPTIONS, retries=Retries(attempts=8, first_wait=0.05, longest_wait=0.3))
    async with scripted_server(dying) as server:
        port = int(server.url.rpartition(":")[2].removesuffix("/v1"))
        reading = asyncio.create_task(read(server.url, 10, 4, patient))
        await begun.wait()
    await asyncio.sleep(0.1)
    again = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        found = ends(await reading)
    finally:
        again.close()
    assert {event.result.raw for event in found.values()} == {"The text."}
    assert len(found) == 10


@asynccontextmanager
async def slow_line(port: int, rate: int) -> AsyncIterator[str]:
    """A line to this port that carries `rate` bytes a second each way; its URL."""

    async def carry(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(rate // 20):
                await asyncio.sleep(len(data) / rate)
                to.write(data)
                await to.drain()
        to.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(reader, back), carry(there, writer))

    line = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with line:
        yield f"http://127.0.0.1:{line.sockets[0].getsockname()[1]}/v1"


async def test_survival_of_a_slow_network() -> None:
    """200 bytes a second each way: what is slow is not silent, and pages are read at the first attempt."""

    async def script(request: Request, connection: Connection) -> None:
        await connection.begin()
        for word in ("The ", "text ", "of ", "a ", "page."):
            await connection.chunk(word)
        await connection.chunk(finish="stop")

    async with scripted_server(script) as server, slow_line(int(server.url.split(":")[2][:-3]), 200) as url:
        began = asyncio.get_running_loop().time()
        async with Client(url, timeouts=Timeouts(6)) as client, asyncio.timeout(60):
            pages = read_pages(numbered(4), Numbered(), client, OPTIONS, concurrency=4)
            found = ends([event async for event in pages])
        took = asyncio.get_running_loop().time() - began
    assert {(end.result.raw, end.result.attempts) for end in found.values()} == {("The text of a page.", 1)}
    assert len(found) == 4
    assert took > 5, "the line was slow"


async def test_survival_of_an_answer_slower_than_the_silence_allowed() -> None:
    """The whole answer takes twice as long as a server may be silent; it is never silent for that long."""

    async def script(request: Request, connection: Connection) -> None:
        await connection.begin()
        for letter in "The text of a page.":
            await connection.chunk(letter)
            await asyncio.sleep(0.1)
        await connection.chunk(finish="stop")

    async with scripted_server(script) as server:
        found = ends(await read(server.url, 2, 2, timeouts=Timeouts(silence=1)))
    assert {(end.result.raw, end.result.attempts) for end in found.values()} == {("The text of a page.", 1)}


async def test_survival_of_fifty_visitors() -> None:
    """Each gets all pages of their own; the server never has more than the limiter lets in."""
    at_once = most = 0

    async def script(request: Request, connection: Connection) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        try:
            await connection.stream(f"Page {request_page(request)}.", tokens=2)
        finally:
            at_once -= 1

    async def visitor(client: Client, limiter: AdaptiveLimiter) -> dict[int, str]:
        events = read_pages(numbered(4), Numbered(), client, OPTIONS, concurrency=limiter)
        return {number: end.result.raw for number, end in ends([event async for event in events]).items()}

    limiter = AdaptiveLimiter(20, 8)
    async with scripted_server(script) as server, Client(server.url) as client, asyncio.timeout(60):
        found = await asyncio.gather(*(visitor(client, limiter) for _ in range(50)))
    assert found == [{number: f"Page {number:04}." for number in range(1, 5)}] * 50
    assert most <= 20


@pytest.mark.parametrize("after", [0, 1, 5, 23, 60])
async def test_survival_of_a_stop_at_any_moment(after: int) -> None:
    """Whenever it comes, every page ends once; those that had ended stay as they were."""

    async def script(request: Request, connection: Connection) -> None:
        await connection.begin()
        for word in ("The ", "text ", "of ", "a ", "page."):
            await connection.chunk(word)
        await connection.chunk(finish="stop")

    stop, count, events = Stop(), 0, []
    async with scripted_server(script) as server, Client(server.url) as client, asyncio.timeout(60):
        async for event in stopping(client, stop):
            events.append(event)
            if count == after:
                stop.set()
            count += 1
    found = ends(events)
    assert set(found) == set(range(1, 16))
    assert {event.result.finish for event in found.values()} <= {Finish.STOP, Finish.CANCELLED}
    whole = {event.result.raw for event in found.values() if event.result.finish is Finish.STOP}
    assert whole <= {"The text of a page."}


def stopping(client: Client, stop: Stop) -> AsyncIterator[Event]:
    return read_pages(numbered(15), Numbered(), client, OPTIONS, concurrency=3, stop=stop)
