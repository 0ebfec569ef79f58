"""Log of a local server's start: each stage once, and the progress of downloads."""

from collections.abc import Callable

from ocr.engines.local.server_state import ServerState
from ocr.engines.local.stages import Stage
from ocr.engines.select import Server

STEP_PERCENT = 10
"""Percent between two lines about a download or a conversion."""
STEPWISE_STAGES = (Stage.DOWNLOADING, Stage.CONVERTING)


def follow_start(server: Server, write: Callable[[str], object]) -> None:
    """Wait until a server started here is ready, and write each of its stages once; other servers are ready.

    Raises:
        EngineFailed: one of its kinds, if it does not start.
    """
    if server.local:
        server.local.follow(StageLogger(write, server.local.launch.program.expectation))


class StageLogger:
    """Called with every state; writes each stage once."""

    def __init__(self, write: Callable[[str], object], expectation: str) -> None:
        """`write` takes whole lines, with their ends; `expectation` is the first."""
        self._write, self._expectation = write, expectation
        self._logged: set[tuple[int, Stage, int]] = set()

    def __call__(self, state: ServerState) -> None:
        """Write the state's stage, unless it was written."""
        if state.stage in {Stage.FAILED, Stage.STOPPED}:
            return
        percent = int(state.progress.partition(" ")[0]) if state.stage in STEPWISE_STAGES and state.progress else 0
        key = (state.restarts, state.stage, percent // STEP_PERCENT)
        if key in self._logged:
            return
        if not self._logged:
            self._write(f"{self._expectation}\n")
        self._logged.add(key)
        self._write(f"{state.elapsed:4.0f} s  {state.stage}{f' {state.progress}' if state.progress else ''}\n")
