"""Files written on a disk that is full."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.output import is_partial, unwritable, whole_file, write_whole


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


@pytest.mark.parametrize("links", [True, False], ids=["links", "no-links"])
def test_output_does_not_replace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool) -> None:
    """A file that must be new is refused where there is one of its name, also on a file system without links."""
    if not links:

        def refuse(path: Path, to: Path) -> None:
            raise PermissionError(1, "Operation not permitted", str(path))

        monkeypatch.setattr(Path, "hardlink_to", refuse)
    with whole_file(tmp_path / "a", replace=False) as file:
        file.write(b"first")
        (unfinished,) = tmp_path.iterdir()
        assert is_partial(unfinished.name)
    with pytest.raises(FileExistsError), whole_file(tmp_path / "a", replace=False) as file:
        file.write(b"second")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"first")]
