"""Documents as a caller has them become files that can be opened."""

from __future__ import annotations

import io
from contextlib import closing
from pathlib import Path

import pytest

from ocr.documents.inputs import InputFiles
from ocr.errors import OutputError


def test_inputs_a_path_is_left_where_it_is(tmp_path: Path) -> None:
    """Nothing is copied, and messages have the path as it was written."""
    with closing(InputFiles()) as files:
        assert files.file(tmp_path / "a.pdf", 0) == (tmp_path / "a.pdf", str(tmp_path / "a.pdf"))
        assert files.file("a.pdf", 1) == (Path("a.pdf"), "a.pdf")


def test_inputs_are_copied_and_deleted(tmp_path: Path) -> None:
    """Bytes and file objects are in files while they are wanted; a file object keeps its name and stays open."""
    (tmp_path / "a.pdf").write_bytes(b"in a file")
    with closing(InputFiles()) as files, (tmp_path / "a.pdf").open("rb") as opened:
        copies = [files.file(given, index) for index, given in enumerate((b"bytes", io.BytesIO(b"in memory"), opened))]
        assert [copy.path.read_bytes() for copy in copies] == [b"bytes", b"in memory", b"in a file"]
        assert [copy.name for copy in copies] == ["document 1", "document 2", "a.pdf"]
        assert not opened.closed
    assert not any(copy.path.parent.exists() for copy in copies)


def test_inputs_that_cannot_be_read() -> None:
    """What a file object's source raises is an error of the tree."""

    class Lost(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _buffer: object) -> int:
            raise OSError(5, "Input/output error")

    with closing(InputFiles()) as files, pytest.raises(OutputError):
        files.file(Lost(), 0)  # type: ignore[arg-type]
