"""Why results cannot be written."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from ocr.cli.output_errors import explained_writing
from ocr.errors import OutputError, ProgramFault, UsageError


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "out/a.md"), "out/a.md cannot be written"),
        (OSError(errno.ENAMETOOLONG, "File name too long"), "shorter path"),
        (OSError("odd"), "choose another --out"),
    ],
)
def test_output_errors_say_what_helps(error: OSError, says: str) -> None:
    with pytest.raises(OutputError) as raised, explained_writing(Path("out")):
        raise error
    assert says in str(raised.value)
    assert "--out" in raised.value.next_step


def test_output_errors_leave_others_alone() -> None:
    with pytest.raises(UsageError), explained_writing(Path("out")):
        raise UsageError("No.")
    with pytest.raises(ProgramFault), explained_writing(Path("out")):
        raise KeyError("x")
