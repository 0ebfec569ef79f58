"""Each document of a run has a folder of its own."""

from __future__ import annotations

from pathlib import Path

from ocr.export import Folders


def test_folders() -> None:
    """Equal stems do not share a folder, also where the file system folds case."""
    folders = Folders(Path("out"))
    claimed = [folders.claim(name).name for name in ("a.pdf", "a.png", "A.pdf", "a-2.pdf", "b.tar.gz", ".pdf")]
    assert claimed == ["a", "a-2", "A-3", "a-2-2", "b.tar", ".pdf"]
