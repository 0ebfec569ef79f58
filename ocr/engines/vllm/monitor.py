"""Monitors one process of a local server: its log, stage, health and end."""

from __future__ import annotations

import http.client
import time
from collections import deque
from dataclasses import replace

from ocr.engines.vllm.command import HOST
from ocr.engines.vllm.process import ServerProcess
from ocr.engines.vllm.server_state import ServerState
from ocr.engines.vllm.stages import Stage, StageReader
from ocr.errors import Stalled
from ocr.i18n import gettext

HEALTH_TIMEOUT_S = 2.0
"""A healthy server answers `/health` in milliseconds."""
SILENCE_TIMEOUT_S = 900.0
"""Limit for a start without log output; compiling graphs takes minutes without any, nothing takes this long."""
TAIL_LINES = 200
"""Lines of the log that the screen may show."""
MAX_LOG_LINES = 20_000
"""Lines of the log that are searched for the cause of its end."""


class ProcessMonitor:
    """One process of a server: its log so far, its stage, whether it has been ready."""

    def __init__(self, process: ServerProcess, port: int) -> None:
        """`process` has just been started, to listen on `port`."""
        self._process, self._port = process, port
        self._stages = StageReader()
        self._last_output_at = time.monotonic()
        self._tail: tuple[str, ...] = ()
        self.lines: deque[str] = deque(maxlen=MAX_LOG_LINES)
        """Its output."""
        self.ready = False
        """Whether its health check has succeeded once."""

    def poll(self) -> int | None:
        """Read what is new; return the exit code if it has ended.

        Raises:
            Stalled: it has logged nothing for too long.
        """
        code = self._process.poll()  # first, so that a dead process's log is read to its end
        said = self._process.lines()
        for line in said:
            self.lines.append(line)
            self._stages.feed(line)
        if said:
            self._last_output_at = time.monotonic()
            self._tail = (*self._tail, *said)[-TAIL_LINES:]
        if code is None and not self.ready:
            self.ready = healthy(self._port)
            if not self.ready and time.monotonic() - self._last_output_at > SILENCE_TIMEOUT_S:
                raise Stalled(
                    gettext(
                        "vLLM has said nothing for {minutes:.0f} minutes while {stage}.",
                        minutes=SILENCE_TIMEOUT_S / 60,
                        stage=gettext(self._stages.stage.value),
                    ),
                    "Try again; if it stalls again, see what nvidia-smi says.",
                )
        return code

    def state(self, before: ServerState) -> ServerState:
        """The state now; the same one, if nothing has changed."""
        stage, progress = (Stage.READY, "") if self.ready else (self._stages.stage, self._stages.progress)
        if (stage, progress, self._tail) == (before.stage, before.progress, before.tail):
            return before
        ended = (before.ended or time.monotonic()) if self.ready else None
        problem = None if self.ready else before.problem  # what it is restarted for
        return replace(before, stage=stage, progress=progress, tail=self._tail, ended=ended, problem=problem)


def healthy(port: int) -> bool:
    """Whether the health check of the server on this port succeeds."""
    connection = http.client.HTTPConnection(HOST, port, timeout=HEALTH_TIMEOUT_S)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
