"""Servers that do not agree: which of them reads what, and what is said of the others."""

from __future__ import annotations

import pytest

from ocr.config.profiles import Model, read_options
from ocr.engines.server_members import left_out
from ocr.errors import NotAnApi, UnknownModel, WrongKey
from ocr.events import PageDone, PageFailed
from tests.engines.test_server_pool import pool_of, read, serving
from tests.inference.scripted_server import Connection, Request, Script, scripted_server
from tests.pipeline.runs import ends

pytestmark = pytest.mark.anyio


def refusing(status: int, *, lists: bool = False) -> Script:
    """A server that refuses each page with this status, and its list of models too unless it `lists` them."""

    async def script(request: Request, connection: Connection) -> None:
        if request.path.endswith("/models") and lists:
            await connection.respond(200, {"data": [{"id": "ours"}]})
        elif request.path == "/health":
            await connection.respond(200)
        else:
            await connection.respond(status, b"<p>no</p>" if status == 200 else {"error": {"message": "no"}})

    script.serves_models = True  # type: ignore[attr-defined]
    return script


@pytest.mark.parametrize(("status", "why"), [(401, WrongKey), (200, NotAnApi)])
async def test_members_unfit_is_left_out(status: int, why: type[Exception]) -> None:
    """A wrong key, or no API behind an address, costs no page; it is told which server it is."""
    async with scripted_server(serving("ours")) as good, scripted_server(refusing(status)) as bad:
        pool = pool_of(good, bad)
        (model,) = await pool.models()
        found = ends(await read(pool, 10, options=read_options(model)))
        (told,) = left_out(pool.members, read_options(model))
    assert {type(end) for end in found.values()} == {PageDone}
    assert (len(good.reads), len(bad.reads)) == (10, 0)
    assert isinstance(pool.members[1].problem, why)
    assert bad.url in told


@pytest.mark.parametrize(("status", "most"), [(401, 10), (404, 10)])
async def test_members_unfit_in_mid_run(status: int, most: int) -> None:
    """A key that runs out, or a model that is there no longer: the pages go elsewhere."""
    lists = True

    async def turns(request: Request, connection: Connection) -> None:
        nonlocal lists
        if request.path.endswith("/models") and not lists and status == 404:
            await serving("other")(request, connection)
            return
        await refusing(status, lists=True)(request, connection)
        lists = False

    turns.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(serving("ours")) as good, scripted_server(turns) as bad:
        pool = pool_of(good, bad)
        (model,) = await pool.models()
        found = ends(await read(pool, 20, options=read_options(model)))
        again = ends(await read(pool, 5, options=read_options(model)))
    assert {(type(end), end.result.attempts) for end in (found | again).values()} == {(PageDone, 1)}
    assert 0 < len(bad.reads) <= most


async def test_members_none_has_the_model() -> None:
    """What is said names each server and what it has."""
    async with scripted_server(serving("one")) as first, scripted_server(serving("two")) as second:
        pool = pool_of(first, second)
        await pool.models()
        (end,) = ends(await read(pool, 1, options=read_options(Model("three")))).values()
    assert isinstance(end, PageFailed)
    assert isinstance(end.error, UnknownModel)
    said = str(end.error)
    assert all(word in said for word in ("three", first.url, "one", second.url, "two"))


async def test_members_of_other_weights_are_told() -> None:
    """The same name, made of something else."""
    async with scripted_server(serving("ours", "a/b")) as one, scripted_server(serving("ours", "c/d")) as two:
        pool = pool_of(one, two)
        (model,) = await pool.models()
        (told,) = left_out(pool.members, read_options(model))
    assert all(word in told for word in (two.url, "ours", "c/d", "a/b"))


async def test_members_that_do_not_say_agree() -> None:
    """A server that does not tell what its model is made of is taken at its word."""
    async with scripted_server(serving("ours", "a/b")) as one, scripted_server(serving("ours")) as two:
        pool = pool_of(one, two)
        (model,) = await pool.models()
        found = ends(await read(pool, 10, options=read_options(model)))
        assert left_out(pool.members, read_options(model)) == []
    assert {type(end) for end in found.values()} == {PageDone}
    assert one.reads
    assert two.reads


async def test_members_context_is_the_shortest() -> None:
    """A page that fits one server fits all of its model."""

    def of(tokens: int) -> Script:
        async def script(request: Request, connection: Connection) -> None:
            await connection.respond(200, {"data": [{"id": "ours", "root": "a/b", "max_model_len": tokens}]})

        script.serves_models = True  # type: ignore[attr-defined]
        return script

    async with scripted_server(of(16384)) as one, scripted_server(of(8192)) as two:
        (model,) = await pool_of(one, two).models()
    assert model == Model("ours", "a/b", 8192)


async def test_members_slots_are_the_pace() -> None:
    """A llama-server works on as many pages as it has slots, and would keep all others waiting without end."""
    reading, most = 0, 0

    async def llama(request: Request, connection: Connection) -> None:
        nonlocal reading, most
        if request.path.endswith("/models"):
            await connection.respond(200, {"data": [{"id": "ours", "owned_by": "llamacpp"}]})
        elif request.path == "/props":
            await connection.respond(200, {"total_slots": 2})
        else:
            reading += 1
            most = max(most, reading)
            await connection.stream("text")
            reading -= 1

    llama.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(llama) as server:
        pool = pool_of(server)
        (model,) = await pool.models()
        found = ends(await read(pool, 10, options=read_options(model)))
    assert {type(end) for end in found.values()} == {PageDone}
    assert (model.slots, pool.members[0].limiter.limit) == (2, 2)
    assert most <= 2
