"""The embedded engine as a child: it starts, it says why when it does not, and it never outlives us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from ocr.config.settings import Settings
from ocr.engines.select import running_server
from ocr.engines.tesseract import child_process, process_pool
from ocr.errors import EngineFailed
from tests.conftest import ROOT

PARENT = """
import sys, signal
from ocr.engines.select import running_server
from ocr.config.settings import Settings
with running_server(Settings(concurrency=1, local="no")) as server:
    print(server.url, flush=True)
    {end}
"""


def children(url: str) -> list[psutil.Process]:
    """The engine that serves `url` and its workers."""
    port = httpx.URL(url).port
    for process in psutil.process_iter():
        try:
            if any(c.laddr.port == port and c.status == "LISTEN" for c in process.net_connections("tcp")):
                return [process, *process.children(recursive=True)]
        except psutil.Error:
            continue
    raise AssertionError(f"nothing listens at {url}")


def test_server_by_url() -> None:
    """A URL is taken as it is; nothing is started."""
    with running_server(Settings(server_url=("http://h:1/v1",), concurrency=3)) as server:
        assert (server.url, server.embedded, server.note) == ("http://h:1/v1", False, "")


def test_server_embedded() -> None:
    """Without a URL the CPU engine serves while the block runs, and says what it is."""
    with running_server(Settings(concurrency=1, local="no")) as server:
        assert httpx.get(server.url.removesuffix("/v1") + "/health", trust_env=False).status_code == 200
        assert "Tesseract" in server.note
        started = children(server.url)
    assert psutil.wait_procs(started, timeout=10)[1] == []


def test_server_embedded_cannot_start() -> None:
    """A language that is not installed: the engine's own words, not a traceback."""
    with pytest.raises(EngineFailed) as failed, running_server(Settings(languages="xxx", local="no")):
        pass
    assert "xxx" in str(failed.value)
    assert failed.value.exit_code == 4


@pytest.fixture
def frozen_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real engine's process, stopped the moment it has begun: it neither gets ready nor dies."""
    popen = subprocess.Popen

    def stopped(*args: Any, **kwargs: Any) -> subprocess.Popen[str]:
        process = popen(*args, **kwargs)
        process.send_signal(signal.SIGSTOP)
        return process

    monkeypatch.setattr("ocr.engines.tesseract.child_process.subprocess.Popen", stopped)


def test_engine_hangs(frozen_engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is not ready after very long is ended, and that is what is said."""
    assert min(child_process.START_TIMEOUT_S, process_pool.START_SECONDS) >= 300, "a busy machine takes minutes"
    monkeypatch.setattr(child_process, "START_TIMEOUT_S", 0.5)
    before = set(psutil.Process().children())
    with pytest.raises(EngineFailed, match="not ready after"), running_server(Settings(concurrency=1, local="no")):
        pass
    assert set(psutil.Process().children()) == before


def test_engine_killed_in_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its death is noticed at once, and told with its exit code."""
    popen = subprocess.Popen

    def killed(*args: Any, **kwargs: Any) -> subprocess.Popen[str]:
        process = popen(*args, **kwargs)
        process.kill()
        return process

    monkeypatch.setattr("ocr.engines.tesseract.child_process.subprocess.Popen", killed)
    with pytest.raises(EngineFailed, match="exit code -9"), running_server(Settings(concurrency=1, local="no")):
        pass


def test_engine_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It starts wherever the program was started from."""
    monkeypatch.chdir(tmp_path)
    with running_server(Settings(concurrency=1, local="no")) as server:
        assert server.url.endswith("/v1")


@pytest.mark.parametrize("end", ["returns", "raises", "SIGTERM", "SIGKILL"])
def test_server_embedded_ends_with_us(end: str) -> None:
    """However we end, the engine and its workers end too."""
    ends = {"returns": "sys.exit(0)", "raises": "1 / 0"}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(end=ends.get(end, "signal.pause()"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1,
        cwd=ROOT,
    )  # fmt: skip
    assert parent.stdout
    url = parent.stdout.readline().strip()
    if end.startswith("SIG"):
        started = children(url)
        os.kill(parent.pid, getattr(signal, end))
    else:
        started = []
    parent.wait(20)
    parent.stdout.close()
    assert parent.stdin
    parent.stdin.close()
    assert psutil.wait_procs(started, timeout=10)[1] == []
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            httpx.get(url + "/models", trust_env=False, timeout=1)
        except httpx.ConnectError:
            return
    raise AssertionError("the engine still answers")
