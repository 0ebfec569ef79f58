"""Documents as a caller has them become files that can be opened."""

from __future__ import annotations

import io
from contextlib import ExitStack
from pathlib import Path

import pytest

from ocr.documents.inputs import input_file
from ocr.errors import OutputError


def test_inputs_a_path_is_left_where_it_is(tmp_path: Path) -> None:
    """Nothing is copied, and messages have the path as it was written."""
    with ExitStack() as copies:
        assert input_file(tmp_path / "a.pdf", 0, copies) == (tmp_path / "a.pdf", str(tmp_path / "a.pdf"))
        assert input_file("a.pdf", 1, copies) == (Path("a.pdf"), "a.pdf")


def test_inputs_are_copied_and_deleted(tmp_path: Path) -> None:
    """Bytes and file objects are in files while they are wanted; a file object keeps its name and stays open."""
    (tmp_path / "a.pdf").write_bytes(b"in a file")
    with ExitStack() as copies, (tmp_path / "a.pdf").open("rb") as opened:
        given = (b"bytes", io.BytesIO(b"in memory"), opened)
        paths, names = zip(*(input_file(one, index, copies) for index, one in enumerate(given)), strict=True)
        assert [path.read_bytes() for path in paths] == [b"bytes", b"in memory", b"in a file"]
        assert names == ("document 1", "document 2", "a.pdf")
        assert not opened.closed
    assert not any(path.parent.exists() for path in paths)


def test_inputs_that_cannot_be_read() -> None:
    """What a file object's source raises is an error of the tree."""

    class Lost(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _buffer: object) -> int:
            raise OSError(5, "Input/output error")

    with ExitStack() as copies, pytest.raises(OutputError):
        input_file(Lost(), 0, copies)  # type: ignore[arg-type]
