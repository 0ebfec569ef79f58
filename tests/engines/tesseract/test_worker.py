"""One Tesseract process, spoken to directly."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ocr.engines.tesseract.tessdata import find_tessdata
from tests.conftest import ROOT


@contextmanager
def worker(languages: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "ocr.engines.tesseract.worker", languages, str(find_tessdata("eng"))]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def said(process: subprocess.Popen[bytes]) -> dict[str, object]:
    assert process.stdout
    message: dict[str, object] = json.loads(process.stdout.readline())
    return message


def test_worker_reads_pages() -> None:
    """Ready first; then for each page its text and the end; at the end of the input it ends."""
    with worker("eng") as process:
        assert said(process) == {"ready": True}
        assert process.stdin
        for _ in range(2):
            process.stdin.write(json.dumps({"width": 20, "height": 20, "grounding": True}).encode() + b"\n")
            process.stdin.write(bytes([255]) * 400)
            process.stdin.flush()
            assert said(process) == {"end": True}
        process.stdin.close()
        assert process.wait(10) == 0


def test_worker_without_its_language() -> None:
    with worker("xxx") as process:
        assert "cannot load xxx" in str(said(process)["error"])


@pytest.mark.parametrize("page", [b'{"width": 20, "height": 20, "grounding": true}\n', b""])
def test_worker_input_ends_early(page: bytes) -> None:
    """Half a page, and then nobody is there any more: it ends."""
    with worker("eng") as process:
        said(process)
        assert process.stdin
        process.stdin.write(page)
        process.stdin.close()
        assert process.wait(10) == 0
