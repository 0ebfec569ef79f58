"""What Gradio keeps of tabs that are gone."""

from __future__ import annotations

import time

import httpx
import pytest

from ocr.documents.renderer import Renderer
from ocr.web import gradio_tabs
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, received, served

DEADLINE_S = 60.0


def open_and_close(app: Served, tab: str) -> None:
    """A tab that says hello, sees its screen and is closed, which the app has seen."""
    with app.client() as http, http.stream("GET", f"/gradio_api/heartbeat/{tab}") as heartbeat:
        beats = heartbeat.iter_lines()  # as long as it is held, the connection stays
        next(beats)
        app.event(http, tab).raise_for_status()
        assert any(message["msg"] == "process_completed" for message in received(http, tab))
        assert tab in app.desk.state_holder.session_data
        assert tab in app.desk.sessions
    deadline = time.monotonic() + DEADLINE_S
    while tab in app.desk.sessions and time.monotonic() < deadline:
        httpx.get(f"{app.url}gradio_api/app_id", trust_env=False, timeout=DEADLINE_S)
    assert tab not in app.desk.sessions


def records(app: Served) -> set[str]:
    """The tabs that Gradio has anything of."""
    desk = app.desk
    queue = desk._queue
    return {
        *desk.state_holder.session_data, *desk.state_holder.time_last_used, *queue.pending_messages_per_session,
        *queue.pending_event_ids_session, *desk.pending_diff_streams,
    }  # fmt: skip


def test_tabs_that_are_gone_leave_nothing(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A while after a tab was closed Gradio has no record of it, which would hold the last screen it was sent."""
    monkeypatch.setattr(gradio_tabs, "FORGET_DELAY_S", 0.0)
    with served(ScriptedReader([["text"]]), renderer) as app:
        for tab in ("first", "second"):
            open_and_close(app, tab)
        deadline = time.monotonic() + DEADLINE_S
        while {"first", "second"} & records(app) and time.monotonic() < deadline:
            httpx.get(f"{app.url}gradio_api/app_id", trust_env=False, timeout=DEADLINE_S)
        assert not {"first", "second"} & records(app)


def test_tabs_that_come_back_are_not_forgotten(renderer: Renderer) -> None:
    """A network that blinks ends the connection, not the tab."""
    with served(ScriptedReader([["text"]]), renderer) as app:
        open_and_close(app, "tab")
        assert "tab" in records(app)
        app.session("tab")
        gradio_tabs.Tabs(app.desk)._forget("tab")
        assert "tab" in records(app)
