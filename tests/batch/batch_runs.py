"""Runs of `pagelight batch` as processes, which can be killed, on coded pages."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.batch.coded_pages import LONGEST_SIDE, ROOT, CodedServer

PART_ROWS = 4
"""Of small_parts_main."""
CONCURRENCY = 4
AT_RISK = CONCURRENCY + 2 * PART_ROWS
"""Pages of a process that may be asked for again when it is killed: in flight, in a part being written, and waiting."""
DEADLINE_S = 120.0


def wait_until(condition: Callable[[], Any]) -> None:
    """Wait until something holds; for the progress of processes, which tell nobody."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def rows(target: Path) -> list[dict[str, Any]]:
    """All rows of all parts."""
    parts = [
        pq.read_table(part, columns=["id", "page", "markdown", "finish"]) for part in target.glob("pages/*.parquet")
    ]
    return pa.concat_tables(parts).to_pylist() if parts else []


class BatchProcess:
    """One `pagelight batch` on its way."""

    def __init__(self, source: Path | str, target: Path | str, server: CodedServer, *options: str) -> None:
        command = [sys.executable, "-m", "tests.batch.small_parts_main", "batch", str(source), "--out", str(target)]
        command += ["--server-url", server.url, "--longest-side", str(LONGEST_SIDE), "--render-workers", "1"]
        command += ["--concurrency", str(CONCURRENCY), "--quiet", *options]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    @property
    def workers(self) -> list[int]:
        """Ids of the processes that read tasks for this one."""
        return [pid for pid in _children(self._process.pid) if "spawn_main" in _command(pid)]

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal, and wait until it and the processes that it started have ended."""
        started = self.workers
        self._process.send_signal(number)
        self.wait()
        wait_until(lambda: not any(_command(pid) for pid in started))

    def wait(self) -> int:
        """Wait until it ends; return its exit code."""
        out, errors = self._process.communicate(timeout=DEADLINE_S)
        sys.stdout.write(out + errors)
        return self._process.returncode

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None


@contextmanager
def batch(source: Path | str, target: Path | str, server: CodedServer, *options: str) -> Iterator[BatchProcess]:
    """A run that is killed at the end of the block, if it has not ended by then."""
    process = BatchProcess(source, target, server, *options)
    try:
        yield process
    finally:
        if process.running:
            process.kill()


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _command(pid: int) -> str:
    """The command line of a process; empty for one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
