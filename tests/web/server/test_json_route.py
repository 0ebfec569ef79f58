"""What the routes to which scripts post JSON have in common."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ocr.documents.renderer import Renderer
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

PATHS = ["/copy", "/outline"]


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([["text"]]), renderer) as app:
        yield app


@pytest.mark.parametrize("path", PATHS)
def test_json_route_refuses_what_it_does_not_understand(app: Served, path: str) -> None:
    with app.client() as http:
        assert http.post(path, json={}).status_code == 404
        assert http.post(path, content=b"{").status_code == 400
        assert http.post(path, json=7).status_code == 400
        assert http.post(path, content="[" * 16_000).status_code == 400
        assert http.get(path).status_code == 404
        foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert http.post(path, json={}, headers=foreign).status_code == 403


def test_json_route_asks_who_one_is(renderer: Renderer) -> None:
    with served(ScriptedReader([["text"]]), renderer, auth=("ada", "lovelace")) as app, app.client() as http:
        assert [http.post(path, json={}).status_code for path in PATHS] == [401, 401]
