from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path

import httpx
import pytest

from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.errors import UsageError
from ocr.export.child_processes import killable, killing_children
from ocr.web.components import STATIC, asset
from ocr.web.page_layout import build
from ocr.web.serve_page import HEAD_STYLES, STYLES, gradio_options, launch, log_startup
from tests.web.conftest import LIGHTON
from tests.web.readers import ScriptedReader
from tests.web.serving import served
from tests.web.starting import gate


def test_serve_page_serves_on_loopback_alone(renderer: Renderer) -> None:
    """Unless told otherwise nobody but this machine reaches the page, and nothing is shared or sent home."""
    with served(ScriptedReader([[]]), renderer) as app:
        assert app.url.startswith("http://127.0.0.1:")
        told = gradio_options(app.desk, Settings(port=1))
        assert (told["run_history"], app.desk.share, app.desk.analytics_enabled) == (False, False, False)
        port = httpx.URL(app.url).port
        with socket.create_server(("127.0.0.2", 0)) as other:  # another address of this machine: nobody listens there
            address = other.getsockname()[0]
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://{address}:{port}/", trust_env=False)


def test_serve_page_ends_gradio_in_its_own_thread(renderer: Renderer) -> None:
    """Gradio sets an event of the server's loop, whose waiters another thread must not go through."""
    threads: list[str] = []
    with served(ScriptedReader([[]]), renderer) as app:
        close = app.desk.close

        def noted(**options: bool) -> None:
            threads.append(threading.current_thread().name)
            close(**options)

        app.desk.close = noted  # type: ignore[method-assign]
    assert threads == ["web server"]
    assert not app.desk.is_running


def test_serve_page_waits_for_no_download(renderer: Renderer) -> None:
    """At Ctrl-C processes that make a visitor's file are killed: threads that wait for them would hold the exit."""
    killed: list[str] = []
    making = killable(lambda: killed.append("making a file"))
    chosen = Settings(port=0)

    def interrupted() -> None:
        making.__enter__()  # as a thread does, which leaves the block when its process is dead
        raise KeyboardInterrupt

    async def serve() -> None:  # without a running loop Gradio makes one, and never closes it
        launch(chosen, ScriptedReader([[]]), renderer, LIGHTON, None, interrupted)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(serve())
    making.__exit__(None, None, None)
    assert killed == ["making a file"]
    with killing_children():
        pass


def test_serve_page_every_style_is_served() -> None:
    """A file of styles that nobody names would change nothing."""
    assert sorted((*STYLES, *HEAD_STYLES, "offline")) == sorted(path.stem for path in STATIC.rglob("*.css"))


def test_serve_page_port_taken(renderer: Renderer) -> None:
    """It says which port, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError) as caught:
        port = taken.getsockname()[1]
        with served(ScriptedReader([[]]), renderer, port=port):
            pass
    assert str(port) in caught.value.message
    assert "--port" in caught.value.next_step


def test_serve_page_terminal_is_told_of_the_start(tmp_path: Path) -> None:
    """Stages and, at a death, the reason; an end that was asked for is no news."""
    written: list[str] = []
    with gate(tmp_path) as held:
        held.break_it()
        held.open()
        log_startup(held.server, written.append)
    assert "memory" in written[-1]
    log_startup(LIGHTON, written.append)
    written.clear()
    log_startup(held.server, written.append)
    assert "".join(written) == ""


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.html")), ids=lambda path: path.stem)
def test_components_no_template_mentions_a_value(path: object) -> None:
    """Gradio runs what a template yields as a script's template string: a value in it would be code."""
    skeleton = asset(getattr(path, "name", ""))
    assert not any(sign in skeleton for sign in ("{{", "${", "`", "\\"))


@pytest.mark.anyio
async def test_layout_every_event_is_private(renderer: Renderer) -> None:
    """No handler is an endpoint for programs, and none makes another visitor wait."""
    desk = build(Settings(), ScriptedReader([[]]), renderer, LIGHTON)
    desk.sessions.close()
    events = [function for function in desk.fns.values() if function.targets and function.targets[0][1] != "unload"]
    assert len(events) > 30, "the page's events were not found"
    assert {event.api_visibility for event in events} == {"private"}
    assert {event.concurrency_limit for event in events} <= {None, "default"}
    assert desk._queue.default_concurrency_limit is None


@pytest.mark.anyio
@pytest.mark.parametrize(("host", "named"), [("127.0.0.1", True), ("0.0.0.0", False)])
async def test_layout_strangers_alone_are_not_told_the_server(renderer: Renderer, host: str, named: bool) -> None:
    """On one's own machine nothing is hidden."""
    desk = build(Settings(host=host), ScriptedReader([[]]), renderer, LIGHTON)
    desk.sessions.close()
    (masthead,) = (block for block in desk.blocks.values() if block.elem_id == "pl-masthead")
    assert ("gpu.example" in str(masthead.get_config()["value"])) is named
