"""A llama-server that is started and stopped from the page: once, with the program's end, and what fails is said."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from ocr.config.settings import Settings
from ocr.engines import offered_server as module
from ocr.engines.llamacpp import fetch_weights
from ocr.engines.llamacpp.llama_command import DEFAULT_MODEL, REPOSITORIES
from ocr.engines.local.stages import Stage
from ocr.engines.local.supervisor import LocalServer
from ocr.engines.local_offer import local_offer
from ocr.engines.offered_server import FEWER_PIXELS, OfferedServer, offered_server
from ocr.engines.select import Server
from ocr.errors import EngineFailed, NoLlamaServer
from ocr.pipeline.concurrency import AdaptiveLimiter
from tests.web.conftest import LIGHTON
from tests.web.waiting import until

pytestmark = pytest.mark.anyio
STUB = f"{sys.executable} {Path(__file__).parent / 'local' / 'stub_vllm.py'} serve"
CPU = Server(None, "", 2)


@pytest.fixture(autouse=True)
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The offered model's files lie here; nothing is downloaded."""
    for name in ("m.gguf", "mmproj.gguf"):
        (tmp_path / name).touch()
    monkeypatch.setitem(REPOSITORIES, DEFAULT_MODEL, str(tmp_path))
    monkeypatch.setattr(fetch_weights, "in_cache", lambda _: None)


@pytest.fixture
async def offered(request: pytest.FixtureRequest) -> AsyncIterator[OfferedServer]:
    """One whose program does what the test's parameter names, see the stub."""
    with OfferedServer(Settings(llama_command=f"{STUB} {request.param}", concurrency=5)) as offered:
        yield offered


def processes(offered: OfferedServer) -> list[psutil.Process]:
    """The guard and all below it."""
    assert offered.server
    assert offered.server.local
    assert offered.server.local.guard_pid
    guard = psutil.Process(offered.server.local.guard_pid)
    return [guard, *guard.children(recursive=True)]


@pytest.mark.parametrize("offered", ["ready"], indirect=True)
async def test_offered_start_and_stop(offered: OfferedServer) -> None:
    """Two presses start one server, with its own pace and not the CPU engine's; a stop leaves no process."""
    assert (offered.active, offered.settled, offered.state) == (False, True, None)
    offered.start()
    offered.start()
    assert (offered.active, offered.settled) == (True, False)
    await until(lambda: offered.settled)
    assert offered.ready
    assert offered.server
    assert isinstance(offered.server.concurrency, AdaptiveLimiter)
    assert offered.server.concurrency.limit == 1
    started, server = processes(offered), offered.server
    offered.start()
    assert (offered.settled, offered.server) == (True, server)
    offered.stop()
    assert not offered.active
    await until(lambda: offered.settled)
    assert (offered.server, offered.ready) == (None, False)
    assert psutil.wait_procs(started, timeout=20)[1] == []


@pytest.mark.parametrize("offered", ["ready"], indirect=True)
async def test_offered_fewer_pixels(offered: OfferedServer) -> None:
    """The choice is an argument of the program, before the user's own."""
    offered.start(fewer_pixels=True)
    await until(lambda: offered.settled)
    assert offered.server
    assert offered.server.local
    assert " ".join(FEWER_PIXELS) in " ".join(offered.server.local.launch.command)


@pytest.mark.parametrize("offered", ["silent"], indirect=True)
async def test_offered_stop_while_it_starts(offered: OfferedServer) -> None:
    """It need not be ready to be stopped, and can be started again."""
    offered.start()
    await until(lambda: offered.state is not None and offered.server is not None)
    await until(lambda: bool(offered.server and offered.server.local and offered.server.local.guard_pid))
    started = processes(offered)
    offered.stop()
    await until(lambda: offered.settled)
    assert psutil.wait_procs(started, timeout=20)[1] == []
    offered.start()
    assert offered.active


@pytest.mark.parametrize("offered", ["dies"], indirect=True)
async def test_offered_death(offered: OfferedServer) -> None:
    """A start that fails keeps its reason, and the next press starts anew."""
    offered.start()
    await until(lambda: offered.settled)
    assert offered.state
    assert offered.state.stage is Stage.FAILED
    assert offered.state.problem
    before = offered.server
    assert not offered.active
    offered.start()
    await until(lambda: offered.settled)
    assert offered.server is not before


async def test_offered_no_program(tmp_path: Path) -> None:
    """A program that is gone since it was offered is a reason like any other."""
    with OfferedServer(Settings(llama_command=str(tmp_path / "nowhere"))) as offered:
        offered.start()
        await until(lambda: offered.settled)
        assert isinstance(offered.problem, NoLlamaServer)
        assert offered.server is None


async def test_offered_system_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system does not allow is a reason as well."""

    def refused(*_: object) -> LocalServer:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(LocalServer, "__enter__", refused)
    with OfferedServer(Settings(llama_command="/bin/true")) as offered:
        offered.start()
        await until(lambda: offered.settled)
        assert type(offered.problem) is EngineFailed
        assert os.strerror(errno.EAGAIN) in offered.problem.message
        assert offered.server is None


async def test_offered_ends_with_the_program() -> None:
    """The end of the block ends the server, and none is started afterwards."""
    with OfferedServer(Settings(llama_command=f"{STUB} ready")) as offered:
        offered.start()
        await until(lambda: offered.settled)
        started = processes(offered)
    assert psutil.wait_procs(started, timeout=20)[1] == []
    offered.start()
    await until(lambda: offered.settled)
    assert offered.server is None


@pytest.mark.parametrize("offered", ["ready"], indirect=True)
async def test_offered_ticks(offered: OfferedServer) -> None:
    """Who follows hears of it until it is ready; where nothing goes on there is nothing to hear."""
    assert [tick async for tick in offered.ticks()] == []
    offered.start()
    assert len([tick async for tick in offered.ticks()]) >= 1
    assert offered.ready


async def test_offered_cost_is_found_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """And anew after a stop, when the model may be there."""
    asked: list[Settings] = []
    monkeypatch.setattr(module, "local_offer", lambda settings: (asked.append(settings), local_offer(settings))[1])
    with OfferedServer(Settings(llama_command=f"{STUB} ready")) as offered:
        await offered.look()
        await offered.look()
        assert offered.offer
        assert len(asked) == 1
        offered.start()
        await until(lambda: offered.settled)
        offered.stop()
        await until(lambda: offered.settled)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("settings", "server", "offers"),
    [
        (Settings(), CPU, True),
        (Settings(host="0.0.0.0"), CPU, False),
        (Settings(local="no"), CPU, False),
        (Settings(), LIGHTON, False),
    ],
    ids=["own page", "public", "never", "by URL"],
)
def test_offered_or_not(settings: Settings, server: Server, offers: bool) -> None:
    """Beside the CPU engine of the user's own page."""
    with offered_server(settings, server) as offered:
        assert (offered is not None) is offers
