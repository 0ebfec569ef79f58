"""Documents of a library listed and searched from the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.cli.library_command import run_library
from ocr.document_store import text_index
from ocr.document_store.document_library import DocumentLibrary
from ocr.document_store.library_database import LOCK_FILE
from ocr.types import Finish
from tests.conftest import ROOT
from tests.document_store.keeping import given, keep, page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library of two documents: one with a corrected page, and one of which a page is partial."""
    library = DocumentLibrary(tmp_path / "library", 10**9)
    lamp = given(tmp_path / "lamp.pdf", "lamp")
    kept = keep(library, lamp, "A tho lamp", "A meadow\nin May")
    corrected = replace(page(1, "A green lamp").result, corrected=True)
    library.keep(lamp, replace(page(1, ""), result=corrected), kept)
    library.keep(given(tmp_path / "lawn.pdf", "lawn", 1), page(1, "A green lawn", Finish.LENGTH))
    library.close()
    return tmp_path / "library"


def library_of(folder: Path, *argv: str) -> int:
    """The exit code of a command on this library."""
    return run_library([argv[0], "--library-dir", str(folder), *argv[1:]], {})


def test_library_list(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those read last first, with what is read and corrected of each."""
    assert library_of(folder, "list") == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [(row[0], *row[2:]) for row in rows] == [
        ("2", "lawn.pdf", "1 of 1 page, 1 partial"),
        ("1", "lamp.pdf", "2 of 3 pages, 1 corrected"),
    ]
    assert library_of(folder, "list", "--json") == 0
    lawn, lamp = json.loads(capsys.readouterr().out)
    assert (lamp["document"], lamp["name"], lamp["pages"], lamp["pages_read"]) == (1, "lamp.pdf", 3, 2)
    assert (lamp["pages_corrected"], lawn["pages_corrected"], lawn["pages_partial"]) == (1, 0, 1)


def test_library_search(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the corrected texts; the text around is in one line."""
    assert library_of(folder, "search", "GREEN", "lam") == 0
    assert capsys.readouterr().out == "1\tlamp.pdf\tpage 1\tA green lamp\n"
    assert library_of(folder, "search", "meadow") == 0
    assert capsys.readouterr().out == "1\tlamp.pdf\tpage 2\tA meadow in May\n"
    assert library_of(folder, "search", "--json", "lawn") == 0
    (hit,) = json.loads(capsys.readouterr().out)
    assert hit == {
        "document": 2, "name": "lawn.pdf", "page": 1, "before": "A green ", "matched": "lawn", "after": ""
    }  # fmt: skip


def test_library_list_as_json_in_any_encoding(folder: Path, tmp_path: Path) -> None:
    """It is JSON also where standard output cannot write a name."""
    with closing(DocumentLibrary(folder, 10**9)) as library:
        keep(library, given(tmp_path / "été.pdf", "summer"), "Summer")
    command = [sys.executable, "-m", "ocr", "library", "list", "--json", "--library-dir", str(folder)]
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)[0]["name"] == "été.pdf"


def test_library_search_finds_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert library_of(folder, "search", "zebra") == 0
    printed = capsys.readouterr()
    assert (printed.out, "zebra" in printed.err) == ("", True)
    assert library_of(folder, "search", "--json", "zebra") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_library_without_full_text_search(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(text_index, "TOKENIZER", "missing")
    with closing(DocumentLibrary(folder, 10**9)) as library:
        library._use(lambda database: database.connection.execute("DROP TABLE page_text"))
    assert library_of(folder, "search", "lamp") == 2
    assert "FTS5" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [("list",), ("search", "a"), ("export",)], ids=["list", "search", "export"])
def test_library_that_is_not_there(argv: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said, and none is made."""
    assert library_of(tmp_path / "none", *argv) == 2
    assert "--library-dir" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("argv", [("list",), ("search", "a"), ("export",)], ids=["list", "search", "export"])
def test_library_that_cannot_be_looked_for(
    argv: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such as one in a folder of another user; root, who may look anywhere, is refused a name that is too long."""
    assert library_of(tmp_path / ("a" * 300), *argv) == 1
    assert "--library-dir" in capsys.readouterr().err


def test_library_that_cannot_be_opened(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its folder is named, with what to see to."""
    (folder / LOCK_FILE).unlink()
    (folder / LOCK_FILE).mkdir()
    assert library_of(folder, "list") == 1
    printed = capsys.readouterr()
    assert (printed.out, str(folder) in printed.err) == ("", True)


def test_library_of_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)
    assert run_library(["list"], {}) == 2
    assert "--library-dir" in capsys.readouterr().err


def test_library_list_whose_reader_has_gone(folder: Path) -> None:
    """As that of `head`: without a traceback."""
    command = f"{sys.executable} -m ocr library list --library-dir {folder} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_library_list_of_an_empty_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(DocumentLibrary(folder, 10**9)) as library:
        for number in (1, 2):
            library.delete(number)
    assert library_of(folder, "list") == 0
    assert "--library" in capsys.readouterr().err
