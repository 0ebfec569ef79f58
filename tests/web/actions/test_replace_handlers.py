"""The events of finding and replacing, as the browser sends them."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ocr.documents.renderer import Renderer
from ocr.web.actions.replace_handlers import ReplaceHandlers
from ocr.web.state.session_store import Sessions
from ocr.workers.worker_process import WorkerProcess
from tests.web.actions.test_handlers import VISITOR, event, handlers, screen_after
from tests.web.readers import ScriptedReader

pytestmark = pytest.mark.anyio
WANTED = {"page": "0-1", "find": "tho", "text": "the"}


@pytest.fixture
async def replacing(sessions: Sessions, renderer: Renderer, three_pages: Path) -> ReplaceHandlers:
    """The handlers of a document whose first page was read."""
    page = handlers(sessions, renderer, ScriptedReader([["tho lamp"]]), three_pages)
    await screen_after(page.add(event(files=[{"upload": str(three_pages), "name": "three.pdf"}]), VISITOR))
    await screen_after(page.arrive(event(), VISITOR))
    await screen_after(page.read_page(event(page="0-1"), VISITOR))
    return ReplaceHandlers(page.runner)


async def test_places_are_listed_and_replaced(replacing: ReplaceHandlers) -> None:
    """By the version that was listed; when the text has changed meanwhile nothing is."""
    listed = (await screen_after(replacing.look_for(event(ask="1", **WANTED), VISITOR))).text["replace"]
    assert (listed["key"], listed["hits"]) == ("1", '[[1, "", "tho", "the", " lamp"]]')
    wanted: dict[str, Any] = {**WANTED, "version": listed["version"]}
    done = await screen_after(replacing.replace_all(event(ask="2", **wanted), VISITOR))
    assert (done.raw["text"], done.text["sources"]) == ("tho lamp", ["the lamp"])
    late = (await screen_after(replacing.replace_all(event(ask="3", **wanted), VISITOR))).text["replace"]
    assert (late["key"], bool(late["problem"])) == ("3", True)


@pytest.mark.parametrize("next_press", ["look_for", "replace_all"])
async def test_what_is_pressed_next_ends_a_search(
    replacing: ReplaceHandlers, next_press: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process is ended, and what is shown is of the latest press."""
    loop, searching = asyncio.get_running_loop(), asyncio.Event()
    processes: list[subprocess.Popen[bytes]] = []

    def start(self: WorkerProcess) -> subprocess.Popen[bytes]:
        processes.append(started(self))
        loop.call_soon_threadsafe(searching.set)
        return processes[-1]

    started = WorkerProcess.start
    monkeypatch.setattr(WorkerProcess, "start", start)
    endless = {**WANTED, "find": "(?:a{9999}){9999}", "regex": True}
    older = asyncio.create_task(screen_after(replacing.look_for(event(ask="1", **endless), VISITOR)))
    await searching.wait()
    await screen_after(getattr(replacing, next_press)(event(ask="2", **WANTED), VISITOR))
    await older
    assert replacing.runner.sessions.of(VISITOR.session_hash or "").replacing.key == "2"
    assert processes[0].poll() is not None


@pytest.mark.parametrize("said", [{}, {**WANTED, "without": 7, "regex": "yes"}, {**WANTED, "find": None}])
async def test_places_of_anything(replacing: ReplaceHandlers, said: dict[str, Any]) -> None:
    """Nothing that a browser may send changes the text."""
    for handler in (replacing.look_for, replacing.replace_all):
        assert (await screen_after(handler(event(**said), VISITOR))).text["sources"] == ["tho lamp"]
