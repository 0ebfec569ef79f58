"""Which of the page's two engines reads what, while the second one comes and goes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ocr.config.settings import Settings
from ocr.engines.llamacpp.llama_program import LLAMA_SERVER
from ocr.engines.local.server_state import ServerState
from ocr.engines.local.stages import Stage
from ocr.engines.offered_server import OfferedServer
from ocr.engines.select import Server
from ocr.errors import Unreachable
from ocr.web.actions.page_engines import PageEngine, PageEngines
from ocr.web.views.engine_status import EngineStatus
from tests.inference.scripted_server import Connection, Request, scripted_server
from tests.web.conftest import LIGHTON
from tests.web.readers import ScriptedReader

pytestmark = pytest.mark.anyio


def engines(url: str = "http://127.0.0.1:9/v1") -> tuple[PageEngines, SimpleNamespace]:
    """A page read by Tesseract, whose offered server is at a stage that the test sets: `local.state`."""
    launch = SimpleNamespace(program=LLAMA_SERVER, model="m")

    async def until_ready() -> None:
        pass

    local: Any = SimpleNamespace(state=ServerState(Stage.LOADING), launch=launch, until_ready=until_ready)
    offered = OfferedServer(Settings())
    offered.server = replace(LIGHTON, url=url, local=local)
    own = PageEngine(EngineStatus(Server(None, "", 2), public=False), ScriptedReader([[]], names=("tesseract",)))
    return PageEngines(own, offered), local


def test_engines_without_an_offer() -> None:
    """Everything is read by the page's own."""
    own = PageEngine(EngineStatus(LIGHTON, public=False), ScriptedReader([[]]))
    made = PageEngines(own)
    assert made.current is made.of("any") is made.of("tesseract") is own
    assert made.started is None


def test_engines_come_and_go() -> None:
    """The started one reads once it is ready, waits while it is restarted, and reads no more when it has failed."""
    made, local = engines()
    assert made.current is made.own
    local.state = ServerState(Stage.READY)
    started = made.started
    assert started
    assert made.current is made.of("lightonai/LightOnOCR-3-0.8B") is started
    assert made.of("tesseract") is made.own
    local.state = ServerState(Stage.RESTARTING, restarts=1)
    assert made.current is started
    assert not started.status.settled
    local.state = ServerState(Stage.FAILED)
    assert made.current is made.own


def test_engines_stop_at_once() -> None:
    """While it is being stopped no page is given to it."""
    made, local = engines()
    local.state = ServerState(Stage.READY)
    assert made.started
    assert made.offered
    made.offered.stopping = True
    assert made.current is made.own


async def test_engines_another_server_is_used() -> None:
    """It reads in place of both; Tesseract stays, and where the page's own was a server by URL that does not."""
    made, local = engines()
    local.state = ServerState(Stage.READY)
    made.use(replace(LIGHTON, url="http://127.0.0.1:9/v1"))
    assert made.current not in (made.own, made.started)
    assert made.of("tesseract") is made.own
    with pytest.raises(Unreachable):
        await made.models()
    made.use(None)
    assert made.current is made.started
    by_url = PageEngines(PageEngine(EngineStatus(LIGHTON, public=False), ScriptedReader([[]])))
    by_url.use(replace(LIGHTON, url="http://127.0.0.1:9/v1"))
    assert by_url.of("tesseract") is by_url.current is not by_url.own


async def test_engines_models() -> None:
    """Those of both, LightOnOCR's first; where it does not say, Tesseract is left."""

    async def nothing(request: Request, connection: Connection) -> None:
        raise AssertionError("no page is asked for")

    async with scripted_server(nothing) as server:
        made, local = engines(server.url)
        assert [model.id for model in await made.models()] == ["tesseract"]
        local.state = ServerState(Stage.READY)
        *models, last = [model.id for model in await made.models()]
        assert models
        assert last == "tesseract"
    assert [model.id for model in await made.models()] == ["tesseract"]
