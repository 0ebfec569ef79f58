"""Progress of vLLM's start, read from its log."""

from __future__ import annotations

import re
from enum import StrEnum


class Stage(StrEnum):
    """Stage of a local server's start; the values are shown to users."""

    STARTING = "starting vLLM"
    RESOLVING = "resolving the model"
    DOWNLOADING = "downloading the weights"
    LOADING = "loading the weights"
    PROFILING = "profiling memory"
    CAPTURING = "capturing CUDA graphs"
    LISTENING = "opening the API"
    READY = "ready"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"


ORDER = tuple(Stage)

LOG_PATTERNS: tuple[tuple[str, Stage], ...] = (
    (r"\.(safetensors|bin|gguf)\b.*:\s*\d+%\|", Stage.DOWNLOADING),
    (r"^Fetching \d+ files:\s*\d+%", Stage.DOWNLOADING),
    (r"Starting to load model|Loading safetensors|Loading .*checkpoint shards|Loading weights took", Stage.LOADING),
    (r"Model loading took|Encoder cache will be initialized|Dynamo bytecode|torch\.compile took", Stage.PROFILING),
    (r"KV cache memory|for KV cache on node|KV cache size|Warming up model", Stage.PROFILING),
    (r"Capturing (CUDA|cuda) ?graphs?|Capturing .*graph", Stage.CAPTURING),
    (r"init engine .* took|Starting vLLM (API )?server|Started server process", Stage.LISTENING),
    (r"vLLM API server version|Resolved architecture|non-default args|Initializing a V1 LLM engine", Stage.RESOLVING),
)
"""What the log of vLLM 0.32 says at each stage; a line that says none of it leaves the stage as it is."""

PERCENT = re.compile(r"(\d+)%")
AMOUNT = re.compile(r"\|\s*([\d.]+[kMGT]?B?/[\d.]+[kMGT]B?)\b")


class StageReader:
    """Fold a log into a stage and its progress; `feed` it line by line."""

    def __init__(self) -> None:
        """Before the first line the process has just been started."""
        self.stage = Stage.STARTING
        self.progress = ""
        """`42 %`, with the amounts where the log has them; empty where it states none."""

    def feed(self, line: str) -> None:
        """Take one line; stages only ever advance, since several processes write to one log."""
        for pattern, stage in LOG_PATTERNS:
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
