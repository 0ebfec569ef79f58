"""Servers of a list that changes, in a run's reader: they join and leave while pages are read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ocr.config.profiles import read_options
from ocr.config.settings import Settings
from ocr.engines.open_reader import OpenReader, open_reader
from ocr.engines.select import running_server
from ocr.engines.server_pool import ServerPool
from ocr.errors import StorageError
from ocr.events import Event, PageDone
from ocr.inference.client import Client
from ocr.pipeline.concurrency import MAX_PAGES_IN_FLIGHT
from ocr.pipeline.run import read_pages
from tests.engines.test_server_pool import member_of, pool_of, read, serving, sound, whole
from tests.inference.scripted_server import Connection, Request, Scripted, scripted_server
from tests.pipeline.runs import Source, ends
from tests.web.waiting import until

pytestmark = pytest.mark.anyio


class Held:
    """A server's script that begins its answers, and ends them once it may."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()

    async def __call__(self, request: Request, connection: Connection) -> None:
        await connection.begin()
        await connection.chunk("The ")
        await self.may_end.wait()
        await connection.chunk("text.", "stop")
        await connection.line("[DONE]")


class ListFailed(Exception):
    """What nobody who reads a list expects."""


class Listed:
    """A list of servers that a test changes."""

    def __init__(self, *servers: Scripted) -> None:
        self._lists: asyncio.Queue[tuple[str, ...] | ListFailed] = asyncio.Queue()
        self.change(*servers)

    def change(self, *servers: Scripted) -> None:
        self._lists.put_nowait(tuple(server.url for server in servers))

    def fail(self) -> None:
        self._lists.put_nowait(ListFailed())

    async def __call__(self) -> AsyncGenerator[tuple[str, ...], None]:
        while True:
            found = await self._lists.get()
            if isinstance(found, ListFailed):
                raise found
            yield found


@asynccontextmanager
async def opened(listed: Listed, settings: Settings | None = None) -> AsyncIterator[OpenReader]:
    settings = settings or Settings(concurrency=3)
    with running_server(settings, listed=listed) as server:
        async with asyncio.timeout(60), open_reader(settings, server) as reader:
            yield reader


async def pages(reader: OpenReader, count: int) -> list[Event]:
    limiter = reader.server.concurrency
    return [
        event async for event in read_pages(sound(count), Source(), reader.reader, reader.options, concurrency=limiter)
    ]


async def test_list_brings_a_server_into_a_run() -> None:
    """One that is listed while another is full reads what the other has no room for."""
    held = Held()
    async with scripted_server(held) as full, scripted_server(whole) as late:
        listed = Listed(full)
        async with opened(listed) as reader:
            reading = asyncio.create_task(pages(reader, 20))
            await until(lambda: len(full.reads) == 3)
            listed.change(full, late)
            await until(lambda: len(late.reads) == 17)
            held.may_end.set()
            found = ends(await reading)
    assert {(end.result.raw, end.result.attempts) for end in found.values()} == {("The text.", 1)}
    assert (len(found), len(full.reads), len(late.reads)) == (20, 3, 17)


async def test_list_takes_a_server_out_of_a_run() -> None:
    """One that is listed no more finishes its pages and is given no others; listed again, it reads again."""
    held, other = Held(), Held()
    async with scripted_server(held) as leaving, scripted_server(other) as staying:
        listed = Listed(leaving)
        async with opened(listed) as reader:
            reading = asyncio.create_task(pages(reader, 12))
            await until(lambda: len(leaving.reads) == 3)
            listed.change(staying)
            await until(lambda: len(staying.reads) == 3)
            held.may_end.set()
            other.may_end.set()
            found = ends(await reading)
            assert (len(leaving.reads), len(staying.reads)) == (3, 9)
            listed.change(leaving)
            pool = reader.reader
            assert isinstance(pool, ServerPool)
            await until(lambda: [member.url for member in pool.members] == [leaving.url])
            again = ends(await pages(reader, 2))
    assert {(end.result.raw, end.result.attempts) for end in [*found.values(), *again.values()]} == {("The text.", 1)}
    assert (len(leaving.reads), len(staying.reads)) == (5, 9)


async def test_list_without_a_server_lets_pages_wait() -> None:
    """At the start, for the model too, and in mid-run; nothing fails meanwhile."""
    async with scripted_server(whole) as one:
        listed = Listed()
        opening = asyncio.create_task(_read_after_opening(listed, 4))
        await until(lambda: listed._lists.empty())
        listed.change(one)
        found = ends(await opening)
    assert {type(end) for end in found.values()} == {PageDone}
    assert len(one.reads) == 4


async def _read_after_opening(listed: Listed, count: int) -> list[Event]:
    async with opened(listed) as reader:
        return await pages(reader, count)


async def test_list_empty_in_mid_run() -> None:
    held = Held()
    async with scripted_server(held) as one, scripted_server(whole) as late:
        listed = Listed(one)
        async with opened(listed) as reader:
            pool = reader.reader
            assert isinstance(pool, ServerPool)
            reading = asyncio.create_task(pages(reader, 8))
            await until(lambda: len(one.reads) == 3)
            listed.change()
            await until(lambda: not pool.members)
            held.may_end.set()
            await until(lambda: not pool._readers)  # its last page has ended
            assert not reading.done()
            listed.change(late)
            found = ends(await reading)
    assert {type(end) for end in found.values()} == {PageDone}
    assert (len(one.reads), len(late.reads)) == (3, 5)


async def test_list_and_servers_that_stay() -> None:
    """Those of --server-url are asked whatever is listed; one that is in both is one server."""
    async with scripted_server(whole) as fixed, scripted_server(whole) as listed_too:
        listed = Listed(fixed, listed_too)
        async with opened(listed, Settings(server_url=(fixed.url,))) as reader:
            pool = reader.reader
            assert isinstance(pool, ServerPool)
            await until(lambda: [member.url for member in pool.members] == [fixed.url, listed_too.url])
            limiter = reader.server.concurrency
            assert not isinstance(limiter, int)
            assert limiter.limit == 2 * MAX_PAGES_IN_FLIGHT
            listed.change()
            await until(lambda: [member.url for member in pool.members] == [fixed.url])
            found = ends(await pages(reader, 3))
    assert {type(end) for end in found.values()} == {PageDone}
    assert (len(fixed.reads), len(listed_too.reads)) == (3, 0)


async def test_list_that_fails_ends_the_run() -> None:
    """The pages of its servers are not read on with the list of that moment; the error reaches whoever reads."""
    async with scripted_server(Held()) as one:
        listed = Listed(one)
        with pytest.raises(ListFailed):
            async with opened(listed) as reader:
                reading = asyncio.create_task(pages(reader, 4))
                await until(lambda: len(one.reads) == 3)
                listed.fail()
                await reading


async def test_list_that_fails_ends_the_wait_for_a_server() -> None:
    listed = Listed()
    listed.fail()
    with pytest.raises(ListFailed):
        await _read_after_opening(listed, 1)


async def test_list_leaves_errors_of_the_run_as_they_are() -> None:
    """With their cause."""
    async with scripted_server(whole) as one:
        error, cause = StorageError("The disk is full."), OSError()
        with pytest.raises(StorageError) as raised:
            async with opened(Listed(one)):
                raise error from cause
    assert (raised.value, error.__cause__) == (error, cause)


async def test_pool_asks_elsewhere_what_a_leaving_server_cuts_off() -> None:
    """The server is ended with its pages in flight, as when its job ends: the others read them, without a lost try."""
    begun, gone = asyncio.Event(), asyncio.Event()

    async def refusing(request: Request, connection: Connection) -> None:
        begun.set()
        await gone.wait()
        await connection.respond(401, {"error": {"message": "no more"}})

    async with scripted_server(refusing) as leaving, scripted_server(whole) as other:
        pool = pool_of(leaving)
        reading = asyncio.create_task(read(pool, 6))
        await begun.wait()
        (member,) = pool.members
        await pool.join(member_of(other), Client(other.url))
        left = asyncio.create_task(pool.leave(member))
        await until(lambda: len(pool.members) == 1)
        gone.set()
        found = ends(await reading)
        await left
    assert {(end.result.raw, end.result.attempts) for end in found.values()} == {("The text.", 1)}


async def test_pool_gives_a_new_server_no_pages_of_another_model() -> None:
    """It says what it serves before it is given any."""
    async with scripted_server(serving("ours")) as one, scripted_server(serving("other")) as late:
        pool = pool_of(one)
        (model,) = await pool.models()
        await pool.join(member_of(late), Client(late.url))
        found = ends(await read(pool, 10, options=read_options(model)))
    assert {type(end) for end in found.values()} == {PageDone}
    assert (len(one.reads), len(late.reads)) == (10, 0)


async def test_pool_waits_for_a_new_server_that_is_not_there_yet() -> None:
    """One that joins before it answers is away, and used once it is there."""
    async with scripted_server(whole) as late:
        pass
    pool = pool_of()
    reading = asyncio.create_task(read(pool, 5))
    await pool.join(member_of(late), Client(late.url))
    await until(lambda: pool.members[0].outage.seconds is not None)
    async with scripted_server(whole, int(late.url.rpartition(":")[2].removesuffix("/v1"))) as back:
        found = ends(await reading)
    assert {(end.result.raw, end.result.attempts) for end in found.values()} == {("The text.", 1)}
    assert len(back.reads) == 5
