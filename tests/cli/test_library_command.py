"""The arguments of `library`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.cli.library_command import PARSERS, export_parser, library_parser, list_parser, run_library, search_parser


def test_library_export_arguments() -> None:
    """Training data of all documents by default, and not where documents are read into (OCR_OUT)."""
    asked = export_parser({"OCR_LIBRARY_DIR": "kept", "OCR_OUT": "out"}).parse_args([])
    assert (asked.documents, asked.formats, asked.all_pages) == ([], ("training-jsonl",), False)
    assert (asked.library_dir, asked.out) == (Path("kept"), Path("exported"))
    asked = export_parser({}).parse_args(["3", "a.pdf", "--formats", "MD,.ground-truth", "--all-pages"])
    assert (asked.documents, asked.formats, asked.all_pages) == (["3", "a.pdf"], ("md", "ground-truth"), True)


def test_library_search_and_list_arguments() -> None:
    asked = search_parser({}).parse_args(["two", "words", "--json", "--library-dir", "kept"])
    assert (asked.words, asked.json, asked.library_dir) == (["two", "words"], True, Path("kept"))
    assert list_parser({}).parse_args([]).json is False


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ([], "COMMAND"),
        (["lst"], "list"),
        (["search"], "WORDS"),
        (["export", "--formats", "training"], "training-jsonl"),
        (["list", "--out", "x"], "--out"),
    ],
)
def test_library_nonsense(argv: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        run_library(argv)
    assert exited.value.code == 2
    assert says in capsys.readouterr().err


def test_library_help_names_all_commands() -> None:
    assert all(word in library_parser().format_help() for word in PARSERS)


@pytest.mark.parametrize("word", list(PARSERS))
def test_library_help_of_each(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        run_library([word, "--help"])
    assert exited.value.code == 0
    assert "exit codes" in capsys.readouterr().out
