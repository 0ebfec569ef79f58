"""Write files atomically, and explain why one could not be written."""

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ocr.errors import OutputError
from ocr.i18n import gettext

_PARTIAL = re.compile(r"[0-9a-f]{16}\.part")


def is_partial(name: str) -> bool:
    """Whether a file of this name is one that was not finished, or is not yet."""
    return _PARTIAL.fullmatch(name) is not None


@contextmanager
def whole_file(path: Path, *, durable: bool = False) -> Iterator[IO[bytes]]:
    """A file to write, which gets its name at the end of the block, in place of the one of that name; or none at all.

    With `durable` it is on disk by then, so that it outlives the machine's crash too.

    Raises:
        OSError: and nothing of it is left.
    """
    partial = path.with_name(f"{secrets.token_hex(8)}.part")
    try:
        with partial.open("wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
        if durable:
            _sync_folder(path.parent)
    except BaseException:
        partial.unlink(missing_ok=True)  # half a file on a full disk helps nobody
        raise


def _sync_folder(folder: Path) -> None:
    """Put the names of a folder's files on disk; Windows does that by itself, and opens no folder."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_whole(path: Path, pieces: Iterable[bytes]) -> Path:
    """Write a file whole or not at all, in place of the one of its name; somebody may be reading that. Returns `path`.

    Raises:
        OSError: and nothing of it is left.
    """
    with whole_file(path) as file:
        file.writelines(pieces)
    return path


def unwritable(name: str, error: OSError, next_step: str) -> OutputError:
    """What to raise in place of the system's error where a file, or a stream, of this name cannot be written."""
    why = gettext("{file} cannot be written: {reason}.", file=name, reason=error.strerror or type(error).__name__)
    return OutputError(why, next_step)
