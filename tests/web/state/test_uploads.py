"""What visitors send, on a real disk, sent over real sockets."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import gradio.utils
import httpx
import pytest

from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.engines.waiting_reader import reader_of
from ocr.web.server import request_bodies
from ocr.web.state import uploads
from ocr.web.state.uploads import Uploads
from tests.conftest import SAMPLES
from tests.web.api.test_read_endpoint import calling, handle_file, until
from tests.web.serving import Served, received, served

HEAD = (
    "POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    'Content-Length: {length}\r\n\r\n--b\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
)


@pytest.fixture(scope="module")
def app(engine: Server, renderer: Renderer) -> Iterator[Served]:
    with served(reader_of(engine, []), renderer, engine, max_file_mb=2) as app:
        yield app


@pytest.fixture(scope="module")
def http(app: Served) -> Iterator[httpx.Client]:
    with app.client() as client:
        yield client


def waiting(app: Served) -> list[str]:
    """Files in the upload folder, those on their way too."""
    return [name for _, _, names in os.walk(app.desk.sessions.root / "uploads") for name in names]


def sending(app: Served, length: int = 1_000_000) -> socket.socket:
    """A connection on which the first bytes of an upload have been sent."""
    url = httpx.URL(app.url)
    connection = socket.create_connection((url.host, url.port or 80), timeout=60)
    connection.sendall(HEAD.format(length=length).encode() + b"%PDF-1.7")
    return connection


def begun(app: Served) -> socket.socket:
    """A connection on which the first bytes of an upload have been sent, and have reached the disk."""
    connection = sending(app)
    assert until(lambda: waiting(app))
    return connection


def test_uploads_lie_in_our_folder_alone(app: Served, http: httpx.Client) -> None:
    """Each of two equal files has a path of its own, which nobody can guess; Gradio's folder gets nothing."""
    before = list(Path(gradio.utils.get_upload_folder()).rglob("*"))
    paths = [http.post("/gradio_api/upload", files={"files": ("a.pdf", b"same")}).json()[0] for _ in range(2)]
    assert len(set(paths)) == 2
    for path in paths:
        assert Path(path).is_relative_to(app.desk.sessions.root / "uploads")
        assert Path(path).read_bytes() == b"same"
        app.desk.sessions.uploads.discard(path)
    assert list(Path(gradio.utils.get_upload_folder()).rglob("*")) == before
    assert waiting(app) == []


def test_uploads_are_gone_when_they_are_taken_in(app: Served) -> None:
    """While a program's document is read, its session has the only copy; afterwards there is none."""
    with calling(app) as client:
        job = client.submit(handle_file(SAMPLES / "receipt.jpg"), api_name="/read")
        job.result(timeout=60)
    assert waiting(app) == []
    assert not list((app.desk.sessions.root / "uploads").glob("*"))


def test_uploads_of_the_page_are_taken_in(app: Served, http: httpx.Client) -> None:
    """An event names what was uploaded, as documents.js does; the session has the only copy then."""
    with (SAMPLES / "receipt.jpg").open("rb") as file:
        path = http.post("/gradio_api/upload", files={"files": ("receipt.jpg", file)}).json()[0]
    app.event(http, "page", "add", files=[{"upload": path, "name": "receipt.jpg"}]).raise_for_status()
    received(http, "page")
    assert app.session("page").pages
    assert waiting(app) == []


def test_uploads_that_are_aborted_leave_nothing(app: Served) -> None:
    begun(app).close()
    assert until(lambda: not waiting(app))


def test_uploads_that_are_too_large_leave_nothing(app: Served, http: httpx.Client) -> None:
    """Also where the announced length has room for envelopes."""
    assert http.post("/gradio_api/upload", files={"files": ("a.pdf", bytes(2_020_000))}).status_code == 413
    assert until(lambda: not waiting(app))


def test_uploads_that_trickle_are_ended(app: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said so, the connection ends, and nothing stays."""
    monkeypatch.setattr(request_bodies, "BODY_GRACE_S", 0.3)
    with sending(app) as connection:
        assert b" 408 " in connection.recv(1000).partition(b"\r\n")[0]
    assert until(lambda: not waiting(app))


def test_uploads_are_gone_with_the_app(engine: Server, renderer: Renderer) -> None:
    """Those that nobody took in, and one on its way."""
    with served(reader_of(engine, []), renderer, engine) as app, app.client() as http:
        http.post("/gradio_api/upload", files={"files": ("a.pdf", b"content")})
        connection = begun(app)
        root = app.desk.sessions.root
    connection.close()
    assert not root.exists()


def test_uploads_full_disk(app: Served, http: httpx.Client, full_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said, and no half of the file stays."""
    monkeypatch.setattr(app.desk.sessions.uploads, "folder", full_disk / "uploads")
    assert http.post("/gradio_api/upload", files={"files": ("a.pdf", bytes(100_000))}).status_code == 507
    assert [path for path in full_disk.rglob("*") if path.name != "ballast" and path.is_file()] == []


async def one_file(content: bytes) -> AsyncIterator[bytes]:
    yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n' + content + b"\r\n--b--"


def test_uploads_nobody_takes_in_are_deleted(tmp_path: Path) -> None:
    """After five minutes, as docs/security.md says; one that is named again waits anew."""
    assert uploads.UPLOAD_LIFETIME_S == 300
    stored = Uploads(tmp_path)

    async def five_minutes() -> list[str]:
        kind = "multipart/form-data; boundary=b"
        old, again, new = [(await stored.receive(one_file(b"x"), kind, 100))[0] for _ in range(3)]
        for path in (old, again):
            stored._stored[path].used_at -= uploads.UPLOAD_LIFETIME_S
        stored.renew(again)
        stored.sweep()
        return [old, again, new]

    old, again, new = asyncio.run(five_minutes())  # a loop of its own: its threads have ended when it has
    assert [Path(path).exists() for path in (old, again, new)] == [False, True, True]
    assert [path in stored for path in (old, again, new)] == [False, True, True]
