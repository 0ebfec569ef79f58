"""Every format of results."""

from __future__ import annotations

import io
import json
import unicodedata
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.export import Folders, Format, write_zip
from ocr.export.formats import content
from tests.export.papers import png, results


@pytest.mark.parametrize(
    ("form", "begins"),
    [("md", b"<!-- page 1 -->"), ("json", b"{"), ("html", b"<!doctype html>"), ("txt", b"A title\n"), ("docx", b"PK"),
     ("zip", b"PK"), ("hocr", b"<?xml"), ("alto", b"<?xml"), ("page", b"PK")],
)  # fmt: skip
def test_formats_content(form: str, begins: bytes, tmp_path: Path) -> None:
    assert b"".join(content(results(tmp_path), Format(form))).startswith(begins)


def test_formats_zip_holds_all(tmp_path: Path) -> None:
    """Markdown, JSON, HTML and text, and the figure where the Markdown looks for it."""
    with zipfile.ZipFile(io.BytesIO(b"".join(content(results(tmp_path), Format.ZIP)))) as archive:
        assert archive.namelist() == [
            "document.md", "result.json", "document.html", "document.txt", "figures/page-1-1.png",
        ]  # fmt: skip
        assert archive.read("figures/page-1-1.png") == png()
        assert json.loads(archive.read("result.json"))["document"]["pages"] == 5


def test_formats_zip_of_several(tmp_path: Path) -> None:
    """Each document has a folder; without Markdown nothing refers to the figures' files."""
    write_zip(tmp_path / "a.zip", [results(tmp_path), results(tmp_path)], [Format.HTML])
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["a _b_/document.html", "a _b_-2/document.html"]


def test_formats_zip_of_hostile_names(tmp_path: Path) -> None:
    """No name leads an unpacked file out of its folder, and each document keeps its own."""
    read = results(tmp_path)
    names = ("...pdf", "../../a.pdf", "/etc/b.pdf", "c\\d.pdf", "C:e.pdf", "..pdf")
    several = [replace(read, document=replace(read.document, name=name)) for name in names]
    write_zip(tmp_path / "a.zip", several, [Format.TEXT])
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        folders = [name.removesuffix("/document.txt") for name in archive.namelist()]
    assert folders == ["pdf", "_.._a", "_etc_b", "c_d", "C_e", "pdf-2"]


ALIKE = st.text(st.sampled_from("aAéÉe\u0301E ./\\:\ud800-2"), max_size=4).map(lambda name: name + ".pdf")
"""Names of which many become one when their unfit characters are replaced."""


def test_folders() -> None:
    """Equal stems do not share a folder, also where the file system folds case or composes accents."""
    folders = Folders(Path("out"))
    names = ("a.pdf", "a.png", "A.pdf", "a-2.pdf", "b.tar.gz", ".pdf", "é.pdf", "e\u0301.pdf", "a:.pdf", "a?.pdf")
    claimed = [folders.claim(name).name for name in names]
    assert claimed == ["a", "a-2", "A-3", "a-2-2", "b.tar", "pdf", "é", "e\u0301-2", "a_", "a_-2"]
    below = [("x.d",), ("X.d",), ("..", "x"), ()]
    nested = [folders.claim("a.pdf", parts).relative_to("out").as_posix() for parts in below]
    assert nested == ["x.d/a", "X.d/a-2", "document/x/a", "a-4"]


@given(st.lists(ALIKE, max_size=12))
def test_folders_never_collide(names: list[str]) -> None:
    """Whatever the documents are called, each has one folder to itself, and right below the root."""
    folders = Folders(Path("out"))
    claimed = [folders.claim(name) for name in names]
    assert all(folder.parent == Path("out") and folder.name not in ("", ".", "..") for folder in claimed)
    assert len({unicodedata.normalize("NFC", folder.name).casefold() for folder in claimed}) == len(names)
