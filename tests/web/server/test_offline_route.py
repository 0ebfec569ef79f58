"""The service worker, as a browser fetches it; tests/browser/test_offline.py has what it does."""

from __future__ import annotations

import re

import pytest

from ocr.documents.renderer import Renderer
from ocr.web.server.offline_route import WORKER, offline_page
from tests.web.readers import ScriptedReader
from tests.web.serving import served


def test_offline_worker_is_the_same_for_everybody(renderer: Renderer) -> None:
    """Before anybody has logged in and after, on every start; a browser asks each time whether it has changed."""
    with served(ScriptedReader([["text"]]), renderer, auth=("ada", "lovelace")) as app, app.client() as http:
        before = http.get("/service-worker.js")
        assert http.post("/login", data={"username": "ada", "password": "lovelace"}).status_code == 200
        after = http.get("/service-worker.js")
    assert before.text == after.text == WORKER
    assert before.headers["content-type"].startswith("text/javascript")
    assert before.headers["cache-control"] == "no-cache"


def test_offline_page_needs_nothing_of_the_server() -> None:
    """It asks whether the server is there, and for nothing else; all addresses are relative to the page."""
    page = offline_page()
    assert re.findall(r'\b(?:src|href|action)="', page["markup"]) == []
    assert re.findall(r'fetch\("([^"]*)"', page["markup"]) == ["manifest.json"]


@pytest.mark.parametrize("directive", ["script-src", "style-src"])
def test_offline_page_runs_its_own_script_alone(directive: str) -> None:
    (sources,) = re.findall(rf"{directive} ([^;]*)", offline_page()["policy"])
    assert re.fullmatch(r"'sha256-[\w+/]+=*'", sources)
