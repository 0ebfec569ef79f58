"""Which GGUF files are chosen, and how they are fetched: from a hub of the test's own, by the real huggingface_hub."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants

from ocr.engines.llamacpp import fetch_and_serve
from ocr.engines.llamacpp.fetch_and_serve import NoGguf, choose
from ocr.engines.llamacpp.llama_program import LLAMA_SERVER
from ocr.engines.local.diagnose import explain
from ocr.engines.local.stages import Stage, StageReader
from ocr.errors import DiskFull, NoSuchModel

REPOSITORY = "someone/LightOnOCR-3-0.8B-GGUF"
COMMIT = "a" * 40


@pytest.mark.parametrize(
    ("names", "model", "mmproj"),
    [
        (["README.md", "m-Q4_K_M.gguf", "m-Q8_0.gguf", "m-mmproj-f16.gguf"], "m-Q8_0.gguf", "m-mmproj-f16.gguf"),
        (["m-f16.gguf", "m.mmproj-bf16.gguf", "m.mmproj-f16.gguf"], "m-f16.gguf", "m.mmproj-f16.gguf"),
        (["M-Q4_K_M.gguf", "mmproj-M-Q8_0.gguf", "mmproj-M-BF16.gguf"], "M-Q4_K_M.gguf", "mmproj-M-BF16.gguf"),
        (["gguf/only.gguf", "gguf/mmproj.gguf"], "gguf/only.gguf", "gguf/mmproj.gguf"),
        (["m-q8_0-00001-of-00002.gguf", "m-q4_0.gguf", "mmproj.gguf"], "m-q4_0.gguf", "mmproj.gguf"),
    ],
)
def test_choose(names: list[str], model: str, mmproj: str) -> None:
    """Q8_0 for the words, 16 bits for the eyes, F16 before BF16; what else there is in any order."""
    assert choose(names) == choose(reversed(names)) == (model, mmproj)


@pytest.mark.parametrize("names", [[], ["m.gguf"], ["mmproj.gguf"], ["model.safetensors"]])
def test_choose_nothing(names: list[str]) -> None:
    with pytest.raises(NoGguf):
        choose(names)


@dataclass
class Hub:
    """As much of Hugging Face as a download asks for."""

    files: dict[str, bytes]
    url: str = ""
    asked: list[str] = field(default_factory=list)


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
                siblings = [{"rfilename": name, "size": len(data)} for name, data in hub.files.items()]
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
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield hub
        server.shutdown()
        thread.join()


def serve(
    home: Path, hub_url: str, repository: str = REPOSITORY, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the script with a `server` that prints its arguments, and with nothing of the developer's own hub."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING", "TRANSFORMERS_"))
    }
    return subprocess.run(
        [sys.executable, "-P", fetch_and_serve.__file__, repository, "/bin/echo", "serving"],
        capture_output=True,
        text=True,
        env={
            **kept, "HF_HOME": str(home), "HF_ENDPOINT": hub_url, "TQDM_POSITION": "-1", "NO_PROXY": "*",
            "HF_HUB_DISABLE_XET": "1", **environment,
        },
    )  # fmt: skip


def test_fetch_and_serve(hub: Hub, tmp_path: Path) -> None:
    """Both files and no other are fetched, with progress in the log; then the server takes the script's place."""
    done = serve(tmp_path, hub.url)
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    assert words[:2] == ["serving", "--model"]
    assert words[3] == "--mmproj"
    assert Path(words[2]).read_bytes() == hub.files["m-Q8_0.gguf"]
    assert Path(words[4]).read_bytes() == hub.files["m-mmproj-f16.gguf"]
    assert not any("README" in path for path in hub.asked)
    stages = StageReader(LLAMA_SERVER.stages)
    for line in done.stderr.replace("\r", "\n").splitlines():
        stages.feed(line)
    assert stages.stage is Stage.DOWNLOADING
    assert stages.progress.startswith("100 %")


def test_fetch_again(hub: Hub, tmp_path: Path) -> None:
    """What is there is not fetched again: not with the hub, nor without it, nor offline."""
    first = serve(tmp_path, hub.url).stdout
    assert first.startswith("serving")
    hub.asked.clear()
    assert serve(tmp_path, hub.url).stdout == first
    assert not any(path.startswith("GET") and "/resolve/" in path for path in hub.asked)
    hub.asked.clear()
    assert serve(tmp_path, hub.url, HF_HUB_OFFLINE="1").stdout == first
    assert hub.asked == []
    assert serve(tmp_path, "http://127.0.0.1:9").stdout == first


@pytest.mark.parametrize(
    ("repository", "environment", "says"),
    [
        ("someone/else", {}, "the name is wrong"),
        (REPOSITORY, {"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE"),
        (REPOSITORY, {"HF_ENDPOINT": "http://127.0.0.1:9"}, "Hugging Face could not be reached"),
    ],
    ids=["unknown", "offline", "unreachable"],
)
def test_fetch_explained(hub: Hub, tmp_path: Path, repository: str, environment: dict[str, str], says: str) -> None:
    """Where nothing can be fetched the log says why, in the user's words."""
    done = serve(tmp_path, hub.url, repository, **environment)
    error = explain(LLAMA_SERVER, done.stderr.splitlines(), done.returncode, served=False)
    assert type(error) is NoSuchModel
    assert says in error.message


def test_in_cache(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both files or none; nobody is asked."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    assert fetch_and_serve.in_cache(REPOSITORY) is None
    serve(tmp_path, hub.url)
    model, mmproj = fetch_and_serve.in_cache(REPOSITORY) or (Path(), Path())
    assert (model.name, mmproj.name) == ("m-Q8_0.gguf", "m-mmproj-f16.gguf")
    mmproj.unlink()
    assert fetch_and_serve.in_cache(REPOSITORY) is None


def test_fetch_no_gguf(hub: Hub, tmp_path: Path) -> None:
    """A repository without the mmproj cannot be read with, and says what it has."""
    del hub.files["m-mmproj-f16.gguf"]
    done = serve(tmp_path, hub.url)
    error = explain(LLAMA_SERVER, done.stderr.splitlines(), done.returncode, served=False)
    assert type(error) is NoSuchModel
    assert "m-Q8_0.gguf" in error.message


def test_fetch_disk(tmp_path: Path) -> None:
    """More than the disk has room for is not begun; nothing to fetch always fits."""
    with pytest.raises(OSError, match="disk space") as full:
        fetch_and_serve.check_disk(1 << 60, tmp_path / "not" / "there")
    assert type(explain(LLAMA_SERVER, [f"OSError: {full.value}"], 1, served=False)) is DiskFull
    fetch_and_serve.check_disk(0, tmp_path)
