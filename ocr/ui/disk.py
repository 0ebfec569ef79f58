"""Visitors' files, written whole, or said why they cannot be."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ocr.errors import OutputError
from ocr.wording import say


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Say what keeps a file of this name from being written.

    Raises:
        OutputError: the disk is full, for one.
    """
    try:
        yield
    except OSError as error:
        why = say("{file} cannot be written: {reason}.", file=name, reason=error.strerror or type(error).__name__)
        raise OutputError(why, "Try again later.") from error


def write_whole(path: Path, data: bytes) -> None:
    """Whole or not at all: the browser may be fetching the file that this one replaces.

    Raises:
        OSError: and nothing of it is left.
    """
    partial = path.with_name(secrets.token_hex(8))
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
