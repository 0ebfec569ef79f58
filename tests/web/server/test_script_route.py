"""The script of the page's components, as a browser fetches it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from ocr.documents.renderer import Renderer
from ocr.web.components import SCRIPT, SCRIPT_URL
from tests.web.readers import ScriptedReader
from tests.web.serving import served


@pytest.fixture(scope="module")
def http(renderer: Renderer) -> Iterator[httpx.Client]:
    with served(ScriptedReader([["text"]]), renderer, auth=("ada", "lovelace")) as app, app.client() as http:
        yield http


def test_script_is_served_to_keep(http: httpx.Client) -> None:
    """Before anybody has logged in too: it holds nothing of a visitor."""
    answer = http.get(f"/{SCRIPT_URL}")
    assert answer.content == SCRIPT
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("path", ["0123456789abcdef.js", "", "../components.py", "strip/strip.js"])
def test_script_of_another_version_and_other_files_are_not_served(http: httpx.Client, path: str) -> None:
    """A page of an older version never gets a newer script under the old address."""
    assert http.get(f"/scripts/{path}").status_code == 404


def test_script_is_fetched_while_gradio_starts(renderer: Renderer) -> None:
    with served(ScriptedReader([["text"]]), renderer) as app, app.client() as http:
        answer = http.get("/")
    head = answer.text.partition("</head>")[0]
    assert f'<link rel="modulepreload" href="{SCRIPT_URL}">' in head
