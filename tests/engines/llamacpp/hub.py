"""As much of Hugging Face as a download asks for, at an address of this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "a" * 40
TIMEOUT_S = 100


@dataclass
class Hub:
    """A repository and its files; what is asked of it."""

    repository: str
    files: dict[str, bytes]
    url: str
    asked: list[str] = field(default_factory=list)
    """Each request: its method, its path, and the range that it names."""
    damaged: set[str] = field(default_factory=set)
    """Files whose last byte is lost on the way to us, and replaced by another."""
    last_byte: threading.Event = field(default_factory=threading.Event)
    """While it is cleared, the last byte of each file is held back."""

    def __post_init__(self) -> None:
        self.last_byte.set()


def listed(name: str, data: bytes) -> dict[str, object]:
    """A file as the hub lists it: large ones with their hash."""
    large = {"sha256": sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
    return {"rfilename": name, "size": len(data)} | ({"lfs": large} if len(data) > 100_000 else {})


class _Handler(BaseHTTPRequestHandler):
    """Answers for the hub of its server."""

    server: _Server

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        hub, asked = self.server.hub, self.headers.get("range", "")
        hub.asked.append(f"{self.command} {self.path} {asked}".rstrip())
        data = self.found(hub)
        if data is None:
            self.send_response(404)
            self.send_header("x-error-code", "RepoNotFound")
            self.send_header("content-length", "0")
            self.end_headers()
            return
        start = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("content-range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("content-length", str(len(data) - start))
        self.send_header("etag", f'"{sha256(data).hexdigest()}"')
        self.send_header("x-repo-commit", COMMIT)
        self.end_headers()
        if body:
            self.write(hub, data[start:])

    def found(self, hub: Hub) -> bytes | None:
        """What is there: the list of the repository's files, or one of them."""
        name = self.path.rpartition("/")[2]
        if self.path.startswith(f"/api/models/{hub.repository}"):
            siblings = [listed(name, data) for name, data in hub.files.items()]
            return json.dumps({"id": hub.repository, "sha": COMMIT, "siblings": siblings}).encode()
        return hub.files.get(name) if self.path.startswith(f"/{hub.repository}/resolve/") else None

    def write(self, hub: Hub, data: bytes) -> None:
        with suppress(ConnectionError):  # the download was ended
            self.wfile.write(data[:-1])
            if "/resolve/" in self.path:
                hub.last_byte.wait(TIMEOUT_S)
            self.wfile.write(b"?" if self.path.rpartition("/")[2] in hub.damaged else data[-1:])

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    hub: Hub


@contextmanager
def running_hub(repository: str, files: dict[str, bytes]) -> Iterator[Hub]:
    """A hub that answers while the block runs."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        hub = server.hub = Hub(repository, files, f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield hub
        finally:
            hub.last_byte.set()
            server.shutdown()
            thread.join()
