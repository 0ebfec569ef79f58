from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from ocr.documents.renderer import Renderer
from ocr.web.server.response_headers import hardened_cookie
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([["text"]]), renderer) as app:
        yield app


@pytest.fixture(scope="module")
def http(app: Served) -> Iterator[httpx.Client]:
    with app.client() as client:
        yield client


@pytest.mark.parametrize("name", ["document.html", "result.json", "document.md", "page.svg", "results.zip"])
def test_responses_downloads_are_given_as_they_are(app: Served, http: httpx.Client, name: str) -> None:
    """No script of ours in them; a browser keeps them, and would run nothing in them if it did show one."""
    session = app.session("downloads")
    written = b"<html><head><script>alert(1)</script></head></html>"
    (session.public / name).write_bytes(written)
    answer = http.get(f"/gradio_api/file={session.public}/{name}")
    assert answer.content == written
    assert answer.headers["content-disposition"].partition(";")[0] == "attachment"
    assert "sandbox" in answer.headers["content-security-policy"].split("; ")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["page.png", "page.jpeg", "page.webp"])
def test_responses_page_images_are_shown(app: Served, http: httpx.Client, name: str) -> None:
    session = app.session("images")
    (session.public / name).write_bytes(b"image")
    answer = http.get(f"/gradio_api/file={session.public}/{name}")
    assert "attachment" not in answer.headers.get("content-disposition", "")
    assert answer.headers["content-type"].startswith("image/")
    assert "sandbox" in answer.headers["content-security-policy"].split("; ")


def test_responses_script_runs_in_the_page_alone(http: httpx.Client) -> None:
    assert "requestAnimationFrame" in http.get("/").text
    assert "requestAnimationFrame" not in http.get("/nothing").text


@pytest.mark.parametrize(
    "cookie", [b"a=1; HttpOnly; Path=/; SameSite=none; Secure", b"a=1; Path=/; samesite=NONE", b"a=1; Path=/"]
)
def test_responses_cookies_stay_here(cookie: bytes) -> None:
    assert hardened_cookie(cookie, secure=False) == b"a=1; Path=/; HttpOnly; SameSite=lax"
    assert hardened_cookie(cookie, secure=True) == b"a=1; Path=/; HttpOnly; SameSite=lax; Secure"
