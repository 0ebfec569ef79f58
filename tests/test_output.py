"""Files written on a disk that is full."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.output import unwritable, write_whole


def test_output_holds_a_file_whole_or_not_at_all(full_disk: Path) -> None:
    """What does not fit leaves the file from before, and nothing beside it."""
    (full_disk / "ballast").unlink()
    write_whole(full_disk / "page.png", [b"be", b"fore"])
    with pytest.raises(OSError, match="No space left") as caught:
        write_whole(full_disk / "page.png", [bytes(4096), bytes(4096)])
    assert [(path.name, path.read_bytes()) for path in full_disk.iterdir()] == [("page.png", b"before")]
    error = unwritable("page.png", caught.value, "Try again later.")
    assert str(error) == "page.png cannot be written: No space left on device. Try again later."


def test_output_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    """The partial file's own name is short."""
    assert write_whole(tmp_path / ("n" * 255), [b"whole"]).read_bytes() == b"whole"
