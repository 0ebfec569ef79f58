"""List the documents of a folder and those below it; what is left out is counted."""

import os
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from ocr.documents.filetypes import HEAD_BYTES, media_type_of
from ocr.errors import NotADocument
from ocr.result_formats import Format, file_name

DOCUMENT_SUFFIXES = frozenset(
    {
        ".pdf", ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".tif", ".tiff", ".bmp", ".dib", ".gif", ".heic",
        ".heif", ".avif", ".jp2", ".j2k", ".jpf", ".jpx", ".jpc",
    }
)  # fmt: skip
RESULT_FILES = frozenset(map(file_name, Format))
"""A folder with some of these and nothing else but figures was written for a document.

`document.pdf` alone does not show that: it is a name that people give to documents.
"""

HIDDEN = "hidden"
RESULTS = "results of Pagelight"
UNREADABLE = "unreadable"
SPECIAL = "neither a file nor a folder"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file below a folder."""

    path: Path
    name: str
    """Its path below the folder, with `/`."""
    bytes: int


def documents_below(folder: Path, leave_out: Collection[Path], skipped: Counter[str]) -> Iterator[FoundFile]:
    """The documents in a folder and in those below it; see `files_below`.

    A file whose suffix is none of a document's is one by its first bytes, or is counted by its suffix.
    """
    for found in files_below(folder, leave_out, skipped):
        if is_document(found.name, partial(head_of, found.path), skipped):
            yield found


def files_below(folder: Path, leave_out: Collection[Path], skipped: Counter[str]) -> Iterator[FoundFile]:
    """The files in a folder and in those below it, sorted by name within each.

    Links are followed, and no folder is entered twice. What is hidden or unreadable is left out, and so are the folders
    `leave_out` and those that Pagelight wrote: each counts as one, by its reason.
    """
    left_out = {_identity(one) for one in leave_out} - {None}
    entered = {_identity(folder)}
    waiting = [(folder, "")]
    while waiting:
        place, prefix = waiting.pop()
        below = []
        for entry, status in _entries(place, skipped):
            identity = status.st_dev, status.st_ino
            if stat.S_ISREG(status.st_mode):
                yield FoundFile(Path(entry.path), prefix + entry.name, status.st_size)
            elif not stat.S_ISDIR(status.st_mode):
                skipped[SPECIAL] += 1
            elif identity in left_out:
                skipped[RESULTS] += 1
            elif identity not in entered:
                entered.add(identity)
                below.append((Path(entry.path), f"{prefix}{entry.name}/"))
        waiting += reversed(below)


def _entries(place: Path, skipped: Counter[str]) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    """What stands in a folder and is not hidden, sorted; nothing of one that Pagelight wrote or that is unreadable."""
    try:
        with os.scandir(place) as entries:
            found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError:
        skipped[UNREADABLE] += 1
        return
    if _is_output({entry.name for entry in found}):
        skipped[RESULTS] += 1
        return
    for entry in found:
        if entry.name.startswith("."):
            skipped[HIDDEN] += 1
            continue
        try:
            yield entry, entry.stat()
        except OSError:  # a link to nothing, or a file that has just gone
            skipped[UNREADABLE] += 1


def _is_output(names: set[str]) -> bool:
    """Whether a folder of these names was written for a document, or is the target of a batch run."""
    results = names - {"figures"}
    of_document = results <= RESULT_FILES and results - {file_name(Format.PDF)}
    return bool(of_document) or {"run.json", "manifest"} <= names


def _identity(path: Path) -> tuple[int, int] | None:
    """What a folder is the same by, under whatever name; None of one that is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def head_of(path: Path) -> bytes:
    """The first bytes of a file, which tell its type."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def is_document(name: str, head: Callable[[], bytes] | None, skipped: Counter[str]) -> bool:
    """Whether a file is a document, by its suffix, or else by its first bytes if `head` gives them.

    What is none is counted by its suffix.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in DOCUMENT_SUFFIXES:
        return True
    if head:
        try:
            media_type_of(head(), name)
        except OSError:
            skipped[UNREADABLE] += 1
            return False
        except NotADocument:
            pass
        else:
            return True
    skipped[suffix or "without a suffix"] += 1
    return False


def described(skipped: Counter[str]) -> str:
    """`12 .txt, 3 hidden`: what was left out, the most frequent first."""
    most_first = sorted(skipped.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {reason}" for reason, count in most_first)
