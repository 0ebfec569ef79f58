"""Gradio's own routes, held against what is open here: an update of Gradio opens none unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from ocr.documents.renderer import Renderer
from ocr.web.server.routes import is_open
from tests.web.readers import ScriptedReader
from tests.web.serving import served

OPEN = """
GET /  GET /assets/{path:path}  GET /config  GET /config/  GET /favicon.ico  GET /gradio_api/app_id
GET /gradio_api/app_id/  GET /gradio_api/heartbeat/{session_hash}  GET /gradio_api/info  GET /gradio_api/info/
GET /gradio_api/queue/data  GET /logout  GET /manifest.json  GET /robots.txt
GET /static/{path:path}  GET /theme.css
HEAD /
POST /gradio_api/cancel  POST /gradio_api/queue/join  POST /gradio_api/reset  POST /gradio_api/reset/
POST /gradio_api/upload  POST /login  POST /login/
"""
FILES = "/gradio_api/file={path_or_url:path}"
"""Open for the sessions' public folder alone (test_middleware.py)."""


@pytest.fixture(scope="module")
def routes(renderer: Renderer) -> Iterator[list[tuple[str, str]]]:
    with served(ScriptedReader([["text"]]), renderer) as app:
        yield sorted(set(_of(app.desk.app.routes)))


def _of(routes: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Method and path of each route, those of routers within routers too."""
    for route in routes:
        inner = getattr(route, "routes", None)
        router = getattr(route, "original_router", None) or getattr(route, "router", None)
        path = prefix + getattr(route, "path", "")
        if router is not None and router is not route:
            yield from _of(router.routes, prefix)
        elif inner:
            yield from _of(inner, path)
        for method in getattr(route, "methods", None) or ():
            yield method, path


def test_routes_open_are_those_listed(routes: list[tuple[str, str]]) -> None:
    """Each is needed by the page, by gradio_client or by Gradio's own start."""
    assert len(routes) > 60, "Gradio's routes were not found"
    opened = {(method, path) for method, path in routes if is_open(method, re.sub(r"\{[^}]*\}", "abc", path))}
    assert opened == {tuple(line.split(" ")) for line in re.split(r"\s{2,}|\n", OPEN.strip())}
    assert ("GET", FILES) in routes


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_routes_no_other_method_is_open(method: str) -> None:
    assert not is_open(method, "/")
    assert not is_open(method, "/gradio_api/queue/join")
