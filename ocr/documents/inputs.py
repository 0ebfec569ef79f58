"""Turn what a caller passes (paths, bytes, file objects) into files that can be opened."""

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from ocr.errors import OutputError, UsageError

DocumentInput = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]
"""A document: its path, its bytes, or a file object open for reading in binary mode."""


def check_input(given: object) -> None:
    """Refuse what is not a document.

    Raises:
        TypeError: it is neither a path, nor bytes, nor a binary file object.
        UsageError: it is an empty path.
    """
    if isinstance(given, str | os.PathLike):
        if not os.fspath(given):
            raise UsageError("A document's path is empty.")
    elif not (isinstance(given, bytes | bytearray | memoryview) or hasattr(given, "read")):
        raise TypeError(f"a document is a path, bytes or a binary file object, not {type(given).__name__}")
    elif isinstance(getattr(given, "encoding", None), str):
        raise TypeError("a document's file object is open in text mode; open it with mode 'rb'")


def input_file(given: DocumentInput, index: int, copies: ExitStack) -> tuple[Path, str]:
    """The path of a document, and its name in messages: a path as the caller wrote it. Blocks while it is copied.

    Args:
        given: what `check_input` accepts; a file object is read from where it stands to its end, and not closed.
        index: which document of the run it is, from 0.
        copies: deletes, at its end, the temporary folder with the copy of what is not a path.

    Raises:
        TypeError: a file object gives text.
        OutputError: the temporary file cannot be written, or the file object cannot be read.
    """
    if isinstance(given, str | os.PathLike):
        return Path(given), os.fspath(given)
    name = getattr(given, "name", None)
    shown = Path(name).name if isinstance(name, str) and name else f"document {index + 1}"
    try:
        path = Path(copies.enter_context(tempfile.TemporaryDirectory(prefix="pagelight-")), "document")
        with path.open("wb") as file:
            if isinstance(given, bytes | bytearray | memoryview):
                file.write(given)
            else:
                shutil.copyfileobj(given, file)
    except OSError as error:
        raise OutputError(
            f"{shown} cannot be copied into a temporary file: {error.strerror or error}.",
            "Free some space in the temporary folder, or pass a path.",
        ) from error
    return path, shown
