"""A hub of the test's own, for the real huggingface_hub."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

REPOSITORY = "someone/LightOnOCR-3-0.8B-GGUF"
COMMIT = "a" * 40


@dataclass
class Hub:
    """As much of Hugging Face as a download asks for."""

    files: dict[str, bytes]
    url: str = ""
    damaged: set[str] = field(default_factory=set)
    """Files whose last byte is lost on the way to us, and replaced by another."""
    asked: list[str] = field(default_factory=list)


def listed(name: str, data: bytes) -> dict[str, object]:
    """A file as the hub lists it: large ones with their hash."""
    large = {"sha256": sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
    return {"rfilename": name, "size": len(data)} | ({"lfs": large} if len(data) > 100_000 else {})


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A repository of two GGUF files and a page, at an address of this machine."""
    hub = Hub({"README.md": b"# M", "m-Q8_0.gguf": b"words" * 200_000, "m-mmproj-f16.gguf": b"eyes" * 50_000})

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, *, body: bool) -> None:
            hub.asked.append(f"{self.command} {self.path}")
            name = self.path.rpartition("/")[2]
            if self.path.startswith(f"/api/models/{REPOSITORY}"):
                siblings = [listed(name, data) for name, data in hub.files.items()]
                data = json.dumps({"id": REPOSITORY, "sha": COMMIT, "siblings": siblings}).encode()
            elif self.path.startswith(f"/{REPOSITORY}/resolve/") and name in hub.files:
                data = hub.files[name]
            else:
                self.send_response(404)
                self.send_header("x-error-code", "RepoNotFound")
                self.send_header("content-length", "0")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("content-length", str(len(data)))
            self.send_header("etag", f'"{sha256(data).hexdigest()}"')
            self.send_header("x-repo-commit", COMMIT)
            self.end_headers()
            if body:
                self.wfile.write(data[:-1] + b"?" if name in hub.damaged else data)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield hub
        server.shutdown()
        thread.join()


def hub_environment(home: Path, url: str) -> dict[str, str]:
    """The environment of a program that asks this hub alone, and knows nothing of the developer's own."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING", "TRANSFORMERS_"))
    }
    return {
        **kept, "HF_HOME": str(home), "HF_ENDPOINT": url, "TQDM_POSITION": "-1", "NO_PROXY": "*",
        "HF_HUB_DISABLE_XET": "1",
    }  # fmt: skip
