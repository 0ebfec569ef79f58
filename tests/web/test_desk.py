"""What Gradio does with what our handlers say."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest

from ocr.documents.renderer import Renderer
from ocr.web import app as layout
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


def test_what_else_goes_out_is_gradios(renderer: Renderer) -> None:
    """The tabs' names are properties of Gradio's own components."""
    with served(ScriptedReader([["text"]]), renderer) as app:
        last = said_to(app, "tab", "_named", language="fr")[-1]
        assert last["output"]["data"][0]["label"] == "Texte"


def test_a_tab_that_listens_is_sent_its_messages(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tabs come after it that never fetch theirs: those are forgotten first."""
    monkeypatch.setattr(layout, "MAX_SESSIONS", 3)
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
        assert len(app.desk._queue.pending_messages_per_session) == 3
