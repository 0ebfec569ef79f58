"""Where pandoc is; apart from what it is used for, which takes longer to load."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from ocr.wording import say

HOW_TO_GET_PANDOC = say("`./setup.sh word` installs it; so does your system, as `apt-get install pandoc`.")


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
