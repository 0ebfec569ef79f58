"""A vLLM whose start is in the test's hand: the stub, behind a gate."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ocr.config.settings import Settings
from ocr.engines.local.supervisor import LocalServer
from ocr.engines.select import Server
from ocr.engines.vllm.command import launch
from tests.conftest import ROOT

GATE = """\
echo "(APIServer pid=7) INFO 11-21 19:21:21 [api_utils.py:286] non-default args: <b>not markup</b> ${alert(1)}"
until [ -e "$HERE/open" ]; do sleep 0.05; done
if [ -e "$HERE/broken" ]; then echo "ERROR torch.OutOfMemoryError: CUDA out of memory."; exit 1; fi
exec "$PYTHON" "$STUB" "$@"
"""
MODEL = "ready"
"""Tells the stub to serve."""


@dataclass(frozen=True)
class Gate:
    """A server that starts when it may."""

    server: Server
    here: Path

    @property
    def local(self) -> LocalServer:
        assert self.server.local
        return self.server.local

    def open(self) -> None:
        """It may go on."""
        (self.here / "open").touch()

    def break_it(self) -> None:
        """It runs out of memory as soon as it goes on."""
        (self.here / "broken").touch()

    def mend(self) -> None:
        """The next start succeeds."""
        (self.here / "broken").unlink()


@contextmanager
def gate(here: Path) -> Iterator[Gate]:
    """A server on its way up, stopped at the gate, while the block runs."""
    (here / "gate.sh").write_text(GATE.replace("${alert", "\\${alert"))
    start = launch(Settings(local=MODEL, vllm_command=f"sh {here / 'gate.sh'}"))
    stub = str(ROOT / "tests" / "engines" / "local" / "stub_vllm.py")
    environment = {**start.environment, "HERE": str(here), "PYTHON": sys.executable, "STUB": stub}
    with LocalServer(replace(start, environment=environment)) as local:
        yield Gate(Server(start.url, "Reading by vLLM here.", 4, start.api_key, local), here)
