"""Pagelight's wheel in an environment of its own, for the tests of what is installed.

The environments are real and share nothing: `uv` installs the wheel and what it depends on, in the versions of the
developers' lock, out of the cache into which `./setup.sh test` has put them before.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT, SAMPLES
from tests.inference.scripted_server import Connection, Request

LETTER = (SAMPLES / "truth" / "letter-1.txt").read_text()


@dataclass(frozen=True)
class Environment:
    """A Python environment, and a folder outside the checkout where its commands run."""

    folder: Path

    async def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, with nothing of ours in its environment."""
        program, *arguments = command
        return await asyncio.to_thread(
            subprocess.run, [self.folder / "bin" / program, *arguments], cwd=self.folder, env=self.variables,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    @property
    def variables(self) -> dict[str, str]:
        """Its programs find no others, such as a pandoc of the system."""
        return {"PATH": str(self.folder / "bin"), "HOME": str(self.folder), "OCR_CACHE": "no", "OCR_LIBRARY": "no"}

    def text_of(self, name: str) -> str:
        """What one of its programs wrote."""
        return (self.folder / name).read_text(encoding="utf-8")


def build_wheel(folder: Path) -> Path:
    """The wheel built from the source distribution of this checkout, by the build backend of the developers' lock."""
    _uv("build", "--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder)
    (built,) = folder.glob("*.whl")
    return built


def install(wheel: Path, folder: Path, extras: str = "") -> Environment:
    """A new environment with the wheel and some extras, such as `[app]`, and nothing else."""
    _uv("venv", "--quiet", "--python", sys.executable, folder)
    lock = ROOT / "requirements-dev.lock"
    _uv("pip", "install", "--quiet", "--python", folder / "bin" / "python", "--constraints", lock, f"{wheel}{extras}")
    return Environment(folder)


async def answer_letter(request: Request, connection: Connection) -> None:
    """Answer as a model server that reads the sample letter's text on every page."""
    await connection.stream(LETTER, tokens=100)


def _uv(*arguments: str | Path) -> None:
    """Run the uv that setup.sh uses."""
    program = shutil.which("uv") or ROOT / ".venv-uv" / "bin" / "uv"
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
