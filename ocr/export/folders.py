"""Which folder each document of a run gets."""

from __future__ import annotations

from pathlib import Path

from ocr.filenames import folder_name, same_on_disk


class Folders:
    """Gives each document of a run a folder named after it; where two would share one, the later gets a number."""

    def __init__(self, root: Path) -> None:
        """`root` is the folder that will hold the folders."""
        self._root = root
        self._taken: set[str] = set()

    def claim(self, name: str) -> Path:
        """A folder that no other document of this run has, right below the root."""
        stem = candidate = folder_name(name)
        number = 1
        while same_on_disk(candidate) in self._taken:
            number += 1
            candidate = f"{stem}-{number}"
        self._taken.add(same_on_disk(candidate))
        return self._root / candidate
