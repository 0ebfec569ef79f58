"""A server that goes away and comes back costs no page; one that stays away is waited for, not for ever."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.config.profiles import Model, Retries, read_options
from ocr.engines.outage import SINGLE_SERVER_BACKOFF_S, Outage, paused_s
from ocr.engines.server_members import Member
from ocr.engines.server_pool import ServerPool
from ocr.errors import Interrupted, ServerGone, StreamCut
from ocr.events import Delta, Event, Finished, PageDone, PageFailed
from ocr.inference.client import Client
from ocr.pipeline.concurrency import AdaptiveLimiter
from ocr.pipeline.page_task import MAX_INTERRUPTIONS
from ocr.pipeline.run import Stop, read_pages
from ocr.types import Finish
from tests.inference.scripted_server import Connection, Request, scripted_server
from tests.pipeline.runs import OPTIONS, ScriptedReader, Source, ends, numbered
from tests.web.waiting import until

pytestmark = pytest.mark.anyio

PATIENT = replace(
    read_options(Model("lightonai/LightOnOCR-2-1B", None, 16384)), retries=Retries(first_wait=0.01, longest_wait=0.05)
)


def made(limit_s: float = 60) -> Outage:
    return Outage("gpu-box", limit_s, tick_s=0.01)


async def whole(request: Request, connection: Connection) -> None:
    await connection.stream("The text.", tokens=2)


@pytest.mark.parametrize("away", [None, 502, 503], ids=["refused", "502", "503"])
async def test_outage_costs_no_page(away: int | None) -> None:
    """Twelve pages, four of them cut off in mid-text: all are read, none counts an attempt, none is asked meanwhile."""
    outage, told, begun, long_away = made(), list[float | None](), asyncio.Event(), asyncio.Event()

    async def dying(request: Request, connection: Connection) -> None:
        await connection.begin()
        await connection.chunk("The te")
        begun.set()
        await connection.gone()

    async def dead(request: Request, connection: Connection) -> None:
        await connection.respond(away or 0, b"no upstream", ["connection: close"])

    def tell(seconds: float | None, answers: bool) -> None:
        told.append(seconds)
        if len(told) > 5:
            long_away.set()

    dead.serves_models = True  # type: ignore[attr-defined]
    outage.tell = tell
    async with scripted_server(dying) as server:
        client = Client(server.url)
        reading = asyncio.create_task(read(client, outage, 12))
        await begun.wait()
    port = int(server.url.rpartition(":")[2].removesuffix("/v1"))
    async with asyncio.timeout(60):
        if away:
            async with scripted_server(dead, port) as proxy:
                await long_away.wait()
            assert len(proxy.reads) <= 4, "those that were on their way"
        await long_away.wait()
    assert outage.seconds is not None
    async with scripted_server(whole, port) as back:
        found = ends(await reading)
    assert {(end.result.raw, end.result.attempts, len(end.result.tries)) for end in found.values()} == {
        ("The text.", 1, 1)
    }
    assert (len(found), len(back.reads)) == (12, 12)
    assert None not in told[:-1]
    assert told[-1] is None
    assert outage.seconds is None


async def test_outage_of_a_name_costs_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container takes its host name with it: it is waited for, as one that refuses connections is."""
    outage, told, look_up, gone = made(), list[float | None](), socket.getaddrinfo, False

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if host == "gpu-box" and gone:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up("127.0.0.1" if host == "gpu-box" else host, *arguments, **options)

    async def leaves(request: Request, connection: Connection) -> None:
        nonlocal gone
        await whole(request, connection)
        if len(server.reads) == 1:
            gone = True
            assert client._http
            assert isinstance(client._http.connector, aiohttp.TCPConnector)
            client._http.connector.clear_dns_cache()  # as it is after ten seconds

    def tell(seconds: float | None, answers: bool) -> None:
        nonlocal gone
        told.append(seconds)
        gone = gone and len(told) < 5

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setenv("no_proxy", "*")
    outage.tell = tell
    async with scripted_server(leaves) as server:
        client = Client(server.url.replace("127.0.0.1", "gpu-box"))
        found = ends(await read(client, outage, 12))
    assert [(type(end), end.result.attempts) for end in found.values()] == [(PageDone, 1)] * 12
    assert len(told) > 5
    assert None not in told[:-1]
    assert told[-1] is None


async def read(client: Client, outage: Outage, count: int, stop: Stop | None = None) -> list[Event]:
    """Read so many pages, four at a time, as the programs do."""
    reader = ServerPool([Member(client.url, outage, AdaptiveLimiter())], [client])
    pages = read_pages(numbered(count), Source(), reader, PATIENT, concurrency=4, stop=stop)
    async with client, asyncio.timeout(60):
        return [event async for event in pages]


async def test_outage_that_lasts() -> None:
    """After the limit every page ends, with the text it has; later pages fail at once, until the server answers."""
    outage, hold = made(limit_s=0.05), asyncio.Event()

    async def dying(request: Request, connection: Connection) -> None:
        await connection.begin()
        await connection.chunk("The te")
        hold.set()
        await connection.gone()

    async with scripted_server(dying) as server:
        client = Client(server.url)
        reading = asyncio.create_task(read(client, outage, 12))
        await hold.wait()
    found = ends(await reading)
    assert {type(end.error) for end in found.values() if isinstance(end, PageFailed)} == {ServerGone}
    assert len(found) == 12
    assert {end.result.raw for end in found.values()} == {"The te", ""}
    async with scripted_server(whole, int(server.url.rpartition(":")[2].removesuffix("/v1"))):
        again = ends(await read(client, outage, 3))
    assert {type(end) for end in again.values()} == {PageDone}
    assert not outage.given_up, "it is waited for when it goes away once more"


async def test_outage_is_none_while_the_server_answers() -> None:
    """A fault of one page is an attempt of that page."""
    outage = made()

    async def cut(request: Request, connection: Connection) -> None:
        await connection.begin()
        connection.reset()

    async with scripted_server(cut) as server:
        (end,) = ends(await read(Client(server.url), outage, 1)).values()
    assert (end.result.attempts, len(end.result.tries)) == (PATIENT.retries.attempts,) * 2
    assert isinstance(end, PageFailed)
    assert isinstance(end.error, StreamCut)


async def test_outage_stopped() -> None:
    """Stop ends the wait at once; nobody asks for the server's health any more."""
    outage, stop, asked = made(), Stop(), 0

    async def answers() -> bool:
        nonlocal asked
        asked += 1
        if asked == 3:
            stop.set()
        return False

    client = Client("http://127.0.0.1:9/v1")
    client.answers = answers  # type: ignore[method-assign]
    found = ends(await read(client, outage, 6, stop))
    assert {end.result.finish for end in found.values()} == {Finish.CANCELLED}
    await until(lambda: outage.seconds is None)
    assert asked <= 4


@pytest.mark.parametrize("others", [True, False])
async def test_outage_rests_less_when_no_other_reads(others: bool) -> None:
    """A server in a long rest is asked soon where the others have gone meanwhile; while they read, it rests on."""
    outage, told, asked, seconds = Outage("gpu-box", 60, backoff_s=(100, 100), tick_s=0.001), asyncio.Event(), 0, 0

    async def answers() -> bool:
        nonlocal asked
        asked += 1
        return asked > 1

    def tell(away: float | None, answers: bool) -> None:
        nonlocal seconds
        seconds += 1
        if away is None:
            told.set()

    outage.is_healthy, outage.tell = answers, tell
    outage.longest_wait_s = (lambda: None) if others else (lambda: outage.seconds)
    assert await outage.confirm()
    async with asyncio.timeout(60):
        await told.wait()
    assert (seconds > 100) is others
    assert seconds > SINGLE_SERVER_BACKOFF_S[1]


async def test_outage_by_the_page_itself() -> None:
    """A page that kills its server each time ends as failed, and is not asked for without end."""

    async def kills(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("The te")
        raise Interrupted("cut")

    reader = ScriptedReader(kills)
    events = read_pages(numbered(1), Source(), reader, OPTIONS, concurrency=1)
    (end,) = ends([event async for event in events]).values()
    assert isinstance(end, PageFailed)
    assert end.result.raw == "The te"
    assert reader.attempts[1] == MAX_INTERRUPTIONS + OPTIONS.retries.attempts


@pytest.mark.parametrize(
    ("health", "models", "there"),
    [(200, 500, True), (404, 200, True), (405, 401, True), (404, 404, False), (503, 200, False), (429, 429, True)],
)
async def test_outage_question(health: int, models: int, there: bool) -> None:
    """The server is asked by /health; one that has none by its models, whose key may be asked for."""

    async def script(request: Request, connection: Connection) -> None:
        await connection.respond(health if request.path == "/health" else models)

    script.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(script) as server:
        assert await Client(server.url).answers() is there
    assert await Client(server.url).answers() is False


async def absent(outage: Outage, back: asyncio.Event) -> None:
    """Gone until `back` is set."""

    async def healthy() -> bool:
        return back.is_set()

    outage.is_healthy = healthy
    assert await outage.confirm()


async def test_outage_pause_is_when_all_are_away() -> None:
    """What one of two servers is away alone is no pause; nor is what was before a run."""
    one, two, begun = made(), made(), time.monotonic()
    assert paused_s([], begun) == paused_s([one], begun) == 0
    one_back, two_back = asyncio.Event(), asyncio.Event()
    await absent(one, one_back)
    await until(lambda: paused_s([one], begun) > 0.05)
    assert paused_s([one, two], begun) == 0
    assert one.next_check
    await absent(two, two_back)
    await until(lambda: paused_s([one, two], begun) > 0.02)
    one_back.set()
    await until(lambda: one.seconds is None)
    both = paused_s([one, two], begun)
    assert 0.02 < both < paused_s([two], begun)
    two_back.set()
    await until(lambda: two.seconds is None)
    assert paused_s([one, two], begun) == pytest.approx(both)
    assert paused_s([one], time.monotonic()) == 0
    assert one.next_check is None


@pytest.mark.parametrize("end", ["answers", "not needed", "given up", "closed"])
async def test_outage_tells_that_it_has_ended(end: str) -> None:
    """However it ends; that the server answers is said only where it does."""
    outage, told, answering = made(), list[tuple[float | None, bool]](), False

    async def answers() -> bool:
        return answering

    outage.is_healthy, outage.tell = answers, lambda *said: told.append(said)
    assert await outage.confirm()
    await until(lambda: bool(told))
    match end:
        case "answers":
            answering = True
        case "not needed":
            outage.is_needed = lambda: False
        case "given up":
            outage.limit_s = 0.0
        case "closed":
            await outage.close()
    await until(lambda: outage.seconds is None)
    *before, last = told
    assert last == (None, end == "answers")
    assert all(seconds is not None and not answers for seconds, answers in before)


@given(st.lists(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), max_size=6), min_size=1, max_size=4))
def test_outage_pause_is_the_time_in_which_none_is_there(times: list[list[tuple[int, int]]]) -> None:
    """Whatever the times, which follow each other for each server; compared second by second."""
    outages, seconds = [], []
    for steps in times:
        outage, at, away = made(), 0, set[int]()
        for pause, length in steps:
            begin = at + pause
            at = begin + length
            outage._absences.append((float(begin), float(at)))
            away |= set(range(begin, at))
        outages.append(outage)
        seconds.append(away)
    assert paused_s(outages, 0.0) == len(set.intersection(*seconds))
