"""The engine as a program: `python -m ocr.engines.tesseract`."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil
import pytest

from ocr.engines.tesseract.__main__ import main
from tests.conftest import ROOT


@contextmanager
def program(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str, list[psutil.Process]]]:
    """The running program, its URL, and its worker processes."""
    command = [sys.executable, "-m", "ocr.engines.tesseract", "--port", "0", "--workers", "1", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            ready = re.fullmatch(r"ready (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
            assert ready
            yield process, ready[1], psutil.Process(process.pid).children(recursive=True)
        finally:
            process.kill()


def gone(processes: list[psutil.Process]) -> bool:
    return psutil.wait_procs(processes, timeout=10)[1] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_serve_ends_with_its_workers(number: signal.Signals) -> None:
    """Whatever ends the engine ends its workers."""
    with program() as (process, _, workers):
        assert workers
        process.send_signal(number)
        process.wait(10)
        assert gone(workers)


def test_serve_ends_with_its_parent() -> None:
    """With --exit-with-parent it ends when its input does, and leaves Ctrl-C to the parent."""
    with program("--exit-with-parent") as (process, url, workers):
        process.send_signal(signal.SIGINT)
        assert httpx.get(f"{url}/health", trust_env=False).status_code == 200
        assert process.stdin
        process.stdin.close()
        process.wait(10)
        assert gone(workers)


def test_serve_key() -> None:
    """With a key everything under /v1 asks for it; health does not."""
    with program("--api-key", "k3y") as (_, url, _):
        assert httpx.get(f"{url}/health", trust_env=False).status_code == 200
        assert httpx.get(f"{url}/v1/models", trust_env=False).status_code == 401
        right = {"authorization": "Bearer k3y"}
        assert httpx.get(f"{url}/v1/models", headers=right, trust_env=False).status_code == 200


def test_serve_port_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """A taken port is an error in words, and exit code 4."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 4
    assert str(port) in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--port", "x"], ["--workers", "0"], ["--port", "70000"]])
def test_serve_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        main(arguments)
    assert exited.value.code == 2
    assert arguments[0] in capsys.readouterr().err
