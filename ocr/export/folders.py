"""Which folder each document of a run gets."""

from __future__ import annotations

from pathlib import Path, PurePath


class Folders:
    """Gives each document of a run a folder named by its stem; equal stems get a number."""

    def __init__(self, root: Path) -> None:
        """`root` is the folder that will hold the folders."""
        self._root = root
        self._taken: set[str] = set()

    def claim(self, name: str) -> Path:
        """A folder that no other document of this run has."""
        stem = PurePath(name).stem or "document"
        candidate, number = stem, 1
        while candidate.casefold() in self._taken:  # some file systems do not tell A from a
            number += 1
            candidate = f"{stem}-{number}"
        self._taken.add(candidate.casefold())
        return self._root / candidate
