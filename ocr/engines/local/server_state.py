"""The state of a local server."""

import time
from dataclasses import dataclass, field

from ocr.engines.local.stages import Stage
from ocr.errors import EngineFailed


@dataclass(frozen=True, slots=True)
class ServerState:
    """State of a local server; immutable, so that any thread may read it."""

    stage: Stage = Stage.STARTING
    progress: str = ""
    """Of the stage, `42 %`; empty where the log states none."""
    began: float = field(default_factory=time.monotonic)
    """When this start began, by the monotonic clock."""
    ended: float | None = None
    """When it became ready or failed."""
    tail: tuple[str, ...] = ()
    """The log's last lines."""
    problem: EngineFailed | None = None
    """Why it failed, or why it is being restarted."""
    restarts: int = 0

    @property
    def elapsed(self) -> float:
        """Seconds that this start has taken so far, or took."""
        return (self.ended or time.monotonic()) - self.began

    @property
    def settled(self) -> bool:
        """Whether it will stay as it is until something happens: ready, failed or stopped."""
        return self.stage in {Stage.READY, Stage.FAILED, Stage.STOPPED}
