"""Write files atomically, and explain why one could not be written."""

import errno
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ocr.errors import OutputError
from ocr.i18n import gettext

RESERVE_BYTES = 256 * 1024**2
"""Left free on the disk at all times by what keeps files for users."""
_PARTIAL = re.compile(r"[0-9a-f]{16}\.part")


def is_partial(name: str) -> bool:
    """Whether a file of this name is one that was not finished, or is not yet."""
    return _PARTIAL.fullmatch(name) is not None


def private_opener(path: str, flags: int) -> int:
    """Open a file, a new one for its user alone; the `opener` of `open`."""
    return os.open(path, flags, 0o600)


@contextmanager
def whole_file(
    path: Path, *, durable: bool = False, replace: bool = True, private: bool = False
) -> Iterator[IO[bytes]]:
    """A file to write, which gets its name at the end of the block, in place of the one of that name; or none at all.

    With `durable` it is on disk by then, so that it outlives the machine's crash too; a `private` one is readable by
    its user alone.

    Raises:
        OSError: and nothing of it is left.
        FileExistsError: there is one of that name, and `replace` is false.
    """
    partial = path.with_name(f"{secrets.token_hex(8)}.part")
    try:
        with open(partial, "wb", opener=private_opener if private else None) as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if replace:
            partial.replace(path)
        else:
            _name_new(partial, path)
        if durable:
            _sync_folder(path.parent)
    except BaseException:
        partial.unlink(missing_ok=True)  # half a file on a full disk helps nobody
        raise


def _name_new(partial: Path, path: Path) -> None:
    """Give a file a name that is free: by a link, the one way of POSIX, also over a network.

    Where a file system has no links, somebody else may take the name at the same moment.
    """
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        raise
    except OSError as error:
        if path.exists():
            raise FileExistsError(errno.EEXIST, "File exists", str(path)) from error
        partial.replace(path)
    else:
        partial.unlink()


def _sync_folder(folder: Path) -> None:
    """Put the names of a folder's files on disk; Windows does that by itself, and opens no folder."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_whole(path: Path, pieces: Iterable[bytes], *, private: bool = False) -> Path:
    """Write a file whole or not at all, in place of the one of its name; somebody may be reading that. Returns `path`.

    A `private` one is readable by its user alone.

    Raises:
        OSError: and nothing of it is left.
    """
    with whole_file(path, private=private) as file:
        file.writelines(pieces)
    return path


def unwritable(name: str, error: OSError, next_step: str) -> OutputError:
    """What to raise in place of the system's error where a file, or a stream, of this name cannot be written."""
    why = gettext("{file} cannot be written: {reason}.", file=name, reason=error.strerror or type(error).__name__)
    return OutputError(why, next_step)
