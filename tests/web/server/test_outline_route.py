"""The headings of a document, over HTTP: for who has the session's key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from ocr.documents.renderer import Renderer
from ocr.events import PageDone
from ocr.types import Document, PageId, TextBlock
from tests.web.conftest import result
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([["text"]]), renderer) as app:
        yield app


@pytest.fixture(scope="module")
def asked(app: Served) -> dict[str, Any]:
    """A request for the outline of a document of two pages, the second of which has a heading."""
    session = app.session("a")
    document = Document(Path("/nowhere.pdf"), "a.pdf", "application/pdf", 2, "0" * 64)
    session.add_pages(session.add("a.pdf", Path("/nowhere.pdf")), document)
    heading = replace(result(), markdown="words\n\n## Straße", blocks=(TextBlock("words"), TextBlock("## Straße")))
    session.apply(PageDone(PageId(0, 2), heading))
    return {"key": session.key, "document": 0, "revision": 0}


@pytest.fixture
def http(app: Served) -> Iterator[httpx.Client]:
    with app.client() as http:
        yield http


def test_outline_route_sends_what_is_new(http: httpx.Client, asked: dict[str, Any]) -> None:
    answer = http.post("/outline", json=asked)
    assert answer.json()["pages"] == [[2, [[2, 1, "Straße"]]]]
    assert answer.headers["cache-control"] == "no-store"
    latest = answer.json()["revision"]
    assert http.post("/outline", json={**asked, "revision": latest}).json() == {"revision": latest, "pages": []}
    assert http.post("/outline", json={**asked, "document": 7}).json() == {"revision": 0, "pages": []}


@pytest.mark.parametrize("changed", [{"key": "another"}, {"key": None}, {"document": "0"}, {"revision": None}])
def test_outline_route_of_nothing(http: httpx.Client, asked: dict[str, Any], changed: dict[str, Any]) -> None:
    assert http.post("/outline", json={**asked, **changed}).status_code == 404
