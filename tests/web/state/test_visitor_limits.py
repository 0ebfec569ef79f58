"""What one visitor may take of a page that is really served, asked for over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gradio_client.exceptions import AppError
from pikepdf import Encryption

from ocr.documents.renderer import Renderer
from ocr.web import page_layout
from ocr.web.state.visitor_limits import PRIVATE
from tests.documents.papers import pdf, text_page
from tests.web.api.test_read_endpoint import calling, handle_file, until
from tests.web.readers import ScriptedReader, forever
from tests.web.serving import Served, received, served
from tests.web.state.test_uploads import begun, waiting

FILE = {"files": ("a.pdf", b"content")}


@contextmanager
def limited(
    renderer: Renderer,
    monkeypatch: pytest.MonkeyPatch,
    reader: ScriptedReader | None = None,
    *,
    mcp: bool = False,
    **limits: int,
) -> Iterator[Served]:
    monkeypatch.setattr(page_layout, "limits_of", lambda _: replace(PRIVATE, **limits))
    with served(reader or ScriptedReader([["text"]]), renderer, max_file_mb=2, mcp=mcp) as app:
        yield app


def completed(messages: list[dict[str, Any]]) -> bool:
    """Whether the event of these messages came to its end."""
    return [message["success"] for message in messages if message["msg"] == "process_completed"] == [True]


def test_limits_hellos_throw_nobody_out(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """2,001 tabs of strangers who say hello and never listen: a visitor with documents still has them, and is heard."""
    monkeypatch.setattr(page_layout, "MAX_SESSIONS", 60)  # Gradio's own messages that wait
    monkeypatch.setattr("ocr.web.state.session_store.MAX_SESSIONS", 60)
    with limited(renderer, monkeypatch) as app, app.client() as http:
        app.event(http, "visitor", "sample", file="receipt.jpg")
        assert completed(received(http, "visitor"))
        session = app.session("visitor")
        with ThreadPoolExecutor(4) as strangers:
            for number in range(100):
                strangers.submit(app.event, http, f"stranger{number}")
        assert app.session("visitor") is session
        assert session.pages
        app.event(http, "visitor", "choose_page", page="0-1")
        assert completed(received(http, "visitor"))


def test_limits_tabs_of_an_address(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond them a tab is told so as JSON, in its language; another address has its own."""
    with limited(renderer, monkeypatch, new_tabs=2) as app, app.client() as http:
        answers = [app.event(http, f"tab{number}") for number in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert "five minutes" in answers[-1].json()["detail"]
        assert app.event(http, "tab1").status_code == 200
        elsewhere = app.client(headers={"x-forwarded-for": "203.0.113.9"})
        with elsewhere:
            assert app.event(elsewhere, "tab4").status_code == 200


def test_limits_one_event_names_a_file_once(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of 256 kB made 120,000 pages of one upload."""
    with limited(renderer, monkeypatch) as app, app.client() as http:
        path = http.post("/gradio_api/upload", files={"files": ("a.pdf", b"%PDF-")}).json()[0]
        app.event(http, "tab", "add", files=[{"upload": path, "name": "a.pdf"}] * 1000)
        received(http, "tab")
        assert len(app.session("tab").uploads) == 1


def test_limits_files_of_a_session(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too much is not taken in, is said, and leaves nothing on the disk."""
    with limited(renderer, monkeypatch, files=2) as app, app.client() as http:
        paths = [http.post("/gradio_api/upload", files=FILE).json()[0] for _ in range(4)]
        app.event(http, "tab", "add", files=[{"upload": path, "name": "a.pdf"} for path in paths])
        received(http, "tab")
        session = app.session("tab")
        assert len(session.uploads) == 2
        assert session.problem is not None
        assert session.problem.next_step
        assert waiting(app) == []


@pytest.mark.parametrize("encryption", [None, Encryption(owner="boss", user="sesame")], ids=["open", "encrypted"])
def test_limits_pages_of_a_session(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encryption: Encryption | None
) -> None:
    """The document that would make too many says so beside its name, when it is unlocked too; the others stay."""
    pages = [text_page(number) for number in (1, 2, 3)]
    document = pdf(tmp_path / "three.pdf", *pages, encryption=encryption).read_bytes()
    with limited(renderer, monkeypatch, pages=5) as app, app.client() as http:
        for _ in range(2):
            path = http.post("/gradio_api/upload", files={"files": ("three.pdf", document)}).json()[0]
            app.event(http, "tab", "add", files=[{"upload": path, "name": "three.pdf"}])
            received(http, "tab")
        session = app.session("tab")
        for key in [key for key, upload in session.uploads.items() if upload.locked]:
            app.event(http, "tab", "unlock", key=key, password="sesame")
            received(http, "tab")
        assert len(session.pages) == 3
        first, second = session.uploads.values()
        assert first.problem is None
        assert second.problem is not None
        assert second.problem.next_step


def test_limits_uploads_at_once(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    with limited(renderer, monkeypatch, uploads=1) as app, app.client() as http:
        connection = begun(app)
        answer = http.post("/gradio_api/upload", files=FILE)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        connection.close()
        assert until(lambda: http.post("/gradio_api/upload", files=FILE).status_code == 200)


@pytest.mark.parametrize("limits", [{"waiting": 2}, {"waiting_share": 1}], ids=["files", "bytes"])
def test_limits_uploads_that_wait(renderer: Renderer, monkeypatch: pytest.MonkeyPatch, limits: dict[str, int]) -> None:
    """Whoever has nothing taken in cannot fill the disk."""
    with limited(renderer, monkeypatch, **limits) as app, app.client() as http:
        file = {"files": ("a.pdf", bytes(1_000_000))}
        answers = [http.post("/gradio_api/upload", files=file) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        app.desk.sessions.uploads.discard(answers[0].json()[0])
        assert http.post("/gradio_api/upload", files=file).status_code == 200


def test_limits_calls_of_one_program(renderer: Renderer, monkeypatch: pytest.MonkeyPatch, three_pages: Path) -> None:
    """Beyond them it is told so; other addresses' calls are read meanwhile."""
    reader = ScriptedReader([["Once", forever]] * 3 + [["text"]] * 3)
    with limited(renderer, monkeypatch, reader, reads=1) as app, calling(app) as client:
        job = client.submit(handle_file(three_pages), "1", api_name="/read")
        assert until(lambda: reader.asked)
        with pytest.raises(AppError, match="already being read"):
            client.predict(handle_file(three_pages), "1", api_name="/read")
        with calling(app, headers={"x-forwarded-for": "203.0.113.9"}) as other:
            elsewhere = other.submit(handle_file(three_pages), "1", api_name="/read")
            assert until(lambda: reader.asked > 1)
            elsewhere.cancel()
        job.cancel()


def test_limits_requests_of_an_address(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams that stay open count; an address behind a proxy has its own."""
    with limited(renderer, monkeypatch, connections=2) as app, app.client() as http:
        with http.stream("GET", "/gradio_api/heartbeat/a"), http.stream("GET", "/gradio_api/heartbeat/b"):
            assert http.get("/config").status_code == 429
            assert http.get("/config", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 200
        assert until(lambda: http.get("/config").status_code == 200)
