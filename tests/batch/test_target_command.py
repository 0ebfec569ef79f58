from __future__ import annotations

from pathlib import Path

import pytest

from ocr.batch.batch_command import main
from ocr.batch.storage import Folder
from ocr.batch.target_command import run_command
from ocr.errors import StorageError
from tests.batch.made_target import Target, made_row


def test_the_exit_code_is_the_commands_own(tmp_path: Path) -> None:
    Target(tmp_path)
    assert run_command(lambda folder: 7 if folder.exists("run.json") else 0, str(tmp_path)) == 7


def test_an_error_is_shown_and_has_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(folder: Folder) -> int:
        raise StorageError("It cannot be read.", "Try again.")

    Target(tmp_path)
    assert run_command(fails, str(tmp_path)) == StorageError.exit_code
    assert "It cannot be read. Try again." in capsys.readouterr().err


def test_ctrl_c_ends_a_command_quietly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(folder: Folder) -> int:
        raise KeyboardInterrupt

    Target(tmp_path)
    assert run_command(interrupted, str(tmp_path)) == 130
    assert capsys.readouterr().err == ""


def test_without_the_packages_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ocr.extras.is_installed", lambda extra: False)
    assert main(["status", "somewhere"]) == 2
    assert "pyarrow" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["status", "retry", "merge"])
def test_each_word_is_a_command(tmp_path: Path, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = Target(tmp_path)
    target.manifest((0, "a.pdf", 10))
    target.part(0, [made_row("a.pdf", 1)])
    target.complete(0)
    assert main([word, target.folder.url]) == 0
    assert capsys.readouterr().out
