"""The embedded CPU engine as a child: started, waited for, and stopped with us."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import ocr
from ocr.errors import EngineFailed
from ocr.extras import require
from ocr.i18n import say

IMPORT_FOLDER = Path(ocr.__file__).parents[1]
"""Where `python -m` finds this package, wherever the program was started from."""

START_TIMEOUT_S = 600.0
"""An engine that dies in its start is noticed at once, by the end of its pipe. This is for one that hangs: it is ready
after some 2 s of CPU, which a busy machine may take minutes to give it."""


@contextmanager
def running_engine(languages: str, workers: int) -> Iterator[str]:
    """Run the engine and yield its URL; it ends when the pipe to its stdin closes, so it cannot outlive us.

    Raises:
        EngineFailed: it does not start.
        MissingExtra: Tesseract's packages are not installed.
    """
    require("cpu", say("The CPU engine"), say("Or pass the address of a vLLM with --server-url."))
    command = [sys.executable, "-m", "ocr.engines.tesseract", "--port", "0", "--exit-with-parent"]
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            [*command, "--languages", languages, "--workers", str(workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=IMPORT_FOLDER,
        ) as process,
    ):
        try:
            yield _ready(process, log)
        finally:
            process.kill()  # nothing in it is worth waiting for; its workers end with their pipes


def _ready(process: subprocess.Popen[str], log: IO[bytes]) -> str:
    """Wait for the line `ready URL`; return the API's base.

    Raises:
        EngineFailed: it ended before, or was not ready in time.
    """
    overdue = threading.Timer(START_TIMEOUT_S, process.kill)
    overdue.daemon = True
    began = time.monotonic()
    overdue.start()
    try:
        line = process.stdout.readline() if process.stdout else ""
    finally:
        overdue.cancel()
    word, _, url = line.strip().partition(" ")
    if word == "ready":
        return f"{url}/v1"
    if line:
        process.kill()
    process.wait()
    log.seek(0)
    said = log.read().decode(errors="replace").strip().splitlines()
    if time.monotonic() - began >= START_TIMEOUT_S:
        reason: str = say("it was not ready after {seconds:.0f} s.", seconds=START_TIMEOUT_S)
    else:
        reason = said[-1] if said else say("it ended without a word (exit code {code}).", code=process.returncode)
    raise EngineFailed(
        say("The CPU engine did not start: {reason}", reason=reason),
        "Mend that, or pass the address of a vLLM with --server-url.",
    )
