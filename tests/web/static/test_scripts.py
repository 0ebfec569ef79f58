"""The page's scripts, tested by Node without a browser: the *.test.js beside this file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

NODE = Path(sys.executable).with_name("node")
TIMEOUT_S = 200


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("*.test.js")), ids=lambda path: path.stem)
def test_scripts(path: Path) -> None:
    done = subprocess.run([NODE, "--test", path], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.returncode == 0, done.stdout + done.stderr
