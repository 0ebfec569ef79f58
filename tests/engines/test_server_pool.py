"""Several servers share the pages: by how busy each is, without one that dies, and with it again when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from ocr.config.profiles import Model, ReadOptions, Retries, choose_model, read_options
from ocr.engines.outage import Outage
from ocr.engines.server_members import Member
from ocr.engines.server_pool import ServerPool
from ocr.errors import ServerGone, UnknownModel
from ocr.events import Event, PageDone, PageFailed
from ocr.inference.client import Client
from ocr.pipeline.concurrency import AdaptiveLimiter, PoolLimiter
from ocr.pipeline.run import Stop, read_pages
from ocr.types import Finish, PageId
from tests.inference.scripted_server import MODELS, Connection, Request, Script, Scripted, scripted_server
from tests.pipeline.runs import Source, ends
from tests.web.waiting import until

pytestmark = pytest.mark.anyio

OPTIONS = replace(
    read_options(Model("lightonai/LightOnOCR-3-1B", "lightonai/LightOnOCR-3-1B", 16384)),
    retries=Retries(first_wait=0.01, longest_wait=0.05),
)


def member_of(server: Scripted, limit_s: float = 60, slots: int | None = None) -> Member:
    return Member(
        server.url,
        Outage(server.url, limit_s, backoff_s=(5, 60), tick_s=0.002),
        AdaptiveLimiter(slots, slots) if slots else AdaptiveLimiter(),
    )


def pool_of(*servers: Scripted, limit_s: float = 60, slots: int | None = None) -> ServerPool:
    members = [member_of(server, limit_s, slots) for server in servers]
    return ServerPool(members, [Client(server.url) for server in servers])


async def sound(count: int) -> AsyncIterator[PageId]:
    """So many pages, none of them damaged."""
    for number in range(count):
        yield PageId(0, 100 + number)


async def read(
    pool: ServerPool, count: int, stop: Stop | None = None, options: ReadOptions = OPTIONS, waiting: int = 16
) -> list[Event]:
    pages = read_pages(sound(count), Source(), pool, options, concurrency=PoolLimiter(1024, waiting), stop=stop)
    async with asyncio.timeout(60):
        return [event async for event in pages]


async def whole(request: Request, connection: Connection) -> None:
    await connection.stream("The text.", tokens=2)


def port_of(server: Scripted) -> int:
    return int(server.url.rpartition(":")[2].removesuffix("/v1"))


def slots_of(count: int) -> Script:
    """A server that answers so many pages at a time, each after 0.2 s: far more than this process needs for one."""
    free = asyncio.Semaphore(count)

    async def script(request: Request, connection: Connection) -> None:
        async with free:
            await connection.begin()
            await connection.chunk("The ")
            await asyncio.sleep(0.2)
            await connection.chunk("text.", "stop")
            await connection.line("[DONE]")

    return script


async def test_pool_fills_servers_by_their_speed() -> None:
    """Servers with 1, 4 and 16 slots: the quicker one is, the more pages it reads, and none has a long queue."""
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(scripted_server(slots_of(count))) for count in (1, 4, 16)]
        found = ends(await read(pool_of(*servers), 150))
    shares = [len(server.reads) for server in servers]
    assert {type(end) for end in found.values()} == {PageDone}
    assert [sum(end.result.server == server.url for end in found.values()) for server in servers] == shares
    assert sum(shares) == 150
    assert shares == sorted(shares), shares
    assert shares[2] > 3 * shares[0], shares


async def test_pool_reads_on_without_one_that_dies() -> None:
    """Pages that a dying server cuts off are read by the other; none fails, none counts a try."""
    begun = asyncio.Event()

    async def dying(request: Request, connection: Connection) -> None:
        await connection.begin()
        await connection.chunk("The te")
        begun.set()
        await connection.gone()

    async with scripted_server(whole) as good:
        async with scripted_server(dying) as bad:
            reading = asyncio.create_task(read(pool_of(good, bad), 40))
            await begun.wait()
        found = ends(await reading)
    assert {(end.result.raw, end.result.attempts, len(end.result.tries)) for end in found.values()} == {
        ("The text.", 1, 1)
    }
    assert len(found) == len(good.reads) == 40
    assert bad.reads


async def test_pool_uses_a_server_that_is_back() -> None:
    """One that is away is asked for its health alone; when it answers it reads again, while the other never stopped."""
    hold, begun = asyncio.Event(), asyncio.Event()

    async def slow(request: Request, connection: Connection) -> None:
        await connection.begin()
        await connection.chunk("The ")
        await hold.wait()
        await connection.chunk("text.", "stop")
        await connection.line("[DONE]")

    async def dying(request: Request, connection: Connection) -> None:
        begun.set()
        await connection.begin()
        await connection.gone()

    async def back_again(request: Request, connection: Connection) -> None:
        hold.set()
        await whole(request, connection)

    async with scripted_server(slow) as good:
        async with scripted_server(dying) as bad:
            pool = pool_of(good, bad, slots=3)
            reading = asyncio.create_task(read(pool, 20))
            await begun.wait()
        await until(lambda: pool.members[1].outage.seconds is not None)
        async with scripted_server(back_again, port_of(bad)) as back:
            found = ends(await reading)
    assert {(end.result.raw, end.result.attempts) for end in found.values()} == {("The text.", 1)}
    assert back.reads


async def both_dead(pool: ServerPool, stack: list[AsyncExitStack]) -> None:
    for server in stack:
        await server.aclose()
    await until(lambda: all(member.outage.seconds is not None for member in pool.members))


async def never(request: Request, connection: Connection) -> None:
    await connection.begin()
    await connection.chunk("The te")
    await connection.gone()


@pytest.fixture
async def dark() -> AsyncIterator[tuple[ServerPool, list[Scripted], list[AsyncExitStack]]]:
    stacks = [AsyncExitStack(), AsyncExitStack()]
    servers = [await stack.enter_async_context(scripted_server(never)) for stack in stacks]
    yield pool_of(*servers), servers, stacks
    for stack in stacks:
        await stack.aclose()


async def test_pool_waits_while_all_are_away(
    dark: tuple[ServerPool, list[Scripted], list[AsyncExitStack]],
) -> None:
    """All die in mid-page: it is told, the pages wait, and go on with the first that is back."""
    pool, servers, stacks = dark
    told: list[float | None] = []
    pool.members[0].outage.tell = lambda seconds, answers: told.append(seconds)
    reading = asyncio.create_task(read(pool, 30))
    await until(lambda: all(server.reads for server in servers))
    await both_dead(pool, stacks)
    async with scripted_server(whole, port_of(servers[0])) as back:
        found = ends(await reading)
    assert {(end.result.raw, end.result.attempts) for end in found.values()} == {("The text.", 1)}
    assert (len(found), len(back.reads)) == (30, 30)
    assert any(seconds is not None for seconds in told)
    assert told[-1] is None


async def test_pool_stopped_while_all_are_away(
    dark: tuple[ServerPool, list[Scripted], list[AsyncExitStack]],
) -> None:
    """Stop ends the wait at once; what had arrived is kept, and nobody asks for the servers any more."""
    pool, servers, stacks = dark
    stop = Stop()
    reading = asyncio.create_task(read(pool, 30, stop))
    await until(lambda: all(server.reads for server in servers))
    await both_dead(pool, stacks)
    stop.set()
    found = ends(await reading)
    assert {end.result.finish for end in found.values()} == {Finish.CANCELLED}
    assert "The te" in {end.result.raw for end in found.values()}
    await until(lambda: all(member.outage.seconds is None for member in pool.members))


async def test_pool_gives_up_when_all_are_away_too_long() -> None:
    stacks = [AsyncExitStack(), AsyncExitStack()]
    servers = [await stack.enter_async_context(scripted_server(never)) for stack in stacks]
    pool = pool_of(*servers, limit_s=0.1)
    reading = asyncio.create_task(read(pool, 30))
    await until(lambda: all(server.reads for server in servers))
    for stack in stacks:
        await stack.aclose()
    found = ends(await reading)
    failed = [end for end in found.values() if isinstance(end, PageFailed)]
    assert {type(end.error) for end in failed} == {ServerGone}
    assert {end.result.finish for end in failed if not end.result.raw} <= {Finish.UNREAD}  # all may have begun
    assert {end.result.finish for end in failed if end.result.raw} <= {Finish.FAILED}
    assert len(found) == 30
    assert [member.outage.given_up for member in pool.members] == [True, True]
    for member in pool.members:
        member.outage.limit_s = 3600  # nobody waits for them now
    later = ends(await read(pool, 3))
    assert [type(end.error) for end in later.values() if isinstance(end, PageFailed)] == [ServerGone] * 3
    async with scripted_server(whole, port_of(servers[1])):
        again = ends(await read(pool, 3))
    assert {type(end) for end in again.values()} == {PageDone}
    assert not pool.members[1].outage.given_up


async def test_pool_gives_up_one_after_another(
    dark: tuple[ServerPool, list[Scripted], list[AsyncExitStack]],
) -> None:
    """A server that is given up before another ends no wait for the other, and does not keep it going for ever."""
    pool, servers, stacks = dark
    pool.members[0].outage.limit_s, pool.members[1].outage.limit_s = 0.05, 0.5
    reading = asyncio.create_task(read(pool, 30))
    await until(lambda: all(server.reads for server in servers))
    for stack in stacks:
        await stack.aclose()
    await until(lambda: pool.members[0].outage.given_up)
    found = ends(await reading)
    assert {type(end.error) for end in found.values() if isinstance(end, PageFailed)} == {ServerGone}
    assert len(found) == 30


def serving(name: str, root: str | None = None) -> Script:
    async def script(request: Request, connection: Connection) -> None:
        if request.path.endswith("/models"):
            await connection.respond(200, {"data": [{"id": name, "root": root}]})
        elif request.method == "GET":
            await connection.respond(200)
        else:
            await whole(request, connection)

    script.serves_models = True  # type: ignore[attr-defined]
    return script


@pytest.mark.parametrize(("name", "root"), [("other", None), ("ours", "other/weights")])
async def test_pool_tells_models_apart(name: str, root: str | None) -> None:
    """A page goes only to servers of its model: by its name, and by what it is made of."""
    async with scripted_server(serving("ours", "our/weights")) as one, scripted_server(serving(name, root)) as two:
        pool = pool_of(one, two)
        models = await pool.models()
        assert [model.id for model in models] == (["ours"] if name == "ours" else ["ours", "other"])
        found = ends(await read(pool, 20, options=read_options(choose_model(models, "ours"))))
        assert {type(end) for end in found.values()} == {PageDone}
        assert (len(one.reads), len(two.reads)) == (20, 0)
        gone = ends(await read(pool, 1, options=read_options(Model("nobody's"))))
    (end,) = gone.values()
    assert isinstance(end, PageFailed)
    assert isinstance(end.error, UnknownModel)


async def test_pool_begins_without_a_server_that_is_away() -> None:
    """One that does not answer at the start is left out, and used when it is there."""
    async with scripted_server(whole) as late:
        pass
    async with scripted_server(serving("ours")) as one:
        pool = pool_of(one, late)
        models = await pool.models()
        assert [model.id for model in models] == ["ours"]
        found = ends(await read(pool, 10, options=read_options(models[0])))
    assert {(type(end), end.result.attempts) for end in found.values()} == {(PageDone, 1)}


async def test_pool_waits_for_no_page_of_another_model() -> None:
    """While a page waits for the one server of its model, pages of another model are read by theirs."""
    hold = asyncio.Event()

    async def held(request: Request, connection: Connection) -> None:
        if request.method == "GET":
            await serving("slow")(request, connection)
            return
        await connection.begin()
        await connection.chunk("The ")
        await hold.wait()
        await connection.chunk("text.", "stop")
        await connection.line("[DONE]")

    held.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(held) as one, scripted_server(serving("quick")) as two:
        pool = pool_of(one, two, slots=1)
        slow, quick = await pool.models()
        waiting = asyncio.create_task(read(pool, 3, options=read_options(slow)))
        await until(lambda: bool(one.reads))
        found = ends(await read(pool, 3, options=read_options(quick)))
        hold.set()
        found |= ends(await waiting)
    assert {type(end) for end in found.values()} == {PageDone}
    assert (len(one.reads), len(two.reads)) == (3, 3)


async def test_pool_waits_not_for_ever_for_the_only_server_of_a_model() -> None:
    """Its pages fail after the limit, though a server of another model is there all the time."""
    begun = asyncio.Event()

    async def dying(request: Request, connection: Connection) -> None:
        if request.method == "GET":
            await serving("slow")(request, connection)
            return
        begun.set()
        await connection.begin()
        await connection.gone()

    dying.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(serving("quick")) as one:
        async with scripted_server(dying) as two:
            pool = pool_of(one, two, limit_s=0.1)
            quick, slow = await pool.models()
            waiting = asyncio.create_task(read(pool, 3, options=read_options(slow)))
            await begun.wait()
        lost = ends(await waiting)
        found = ends(await read(pool, 3, options=read_options(quick)))
    assert [type(end.error) for end in lost.values() if isinstance(end, PageFailed)] == [ServerGone] * 3
    assert {type(end) for end in found.values()} == {PageDone}


async def test_pool_closes_its_watches() -> None:
    """Nobody asks for a server's health after the end."""
    async with scripted_server(whole) as one:
        async with scripted_server(whole) as late:
            pass
        pool = pool_of(one, late)
        await pool.models()
        assert pool.members[1].outage.seconds is not None
        for member in pool.members:
            await member.outage.close()
        assert pool.members[1].outage.seconds is None
        assert "_poll" not in {task.get_coro().__name__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]


async def test_pool_waits_behind_a_proxy_that_knows_no_server() -> None:
    """In place of a server that has gone a proxy answers 404 to everything; no page fails of that."""
    gone, back = asyncio.Event(), asyncio.Event()

    async def proxied(request: Request, connection: Connection) -> None:
        if gone.is_set() and not back.is_set():
            await connection.respond(404, b"no such pod")
        elif request.method == "GET":
            await connection.respond(200, MODELS)
        else:
            await whole(request, connection)
            gone.set()

    proxied.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(proxied) as server:
        pool = pool_of(server, slots=1)
        reading = asyncio.create_task(read(pool, 8))
        await until(lambda: pool.members[0].outage.seconds is not None)
        back.set()
        found = ends(await reading)
    assert {(type(end), end.result.attempts) for end in found.values()} == {(PageDone, 1)}
