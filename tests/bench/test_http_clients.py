"""The clients that are measured read what the lockstep server writes, a write a read."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.http_clients import MODES, OURS, TOKENS, Mode
from tests.conftest import ROOT

PAGES = 2
FRAME_READS = 2
"""A page's reads beside those of its tokens: the answer's head, its end."""


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode.interval * mode.together == 16], ids=lambda m: m.name)
@pytest.mark.parametrize("client", ["aiohttp", "httpx", "bare protocol", OURS])
def test_http_clients_read_each_write_by_itself(client: str, mode: Mode, tmp_path: Path) -> None:
    command = ["bench.http_clients", "--child", client, "--mode", mode.name, "--pages", str(PAGES)]
    counted = [sys.executable, "-m", "bench.reads", str(tmp_path / "reads"), *command]
    done = subprocess.run(counted, cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout) > 0
    expected = PAGES * TOKENS // 16
    assert expected <= int((tmp_path / "reads").read_text()) <= expected + PAGES * FRAME_READS
