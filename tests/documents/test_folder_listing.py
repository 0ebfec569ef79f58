"""folder_listing.py: each document of a folder once, whatever it is called; what is left out is counted."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from ocr.documents.folder_listing import described, documents_below
from ocr.result_formats import Format, file_name

PDF = b"%PDF-1.7\n"
HOSTILE = ["a b.pdf", "a\nb.pdf", os.fsdecode(b"caf\xe9.pdf"), "#?*[x]%41.pdf", "-rf.pdf", "n" * 251 + ".pdf", "é.PDF"]


def write(path: Path, content: bytes = PDF) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def listed(folder: Path, *leave_out: Path) -> tuple[list[str], dict[str, int]]:
    skipped: Counter[str] = Counter()
    return [found.name for found in documents_below(folder, leave_out, skipped)], dict(skipped)


def test_folder_listing_is_recursive_and_sorted(tmp_path: Path) -> None:
    for name in ("b/2.pdf", "b/1.jpg", "b/c/x.tiff", "a.pdf", "z.PNG"):
        write(tmp_path / name, b"x" * len(name))
    found = list(documents_below(tmp_path, (), Counter()))
    assert [one.name for one in found] == ["a.pdf", "z.PNG", "b/1.jpg", "b/2.pdf", "b/c/x.tiff"]
    assert all(one.path == tmp_path / one.name and one.bytes == len(one.name) for one in found)


@pytest.mark.parametrize("name", HOSTILE)
def test_folder_listing_hostile_names(name: str, tmp_path: Path) -> None:
    folder = name.removesuffix(".pdf").removesuffix(".PDF")
    write(tmp_path / name)
    write(tmp_path / folder / name)
    assert listed(tmp_path) == ([name, f"{folder}/{name}"], {})


def test_folder_listing_tells_documents(tmp_path: Path) -> None:
    """By suffix, or by their first bytes where that is none of a document's; the rest is counted by suffix."""
    write(tmp_path / "damaged.pdf", b"nothing")
    write(tmp_path / "scan.001")
    write(tmp_path / "README")
    write(tmp_path / "notes.txt", b"words")
    write(tmp_path / "a.docx", b"PK\x03\x04")
    write(tmp_path / "b.docx", b"PK\x03\x04")
    write(tmp_path / ".hidden.pdf")
    write(tmp_path / ".git" / "x.pdf")
    names, skipped = listed(tmp_path)
    assert names == ["README", "damaged.pdf", "scan.001"]
    assert skipped == {".txt": 1, ".docx": 2, "hidden": 2}
    assert described(Counter(skipped)) == "2 .docx, 2 hidden, 1 .txt"


def test_folder_listing_leaves_results_out(tmp_path: Path) -> None:
    """What was written for documents, what a batch run wrote, and the folder that is written into now."""
    write(tmp_path / "a.pdf")
    write(tmp_path / "old" / "a" / "result.json", b"{}")
    write(tmp_path / "old" / "a" / "figures" / "page-1-1.png")
    write(tmp_path / "run" / "run.json", b"{}")
    write(tmp_path / "run" / "manifest" / "00000.parquet")
    write(tmp_path / "run" / "documents" / "a" / "figures" / "page-1-1.png")
    write(tmp_path / "out" / "half.png")
    (tmp_path / "other").symlink_to(tmp_path / "out")
    assert listed(tmp_path, tmp_path / "out", tmp_path / "none") == (["a.pdf"], {"results of Pagelight": 4})
    write(tmp_path / "mine" / "result.json", b"{}")
    write(tmp_path / "mine" / "b.pdf")
    assert listed(tmp_path, tmp_path / "out")[0] == ["a.pdf", "mine/b.pdf"]


@pytest.mark.parametrize("form", Format)
def test_folder_listing_leaves_each_format_out(form: Format, tmp_path: Path) -> None:
    """A folder of results of any format, but for a lone document.pdf, which may be anybody's."""
    write(tmp_path / "a" / file_name(form))
    write(tmp_path / "a" / "figures" / "page-1-1.png")
    write(tmp_path / "b" / file_name(form))
    write(tmp_path / "b" / "document.pdf")
    if form is Format.PDF:
        assert listed(tmp_path) == (["a/document.pdf", "a/figures/page-1-1.png", "b/document.pdf"], {})
    else:
        assert listed(tmp_path) == ([], {"results of Pagelight": 2})


def test_folder_listing_follows_links_once(tmp_path: Path) -> None:
    """A folder by a link is entered, one within itself is not entered for ever; a link to nothing is counted."""
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere / "x.pdf")
    folder = tmp_path / "folder"
    write(folder / "y.pdf")
    (folder / "link").symlink_to(elsewhere)
    (folder / "again").symlink_to(folder)
    (elsewhere / "up").symlink_to(folder)
    (folder / "gone.pdf").symlink_to(tmp_path / "nothing")
    os.mkfifo(folder / "pipe.pdf")
    names, skipped = listed(folder)
    assert names == ["y.pdf", "link/x.pdf"]
    assert skipped == {"unreadable": 1, "neither a file nor a folder": 1}


def test_folder_listing_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may not be opened is counted, and the others are listed."""
    write(tmp_path / "a.pdf")
    write(tmp_path / "closed" / "b.pdf")
    real = os.scandir

    def scandir(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)  # the tests may run as root, to whom all is open
    assert listed(tmp_path) == (["a.pdf"], {"unreadable": 1})
