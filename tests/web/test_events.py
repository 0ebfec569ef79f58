"""Every event of the screen with anything that a client may send, through the real endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ocr.documents.renderer import Renderer
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

FIELDS = (
    "a", "auto_rotate", "b", "failed", "file", "files", "format", "headers", "key", "language", "layout",
    "longest_side", "max_tokens", "model", "number", "page", "pages", "password", "query", "suggested", "temperature",
    "top_p", "turn", "update",
)  # fmt: skip
"""All that our handlers look for."""
VALUES = (
    None, True, -1, 1.5, 10**400, "x\0", "\u00b2", "0-" + "9" * 17, "\ud800", [[]], {"key": []},
    [None, {"upload": [], "name": {}}],
)  # fmt: skip
FIELDLESS = (None, 5, ["key"])
"""In place of an object of fields."""

JSON = {"content-type": "application/json"}


@pytest.fixture
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([["text"]]), renderer) as app:
        yield app


def events(app: Served) -> list[int]:
    """An event of the screen for each handler that hears what it says."""
    heard = {fn.fn.__qualname__: number for number, fn in app.desk.fns.items() if fn.collects_event_data and fn.fn}
    return list(heard.values())


def ended(http: httpx.Client, posted: dict[str, Any]) -> dict[str, str]:
    """Event ID → the error it ended with, for each that did."""
    failed: dict[str, str] = {}
    waiting = set(posted)
    with http.stream("GET", "/gradio_api/queue/data?session_hash=anybody") as stream:
        for line in stream.iter_lines():
            message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            if message.get("msg") == "process_completed":
                waiting.discard(message["event_id"])
                if not message["success"]:
                    failed[message["event_id"]] = posted[message["event_id"]]
            if not waiting:
                break
    return failed


def test_events_bear_anything(app: Served, three_pages: Path) -> None:
    """Whatever stands in an event's fields, or in their place, its handler ends as it does for a press."""
    said = [dict.fromkeys(FIELDS, value) for value in VALUES] + list(FIELDLESS)
    with app.client() as http:
        with three_pages.open("rb") as file:
            path = http.post("/gradio_api/upload", files={"files": ("three.pdf", file)}).json()[0]
        wired = events(app)
        assert len(wired) > 12
        posted: dict[str, Any] = {}
        for value in [{"files": [{"upload": path, "name": "three.pdf"}]}, *said]:
            for event in wired:
                body = {"data": [], "fn_index": event, "session_hash": "anybody", "event_data": value, "trigger_id": 1}
                answer = http.post("/gradio_api/queue/join", content=json.dumps(body), headers=JSON)
                assert answer.status_code == 200, answer.text
                posted[answer.json()["event_id"]] = (event, repr(value)[:60])
        assert ended(http, posted) == {}
