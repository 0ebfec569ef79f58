"""Each document of a run has a folder of its own."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ocr.export import Folders

ALIKE = st.text(st.sampled_from("aAéÉe\u0301E ./\\:\ud800-2"), max_size=4).map(lambda name: name + ".pdf")
"""Names of which many become one when their unfit characters are replaced."""


def test_folders() -> None:
    """Equal stems do not share a folder, also where the file system folds case or composes accents."""
    folders = Folders(Path("out"))
    names = ("a.pdf", "a.png", "A.pdf", "a-2.pdf", "b.tar.gz", ".pdf", "é.pdf", "e\u0301.pdf", "a:.pdf", "a?.pdf")
    claimed = [folders.claim(name).name for name in names]
    assert claimed == ["a", "a-2", "A-3", "a-2-2", "b.tar", "pdf", "é", "e\u0301-2", "a_", "a_-2"]


@given(st.lists(ALIKE, max_size=12))
def test_folders_never_collide(names: list[str]) -> None:
    """Whatever the documents are called, each has one folder to itself, and right below the root."""
    folders = Folders(Path("out"))
    claimed = [folders.claim(name) for name in names]
    assert all(folder.parent == Path("out") and folder.name not in ("", ".", "..") for folder in claimed)
    assert len({unicodedata.normalize("NFC", folder.name).casefold() for folder in claimed}) == len(names)
