"""A process behind its guard: what it says, how it ends."""

from __future__ import annotations

import sys
import time

from ocr.engines.local.process import STOP_TIMEOUT_S, ServerProcess
from ocr.engines.local.process_guard import KILL_TIMEOUT_S, TERM_TIMEOUT_S


def ended(script: str) -> tuple[int | None, list[str]]:
    """Run a Python script; its exit code and its lines."""
    process = ServerProcess([sys.executable, "-c", script], {"WORD": "hello"})
    assert process.wait(60)
    found = process.poll(), process.lines()
    process.stop()
    process.delete_log()
    assert not process.log.exists()
    return found


def test_process_lines() -> None:
    """Both streams, without colours and empty lines; each state of a progress bar is a line of its own."""
    script = r"""
import os, sys
sys.stderr.write("\x1b[36m(Engine)\x1b[0m 1 %\r2 %\r\n\n")
sys.stderr.flush()
print(os.environ["WORD"], "without an end", end="")
"""
    code, lines = ended(script + "print()")
    assert (code, lines) == (0, ["(Engine) 1 %", "2 %", "hello without an end"])


def test_process_half_a_line_waits_for_its_end() -> None:
    process = ServerProcess([sys.executable, "-u", "-c", "print('a'); print('b', end=''); input()"], {})
    seen: list[str] = []
    deadline = time.monotonic() + 60
    while not process.wait(0) and time.monotonic() < deadline:  # its stdin is empty, so input() ends it
        seen += process.lines()
    seen += process.lines()
    process.stop()
    process.delete_log()
    assert seen[0] == "a"
    assert "b" not in seen


def test_process_exit_codes() -> None:
    """Those of a shell."""
    assert ended("import sys; sys.exit(3)")[0] == 3
    assert ended("import os; os.kill(os.getpid(), 9)")[0] == 137


def test_process_no_such_program() -> None:
    process = ServerProcess(["/no/such/program"], {})
    assert process.wait(60)
    assert process.pid is None
    assert any("FileNotFoundError" in line for line in process.lines())
    process.stop()
    process.delete_log()


def test_process_deadlines_fit() -> None:
    """Who stops a process waits longer than its guard does."""
    assert TERM_TIMEOUT_S + KILL_TIMEOUT_S < STOP_TIMEOUT_S
