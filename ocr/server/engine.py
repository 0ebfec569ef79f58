"""The embedded CPU engine as a child: started, waited for, and stopped with us."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from ocr.errors import EngineFailed
from ocr.server.command import ROOT
from ocr.wording import say

START_SECONDS = 60.0
"""The engine is ready in about 2 s here; a machine that needs longer than this is stuck."""


def cores() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def running_engine(languages: str, workers: int) -> Iterator[str]:
    """Run the engine and yield its URL; it ends when the pipe to its stdin closes, so it cannot outlive us.

    Raises:
        EngineFailed: it does not start.
    """
    command = [sys.executable, "-m", "ocr.embedded", "--port", "0", "--exit-with-parent"]
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            [*command, "--languages", languages, "--workers", str(workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,  # where `python -m` finds us, wherever the program was started from
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
            say("The CPU engine did not start: {reason}", reason=said[-1] if said else say("it said nothing.")),
            "Mend that, or pass the address of a vLLM with --server-url.",
        )
    return f"{url}/v1"
