"""The server that reads: one reached by URL, or the embedded CPU engine, started here and stopped with us."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from ocr.errors import EngineFailed
from ocr.settings import Settings

START_SECONDS = 60.0
"""The engine is ready in about 2 s here; a machine that needs longer than this is stuck."""

SERVER_CONCURRENCY = 16
"""Pages in flight on a server; vLLM batches them, and a page takes seconds."""

CPU_ENGINE_NOTE = (
    "This is the CPU engine (Tesseract), not LightOnOCR: it makes more mistakes and knows no formulas. "
    "For LightOnOCR, start `vllm serve lightonai/LightOnOCR-2-1B` on a GPU and pass its address with --server-url."
)


@dataclass(frozen=True, slots=True)
class Server:
    """Where pages are read."""

    url: str
    """The base of its API; ends in `/v1`."""
    embedded: bool
    """Whether this is the CPU engine."""
    note: str
    """One sentence or two for the user; empty when there is nothing to say."""
    concurrency: int
    """Pages in flight."""


@contextmanager
def running_server(settings: Settings) -> Iterator[Server]:
    """The server of `settings`; without a URL the CPU engine, which runs while the block does.

    Raises:
        EngineFailed: if the CPU engine does not start.
    """
    if settings.server_url:
        yield Server(settings.server_url, False, "", settings.concurrency or SERVER_CONCURRENCY)
        return
    workers = settings.concurrency or cores()
    with _engine(settings.languages, workers) as url:
        yield Server(url, True, CPU_ENGINE_NOTE, workers)


def cores() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _engine(languages: str, workers: int) -> Iterator[str]:
    """Run the engine; it ends when the pipe to its stdin closes, so it cannot outlive us however we end."""
    command = [sys.executable, "-m", "ocr.embedded", "--port", "0", "--exit-with-parent"]
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            [*command, "--languages", languages, "--workers", str(workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield _ready(process, log)
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _ready(process: subprocess.Popen[str], log: IO[bytes]) -> str:
    """Wait for the line `ready URL`."""
    overdue = threading.Timer(START_SECONDS, process.kill)
    overdue.start()
    line = process.stdout.readline() if process.stdout else ""
    overdue.cancel()
    word, _, url = line.strip().partition(" ")
    if word != "ready":
        process.wait(5)
        log.seek(0)
        said = log.read().decode(errors="replace").strip().splitlines()
        raise EngineFailed(
            "The CPU engine did not start" + (f": {said[-1]}" if said else "."),
            "Mend that, or pass the address of a vLLM with --server-url.",
        )
    return f"{url}/v1"
