"""What the commands that work on a TARGET alone share: `batch status`, `batch retry` and `batch merge`."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

from ocr.batch.storage import Folder
from ocr.cli.terminal import Terminal
from ocr.errors import NoSuchFile, OcrError, StorageError, UsageError

INTERRUPTED = 128 + signal.SIGINT
"""The exit code of a command that was stopped by Ctrl-C."""


def run_options(folder: Folder) -> dict[str, Any]:
    """What the run was asked for, as run.json has it.

    Raises:
        UsageError: there is no run in the folder.
        StorageError: it cannot be read.
    """
    try:
        options: dict[str, Any] = json.loads(folder.read("run.json"))
        return options
    except NoSuchFile as error:
        raise UsageError(
            f"There is no batch in {folder.url}.", "Name the folder or address that was --out of the run."
        ) from error
    except ValueError as error:
        raise StorageError(f"{folder.address('run.json')} is damaged.", "Restore it from a copy.") from error


def run_command(command: Callable[[Folder], int], target: str) -> int:
    """Call it with the folder; return its exit code, or that of the error that it raises, which is shown."""
    folder = Folder(target)
    try:
        run_options(folder)
        return command(folder)
    except OcrError as error:
        Terminal(quiet=False).complain("", error)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
