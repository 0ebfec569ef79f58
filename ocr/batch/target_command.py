"""What `batch` and its words share; `status`, `retry` and `merge` work on a TARGET alone."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

from ocr.batch.batch_settings import BatchSettings, read_run
from ocr.batch.storage import Folder
from ocr.cli.terminal import Terminal
from ocr.errors import OcrError
from ocr.extras import require
from ocr.i18n import gettext
from ocr.interrupts import INTERRUPTED


def run_module(name: str, asked: Sequence[str] | BatchSettings) -> int:
    """Call `main` of one of this package's modules, which needs what reads Parquet; return the exit code."""
    try:
        require("scale", gettext("Reading at scale"))
    except OcrError as error:
        return _shown(error)
    code: int = importlib.import_module(f"ocr.batch.{name}").main(asked)
    return code


def run_command(command: Callable[[Folder], int], target: str) -> int:
    """Call it with the folder of a run; return its exit code, or that of the error that it raises, which is shown."""
    folder = Folder(target)
    try:
        read_run(folder)
        return command(folder)
    except OcrError as error:
        return _shown(error)
    except KeyboardInterrupt:
        return INTERRUPTED


def _shown(error: OcrError) -> int:
    Terminal(quiet=False).complain("", error)
    return error.exit_code
