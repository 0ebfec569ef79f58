"""What Gradio does with what our handlers say, and what it keeps of tabs that are gone."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from copy import deepcopy
from typing import Any

import httpx
import pytest
from gradio.utils import diff

from ocr.documents.renderer import Renderer
from ocr.web import gradio_blocks, page_layout
from ocr.web.gradio_blocks import correct_deletions
from tests.web.readers import ScriptedReader, Turn
from tests.web.serving import Served, received, served


def said_to(app: Served, tab: str, handler: str, **event: Any) -> list[dict[str, Any]]:
    """All that comes of one event, as the browser gets it."""
    with app.client() as http:
        app.event(http, tab, handler, **event).raise_for_status()
        messages = received(http, tab)
    return [message for message in messages if message["msg"] in ("process_generating", "process_completed")]


def test_an_update_makes_no_component_anew(renderer: Renderer) -> None:
    """A tab that has been sent its screen has the components of everybody, and no copy of the values."""
    with served(ScriptedReader([["text"]]), renderer) as app:
        first, *_ = said_to(app, "tab", "arrive", language="en")
        state = app.desk.state_holder["tab"]
        parts = app.desk.fns[app.number_of("arrive")].outputs
        assert all(state[part._id] is part for part in parts)
        assert len(first["output"]["data"]) == len(parts)
        key = first["output"]["data"][1][0]["key"]
        assert key and key not in json.dumps([state.config_values[part._id]["props"].get("value") for part in parts])


def test_the_last_update_changes_nothing(renderer: Renderer) -> None:
    """Gradio repeats a handler's last update when it ends; a value in it would come late, over a newer one."""
    with served(ScriptedReader([["text"]]), renderer) as app:
        last = said_to(app, "tab", "arrive", language="en")[-1]
        assert last["msg"] == "process_completed"
        assert all(update == {"__type__": "update"} for update in last["output"]["data"])


def test_a_tab_that_listens_is_sent_its_messages(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tabs come after it that never fetch theirs: those are forgotten first."""
    monkeypatch.setattr(page_layout, "MAX_SESSIONS", 3)
    words, strange = [f"w{number}w" for number in range(6)], threading.Semaphore(0)

    async def stranger() -> None:
        await asyncio.to_thread(strange.acquire, timeout=60)

    turns: list[Turn] = [turn for word in words for turn in (stranger, f"{word} ")]
    with served(ScriptedReader([turns]), renderer) as app, app.client() as http:
        said_to(app, "visitor", "sample", file="receipt.jpg")
        app.event(http, "visitor", "read").raise_for_status()
        with http.stream("GET", "/gradio_api/queue/data?session_hash=visitor") as stream:
            lines = stream.iter_lines()
            for word in words:
                app.event(http, f"stranger {word}").raise_for_status()
                strange.release()
                assert any(word in line for line in lines)
        assert len(app.desk._queue.pending_messages_per_session) in (2, 3)  # the lower where the run has ended by now


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
    monkeypatch.setattr(gradio_blocks, "FORGET_DELAY_S", 0.0)
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
        app.desk.forget_tab("tab")
        assert "tab" in records(app)


PAGES = [{"paragraphs": ["a", "b", "c", "d"], "note": ""}, {"paragraphs": ["e", "f", "g"], "note": "x"}]
CHANGES = [
    pytest.param([1, 2, 3, 4, 5], [1], id="list"),
    pytest.param([{"regions": [1, 2, 3, 4, 5]}], [{"regions": []}], id="emptied list in a list"),
    pytest.param([{"regions": [1, 2, 3, 4, 5]}], [{"regions": [9, 2]}], id="shorter list in a list"),
    pytest.param(
        [{"pages": PAGES}],
        [{"pages": [{"paragraphs": ["a"], "note": "y"}, {"paragraphs": [], "note": "x"}]}],
        id="lists side by side",
    ),
    pytest.param([{"pages": [*PAGES, *PAGES]}], [{"pages": [{"paragraphs": ["e"]}]}], id="lists in a shorter list"),
    pytest.param([{"regions": [1, 2]}], [{"regions": [1, 2, 3, 4]}], id="longer list"),
    pytest.param([{"tokens": {"1": 25, "2": 50}}], [{"tokens": {}}], id="dict"),
]


def applied(value: Any, edits: list[Any]) -> Any:
    """Apply edits as Gradio's browser does: each to what the one before has left."""
    for operation, path, new in edits:
        *way, last = path
        target = value
        for step in way:
            target = target[step]
        if operation == "delete":
            target.pop(last)
        elif operation == "add" and isinstance(target, list):
            target.insert(last, new)
        else:
            target[last] = target[last] + new if operation == "append" else new
    return value


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_edits_lead_to_the_new_value(old: Any, new: Any) -> None:
    edits = diff(old, new)
    correct_deletions(edits, new)
    assert applied(deepcopy(old), edits) == new
