"""Progress of a server's start, read from its log."""

import re
from collections.abc import Sequence
from enum import StrEnum


class Stage(StrEnum):
    """Stage of a local server's start; the values are shown to users."""

    STARTING = "starting the server"
    RESOLVING = "resolving the model"
    DOWNLOADING = "downloading the weights"
    CONVERTING = "converting the weights"
    LOADING = "loading the weights"
    PROFILING = "profiling memory"
    CAPTURING = "capturing CUDA graphs"
    COMPILING = "compiling kernels, once for this machine"
    LISTENING = "opening the API"
    READY = "ready"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"


ORDER = tuple(Stage)

PERCENT = re.compile(r"(\d+)%")
AMOUNT = re.compile(r"\|\s*([\d.]+[kMGT]?B?/[\d.]+[kMGT]B?)\b")


class StageReader:
    """Fold a log into a stage and its progress; `feed` it line by line."""

    def __init__(self, patterns: Sequence[tuple[str, Stage]]) -> None:
        """Before the first line the process has just been started; `patterns` are the program's."""
        self._patterns = patterns
        self.stage = Stage.STARTING
        self.progress = ""
        """`42 %`, with the amounts where the log has them; empty where it states none."""

    def feed(self, line: str) -> None:
        """Take one line; stages only ever advance, since several processes write to one log."""
        for pattern, stage in self._patterns:
            if re.search(pattern, line):
                if ORDER.index(stage) < ORDER.index(self.stage):
                    return
                if stage is not self.stage:
                    self.stage, self.progress = stage, ""
                percent = PERCENT.search(line)
                if percent:
                    amount = AMOUNT.search(line)
                    self.progress = f"{percent[1]} %" + (f", {amount[1]}" if amount else "")
                return
