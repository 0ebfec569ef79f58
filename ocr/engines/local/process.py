"""A server's process and its log; `process_guard` ends it together with the program."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ocr.engines.local import process_guard

STOP_TIMEOUT_S = process_guard.TERM_TIMEOUT_S + process_guard.KILL_TIMEOUT_S + 2
"""The guard's own deadlines, and some."""

ANSI_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class ServerProcess:
    """A command that runs until it ends, is stopped, or the program ends."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it.

        Raises:
            OSError: the guard cannot be started, or its log not be written.
        """
        handle, path = tempfile.mkstemp(prefix="pagelight-server-", suffix=".log")
        self.log = Path(path)
        """Its whole output; the file stays until `delete_log`."""
        self._reader = self.log.open("rb")
        self._partial_line = b""
        self._guard = subprocess.Popen(
            [sys.executable, "-I", str(process_guard.__file__), *command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=handle, env=dict(environment), start_new_session=True,
        )  # fmt: skip
        os.close(handle)
        assert self._guard.stdout
        said = self._guard.stdout.readline()
        self.pid = int(said) if said else None
        """The command's; also its process group's. None if it could not be started: the log says why."""

    def lines(self) -> list[str]:
        """Its output since the last call, without colours; a progress bar's every state is a line."""
        *whole, self._partial_line = re.split(rb"[\r\n]+", self._partial_line + self._reader.read())
        lines = [ANSI_COLOURS.sub("", line.decode(errors="replace")).rstrip() for line in whole]
        return [line for line in lines if line]

    def poll(self) -> int | None:
        """Its exit code as a shell has it; None while it runs."""
        code = self._guard.poll()
        if code is not None and code < 0 and self.pid is not None:  # the guard was killed: do its work
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        return code

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within that time."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._guard.wait(seconds)
        return self.poll() is not None

    def stop(self) -> None:
        """End it and all its descendants; return when they have ended."""
        if self.poll() is None:
            self._guard.terminate()
            if not self.wait(STOP_TIMEOUT_S):
                self._guard.kill()
                self.wait(process_guard.KILL_TIMEOUT_S)
        self._close()

    def detach(self) -> None:
        """Let it run on after the program; a SIGTERM to `guard_pid` ends it."""
        assert self._guard.stdin
        self._guard.stdin.write(b"k")
        self._guard.stdin.flush()
        self._guard.returncode = 0  # no longer ours: nobody shall warn that it still runs
        self._close()

    @property
    def guard_pid(self) -> int:
        """The guard's: who signals it ends the server."""
        return self._guard.pid

    def delete_log(self) -> None:
        """Delete the log."""
        self.log.unlink(missing_ok=True)

    def _close(self) -> None:
        for stream in (self._guard.stdin, self._guard.stdout, self._reader):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
