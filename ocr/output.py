"""Write files atomically, and explain why one could not be written."""

import secrets
from collections.abc import Iterable
from pathlib import Path

from ocr.errors import OutputError
from ocr.i18n import gettext


def write_whole(path: Path, pieces: Iterable[bytes]) -> Path:
    """Write a file whole or not at all, in place of the one of its name; somebody may be reading that. Returns `path`.

    Raises:
        OSError: and nothing of it is left.
    """
    partial = path.with_name(f"{secrets.token_hex(8)}.part")
    try:
        with partial.open("wb") as file:
            file.writelines(pieces)
        return partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)  # half a file on a full disk helps nobody
        raise


def unwritable(name: str, error: OSError, next_step: str) -> OutputError:
    """What to raise in place of the system's error where a file, or a stream, of this name cannot be written."""
    why = gettext("{file} cannot be written: {reason}.", file=name, reason=error.strerror or type(error).__name__)
    return OutputError(why, next_step)
