"""A machine made of stubs: a copy of what the scripts need, and a PATH whose first programs are ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT


@dataclass
class Machine:
    folder: Path
    stubs: Path
    environment: dict[str, str] = field(default_factory=dict)

    def stub(self, name: str, script: str) -> None:
        """A program of this name, a shell script."""
        self.program(self.stubs / name, f"#!/bin/sh\n{script}\n")

    @staticmethod
    def program(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder; it sees our stubs and nothing of the developer's environment."""
        path = f"{self.stubs}:{Path(sys.executable).parent}:/usr/bin:/bin"
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={"PATH": path, "CALLS": str(self.folder / "calls"), **self.environment, **environment},
            timeout=300,
        )

    @property
    def calls(self) -> list[str]:
        """What the stubs noted."""
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []


def machine(tmp_path: Path) -> Machine:
    """The repository's deploy/ and ocr/ in a folder of their own."""
    folder, stubs = tmp_path / "checkout", tmp_path / "stubs"
    stubs.mkdir()
    without = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("deploy", "ocr"):
        shutil.copytree(ROOT / name, folder / name, ignore=without)
    return Machine(folder, stubs)
