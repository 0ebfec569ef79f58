"""The real vLLM's starts and ends: what is explained, and that nothing stays.

What else it may die of is in tests/engines/vllm/logs, as it was recorded.
"""

from __future__ import annotations

import socket
import subprocess
import sys

import psutil
import pytest

from ocr.errors import ContextTooLong, EngineFailed, NoSuchModel, PortInUse
from tests.conftest import ROOT, VLLM
from tests.tiny_model.model import CHECKPOINT
from tests.tiny_model.reading import started
from tests.vllm.conftest import local_settings


@pytest.mark.parametrize(
    ("changed", "kind", "says"),
    [
        ({"local": "lightonai/NoSuchOCR"}, NoSuchModel, "HF_HUB_OFFLINE|Check the name"),
        ({"max_model_len": 100_000}, ContextTooLong, "--max-model-len"),
    ],
    ids=["no-model", "context"],
)
def test_starting_explained(changed: dict[str, object], kind: type[EngineFailed], says: str) -> None:
    """A sentence says what went wrong and another what to do."""
    with pytest.raises(kind, match=says) as failed, started(local_settings(**changed)):
        pass
    assert failed.value.exit_code == 4


def test_starting_taken_port() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(PortInUse, match="--vllm-port"),
        started(local_settings(vllm_port=taken.getsockname()[1])),
    ):
        pass


PARENT = """
import signal, sys
from ocr.config.settings import Settings
from ocr.engines.local.stages import ORDER, Stage
from ocr.engines.select import running_server
with running_server(Settings(local=sys.argv[1], vllm_command=sys.argv[2], fast_boot=True)) as server:
    state = server.local.state
    while ORDER.index(state.stage) < ORDER.index(Stage.PROFILING):
        state = server.local.changed(state, 60)
    print(server.local.guard_pid, flush=True)
    signal.pause()
"""


def test_starting_leaves_no_orphan() -> None:
    """Where the program is killed while its vLLM starts, the engine and all other processes end too."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, CHECKPOINT, VLLM],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
    ) as parent:  # fmt: skip
        assert parent.stdout
        guard = psutil.Process(int(parent.stdout.readline()))
        below = [guard, *guard.children(recursive=True)]
        assert any("EngineCore" in process.name() for process in below)
        parent.kill()
    assert psutil.wait_procs(below, timeout=120)[1] == []
