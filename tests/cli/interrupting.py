"""Programs that are interrupted at a moment that they name."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT


def interrupted(program: str, number: int, *argv: str) -> int:
    """Send a Python program this signal once it has printed a line; its exit code. It has no traceback to show."""
    with subprocess.Popen(
        [sys.executable, "-c", program, *argv], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline()
        process.send_signal(number)
        _, err = process.communicate(timeout=200)
    assert "Traceback" not in err, err
    return process.returncode
