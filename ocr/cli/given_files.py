"""The documents that a command line names: files, and those of folders."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ocr.documents.folder_listing import described, documents_below
from ocr.errors import UsageError


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A document to read."""

    path: Path
    below: tuple[str, ...] = ()
    """The folders between the one that was named and the document, which are kept in the output."""
    name: str = ""
    """What it is called, where that is not its path."""

    @property
    def shown(self) -> str:
        """What it is called: as it was written on the command line, which tells `a/x.pdf` from `b/x.pdf`."""
        return self.name or str(self.path)


def given_files(paths: Sequence[Path], out: Path) -> tuple[list[GivenFile], str]:
    """The documents of paths, those of folders with the folders below, and in words what was left out of these.

    The folder `out` is not entered.

    Raises:
        UsageError: a folder has no documents.
    """
    files: list[GivenFile] = []
    skipped: Counter[str] = Counter()
    for path in paths:
        if not _is_folder(path):
            files.append(GivenFile(path))
            continue
        here: Counter[str] = Counter()
        found = [GivenFile(one.path, PurePosixPath(one.name).parts[:-1]) for one in documents_below(path, (out,), here)]
        if not found:
            left_out = f" (left out: {described(here)})" if here else ""
            raise UsageError(f"{path} holds no documents{left_out}.", "Name another folder, or a file itself.")
        files += found
        skipped += here
    return files, described(skipped)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # said when it is opened
        return False
