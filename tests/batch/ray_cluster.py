"""A real Ray on loopback: a head without processors and two nodes, in a process of `.venv-ray`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.conftest import RAY, ROOT

PYTHON = RAY.with_name("python")
START_TRIES = 3
"""Ray gives a raylet 30 s, which no option changes; on a busy machine the Python that it waits for takes longer."""


@dataclass(frozen=True)
class RayCluster:
    """The cluster while it runs."""

    environment: dict[str, str]
    """For a program that uses it."""
    raylets: tuple[int, ...]
    """The process id of each node's raylet."""

    def workers(self, node: int) -> list[psutil.Process]:
        """The workers of a node that read a task, or wait for one."""
        found = []
        for process in psutil.Process(self.raylets[node]).children():
            with suppress(psutil.NoSuchProcess):
                if "read_rank" in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def kill_node(self, node: int) -> None:
        """Kill a node's raylet and all that it has started, by SIGKILL."""
        raylet = psutil.Process(self.raylets[node])
        for process in [raylet, *raylet.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()


@contextmanager
def ray_cluster() -> Iterator[RayCluster]:
    """Two nodes of one processor each; nothing is left running after the block."""
    folder = tempfile.mkdtemp(prefix="ray-")  # short: the paths of its sockets have to fit 107 characters
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "RAY_TMPDIR": folder,
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # else it listens on, and connects to, this machine's outer address
    }
    errors = Path(folder, "errors.txt")
    try:
        with ExitStack() as processes:
            for _ in range(START_TRIES):
                process = processes.enter_context(_starting(environment, errors))
                assert process.stdout
                if line := process.stdout.readline():
                    break
            assert line, errors.read_text()
            started = json.loads(line)
            yield RayCluster(environment | {"RAY_ADDRESS": started["address"]}, tuple(started["raylets"]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _starting(environment: dict[str, str], errors: Path) -> subprocess.Popen[str]:
    """The program that starts it, and ends it when its standard input is closed; `errors` gets what it says."""
    with errors.open("w") as stderr:
        return subprocess.Popen(
            [PYTHON, "-m", "tests.batch.ray_cluster_main"], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
        )  # fmt: skip
