"""Where pandoc is; apart from what it is used for, which takes longer to load."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ocr.i18n import say

HOW_TO_GET_PANDOC = say("`./setup.sh word` installs it; so does your system, as `apt-get install pandoc`.")

_running: set[subprocess.Popen[bytes]] = set()


def run_pandoc(command: Sequence[str], text: bytes, timeout_s: float) -> tuple[int, bytes, bytes]:
    """Its exit code, what it made of the text, and what it said.

    Raises:
        OSError: it cannot be started.
        subprocess.TimeoutExpired: it took longer.
    """
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        _running.add(process)
        try:
            made, said = process.communicate(text, timeout=timeout_s)
        except BaseException:
            process.kill()
            raise
        finally:
            _running.discard(process)
    return process.returncode, made, said


def kill_pandoc() -> None:
    """End every pandoc that runs, so that no thread waits for one any more."""
    for process in tuple(_running):
        process.kill()


def can_write_word() -> bool:
    """Whether there is a pandoc."""
    return find_pandoc() is not None


def find_pandoc() -> str | None:
    """The pandoc on the path, else the one that the package pypandoc_binary brings."""
    if found := shutil.which("pandoc"):
        return found
    package = importlib.util.find_spec("pypandoc")
    inside = Path(package.origin).parent / "files" / "pandoc" if package and package.origin else None
    return next(
        (str(file) for file in (inside, inside and inside.with_suffix(".exe")) if file and file.is_file()), None
    )
