"""The real vLLM's starts and ends: what is explained, and that nothing stays."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx
import psutil
import pytest

from ocr.engines.select import running_server
from ocr.engines.vllm.command import has_gpu
from ocr.errors import ContextTooLong, EngineFailed, NoSuchModel, OutOfMemory, PortInUse
from tests.conftest import ROOT, SAMPLES, VLLM
from tests.tiny_model.model import CHECKPOINT, NAMES, WHOLE
from tests.vllm.conftest import Running, local_settings

LETTER = WHOLE[0]
ARGUMENTS = [
    "--local", str(CHECKPOINT), "--vllm-command", str(VLLM), "--fast-boot", "--max-model-len", "8192", "--",
    "--served-model-name", *NAMES,
]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "environment", "kind", "says"),
    [
        ({"local": "lightonai/NoSuchOCR"}, {}, NoSuchModel, "Check the name"),
        ({"local": "./no/such/folder"}, {}, NoSuchModel, "Check the name"),
        ({"max_model_len": 100_000}, {}, ContextTooLong, "--max-model-len"),
        ({}, {"VLLM_CPU_KVCACHE_SPACE": "100000"}, OutOfMemory, "--gpu-memory-utilization"),
    ],
    ids=["no-model", "no-folder", "context", "memory"],
)
def test_starting_explained(
    changed: dict[str, object],
    environment: dict[str, str],
    kind: type[EngineFailed],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sentence says what went wrong and another what to do."""
    if "VLLM_CPU_KVCACHE_SPACE" in environment and has_gpu():
        pytest.skip("only a vLLM for CPUs heeds VLLM_CPU_KVCACHE_SPACE")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = local_settings(**changed)
    with pytest.raises(kind) as failed, running_server(settings) as server:
        assert server.local
        server.local.follow(lambda _: None)
    assert says in str(failed.value)
    assert failed.value.exit_code == 4


def test_starting_taken_port() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(PortInUse, match="--vllm-port"),
        running_server(local_settings(vllm_port=taken.getsockname()[1])) as server,
    ):
        assert server.local
        server.local.follow(lambda _: None)


def test_starting_by_the_command_line(vllm: Running, tmp_path: Path) -> None:
    """Two programs at once, each with a vLLM of its own: stages on stderr, the page in the folder, no process left."""
    said, below, guarded = "", [], False
    with subprocess.Popen(
        [sys.executable, "-m", "ocr", SAMPLES / "letter.pdf", "--out", tmp_path, *ARGUMENTS],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    ) as process:  # fmt: skip
        for line in process.stderr or ():
            said += line
            if line.endswith(" s  ready\n"):
                below = psutil.Process(process.pid).children(recursive=True)
                guarded = any("process_guard.py" in " ".join(child.cmdline()) for child in below)
    assert process.returncode == 0, said
    stages = re.findall(r"^ *\d+ s  (.+)$", said, re.MULTILINE)
    assert stages[0] == "starting the server"
    assert stages[-1] == "ready"
    assert len(stages) == len(set(stages))
    assert LETTER.answer in (tmp_path / "letter" / "document.md").read_text()
    assert guarded
    assert [child for child in below if child.is_running()] == []


@pytest.fixture
def app() -> Iterator[subprocess.Popen[str]]:
    """The web app with a local vLLM, on its way."""
    with subprocess.Popen(
        [sys.executable, "app.py", "--port", "0", *ARGUMENTS],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
    ) as process:  # fmt: skip
        yield process
        process.kill()


@pytest.mark.parametrize(
    ("end", "when"),
    [(signal.SIGKILL, "ready"), (signal.SIGTERM, "Pagelight is at"), (signal.SIGINT, "profiling")],
    ids=["killed-serving", "terminated-loading", "interrupted-loading"],
)
def test_starting_app_ends(app: subprocess.Popen[str], end: signal.Signals, when: str) -> None:
    """However the app ends, and whenever, vLLM and all of its processes end with it."""
    said = wait_for(app.stdout, when)
    below = psutil.Process(app.pid).children(recursive=True)
    assert any("process_guard.py" in " ".join(process.cmdline()) for process in below)
    if when == "Pagelight is at":
        url = re.search(r"http://\S+", said)
        assert url
        assert httpx.get(url[0], trust_env=False, timeout=60).status_code == 200
    os.kill(app.pid, end)
    drain = threading.Thread(target=app.stdout.read) if app.stdout else None
    assert drain
    drain.start()
    assert psutil.wait_procs([*below], timeout=120)[1] == []
    app.wait(120)
    drain.join(60)


def wait_for(stream: IO[str] | None, words: str) -> str:
    assert stream
    lines = []
    for line in stream:
        lines.append(line)
        if words in line:
            return line
    raise AssertionError("".join(lines))
