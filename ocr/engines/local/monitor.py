"""Monitors one process of a local server: its log, stage, health and end."""

import http.client
import time
from collections import deque
from dataclasses import replace

from ocr.engines.local.process import ServerProcess
from ocr.engines.local.program import HOST, Launch
from ocr.engines.local.server_state import ServerState
from ocr.engines.local.stages import Stage, StageReader
from ocr.errors import Stalled
from ocr.i18n import gettext

HEALTH_TIMEOUT_S = 2.0
"""A healthy server answers `/health` in milliseconds."""
TAIL_LINES = 200
"""Lines of the log that the screen may show."""
MAX_LOG_LINES = 20_000
"""Lines of the log that are searched for the cause of its end."""


class ProcessMonitor:
    """One process of a server: its log so far, its stage, whether it has been ready."""

    def __init__(self, process: ServerProcess, launch: Launch) -> None:
        """`process` has just been started for `launch`."""
        self._process, self._port, self._program = process, launch.port, launch.program
        self._stages = StageReader(launch.program.stages)
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
            limit_s = self._program.silence_timeout_s
            if not self.ready and time.monotonic() - self._last_output_at > limit_s:
                raise Stalled(
                    gettext(
                        "{server} has logged nothing for {minutes:.0f} minutes while {stage}.",
                        server=self._program.name,
                        minutes=limit_s / 60,
                        stage=gettext(self._stages.stage.value),
                    ),
                    self._program.when_stalled,
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
