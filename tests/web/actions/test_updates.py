"""What an event sends to a tab, through the real endpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ocr.documents.renderer import Renderer
from ocr.web.views.screen import Screen
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader, Turn
from tests.web.serving import Served, received, served

UNCHANGED = {"__type__": "update"}


def told(app: Served, handler: str, **event: Any) -> dict[str, Any]:
    """The first update that an event brings to the tab, by component."""
    return updates(app, handler, **event)[0]


def updates(app: Served, handler: str, **event: Any) -> list[dict[str, Any]]:
    """All updates that an event brings, by component; what an earlier one has brought is told as edits of that."""
    with app.client() as http:
        app.event(http, "tab", handler, **event).raise_for_status()
        messages = [message for message in received(http, "tab") if message["msg"] == "process_generating"]
    return [dict(zip(Screen._fields, message["output"]["data"], strict=True)) for message in messages]


def add(app: Served, path: Path) -> None:
    """Have the tab come and add a file."""
    told(app, "arrive", language="en")
    with app.client() as http, path.open("rb") as file:
        upload = http.post("/gradio_api/upload", files={"files": (path.name, file)}).json()[0]
    told(app, "add", files=[{"upload": upload, "name": path.name}])


def test_another_page_sends_no_text_of_the_document(renderer: Renderer, tmp_path: Path) -> None:
    """Nor anything else that the tab has; a tab that may not have it is sent everything."""
    path = pdf(tmp_path / "book.pdf", *[text_page(number) for number in range(1, 6)])
    script: list[list[Turn]] = [["and burns through the night. " * 400]] * 5
    with served(ScriptedReader(script), renderer) as app:
        add(app, path)
        told(app, "read")
        opened, neighbours = updates(app, "show_document")[:2]
        assert len(opened["document_text"][0]["pages"]) == 3
        assert "burns" not in json.dumps(opened["document_text"][0]["pages"][1])
        assert "burns" in json.dumps(neighbours["document_text"])
        ((_, _, latest),) = neighbours["view_bar"]
        turned = told(app, "choose_page", page="0-3", update=latest)
        assert turned["viewer"][0]["number"] == 3
        assert "burns" in json.dumps(turned["text"])
        assert turned["document_text"] == turned["documents"] == turned["strip"] == turned["models"] == UNCHANGED
        told(app, "choose_page", page="0-5")  # the text begins with the page before
        moved = told(app, "show_document")
        assert [one["page"] for one in moved["document_text"][0]["pages"]] == ["0-4", "0-5"]
        turned = told(app, "choose_page", page="0-4", update=moved["view_bar"][0]["update"])
        assert turned["document_text"] == UNCHANGED
        again = told(app, "choose_page", page="0-4", update=turned["view_bar"][0]["update"])
        assert all(value == UNCHANGED for value in again.values())
        assert UNCHANGED not in told(app, "choose_page", page="0-1").values()


def test_what_a_run_has_brought_last_is_not_sent_again(renderer: Renderer, tmp_path: Path) -> None:
    """The updates of a run repeat the number of its first; those after its end have others."""
    path = pdf(tmp_path / "two.pdf", *[text_page(number) for number in (1, 2)])
    with served(ScriptedReader([["and burns ", "through the night."]]), renderer) as app:
        add(app, path)
        run = updates(app, "read")
        numbers = [edit[2] for update in run[1:] for edit in update["view_bar"] if edit[1] == [0, "update"]]
        first = run[0]["view_bar"][0]["update"]
        assert first < numbers[-1]
        turned = told(app, "choose_page", page="0-2", update=numbers[-1])
        assert turned["documents"] == turned["strip"] == UNCHANGED
        assert turned["viewer"][0]["number"] == 2
        turned = told(app, "choose_page", page="0-1", update=first)
        assert UNCHANGED not in (turned["documents"], turned["strip"])
