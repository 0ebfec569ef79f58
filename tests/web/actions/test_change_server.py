"""Another server takes the place of the page's own, once it has shown that it can read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.web.actions.change_server import check_and_use
from ocr.web.actions.handlers import Handlers
from ocr.web.actions.runner import Runner
from ocr.web.state.checked_server import FAILED, OK
from ocr.web.state.session_store import Sessions
from ocr.web.views.screen import screen
from tests.inference.scripted_server import scripted_server
from tests.server_check.test_check_steps import serving, word_by_word
from tests.web.actions.test_handlers import VISITOR, event, handlers, screens
from tests.web.readers import ScriptedReader

pytestmark = pytest.mark.anyio


@pytest.fixture
def runner(sessions: Sessions, renderer: Renderer, three_pages: Path) -> Runner:
    runner = handlers(sessions, renderer, ScriptedReader([["text"]]), three_pages).runner
    status = replace(runner.engines.own.status, changeable=True)
    runner.engines.own = replace(runner.engines.own, status=status)
    return runner


async def test_change_server_checks_step_by_step(runner: Runner, sessions: Sessions) -> None:
    """Each finding shows as it is known; then the server reads, in all tabs, and its key is nowhere on the screen."""
    own = runner.engine
    async with scripted_server(serving(word_by_word, key="k3y")) as server:
        pressed = Handlers(runner).change_server(event(url=server.url, key="k3y"), VISITOR)
        shown = [one.masthead for one in await screens(pressed)]
        findings = [one["change"]["findings"] for one in shown if one["change"]]
        assert findings[-1][-1]["words"].startswith("the server can read pages")
        assert {finding["mark"] for finding in findings[-1]} == {OK}
        assert len({len(found) for found in findings}) > 1
        assert runner.engine is not own
        assert runner.engine.server.urls == (server.url,)
        assert shown[-1]["engine"].startswith("LightOnOCR-3-1B · 127.0.0.1:")
        assert (shown[-1]["change"]["used"], shown[-1]["sign"]) == (True, "ready")
        other = sessions.of("another tab")
        await runner.follow_engines(other)
    assert "k3y" not in str(screen(other, runner.engine)) + str(shown)


@pytest.mark.parametrize("address", ["{server}", "http://", "127.0.0.1:9", "http://user:k3y@127.0.0.1:9"])
async def test_change_server_keeps_the_old_one(runner: Runner, sessions: Sessions, address: str) -> None:
    """A wrong key, no address, nobody there: that is said, and pages are read where they were before."""
    session, own = sessions.of("a"), runner.engine
    async with scripted_server(serving(word_by_word, key="other")) as server:
        await check_and_use(runner, session, address.replace("{server}", server.url), "k3y")
    assert runner.engine is own
    assert session.checked_server
    assert not (session.checked_server.busy or session.checked_server.used)
    assert session.checked_server.findings[-1].mark == FAILED
    assert "k3y" not in str(session.checked_server)


@pytest.mark.parametrize(
    "shared", [{"host": "0.0.0.0"}, {"auth": ("me", "secret")}, {"allowed_hosts": ("ocr.example",)}]
)
async def test_change_server_is_for_this_computer(runner: Runner, sessions: Sessions, shared: dict[str, Any]) -> None:
    """Where others see the page nothing is asked of any address."""
    desk = Handlers(replace(runner, settings=Settings(**shared)))
    async with scripted_server(serving(word_by_word)) as server:
        await screens(desk.change_server(event(url=server.url, key=""), VISITOR))
        assert server.requests == []
    assert sessions.of("a").checked_server is None
