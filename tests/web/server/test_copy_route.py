"""Texts for the clipboard, over HTTP: for who has the session's key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ocr.documents.renderer import Renderer
from ocr.events import PageDone
from ocr.types import Document, PageId
from tests.web.conftest import result
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([["text"]]), renderer) as app:
        yield app


@pytest.fixture(scope="module")
def asked(app: Served) -> dict[str, Any]:
    """A request for a page that has been read, of a document of two."""
    session = app.session("a")
    document = Document(Path("/nowhere.pdf"), "a.pdf", "application/pdf", 2, "0" * 64)
    session.add_pages(session.add("a.pdf", Path("/nowhere.pdf")), document)
    session.apply(PageDone(PageId(0, 2), result()))
    return {"key": session.key, "page": "0-2", "form": "rich", "whole": False}


@pytest.fixture
def http(app: Served) -> Iterator[httpx.Client]:
    with app.client() as http:
        yield http


def test_copy_route_page_and_document(http: httpx.Client, asked: dict[str, Any]) -> None:
    answer = http.post("/copy", json=asked)
    assert answer.json()["texts"] == {"text/html": "<p>Text</p>\n", "text/plain": "Text\n"}
    assert answer.headers["cache-control"] == "no-store"
    whole = http.post("/copy", json={**asked, "whole": True}).json()
    assert whole["texts"]["text/plain"] == "> Page 1 was not read.\n\nText\n"


@pytest.mark.parametrize(
    "changed", [{"key": "another"}, {"key": None}, {"page": "0-3"}, {"page": "x"}, {"form": "pdf"}, {"key": ["a"]}]
)
def test_copy_route_of_nothing(http: httpx.Client, asked: dict[str, Any], changed: dict[str, Any]) -> None:
    assert http.post("/copy", json={**asked, **changed}).status_code == 404
