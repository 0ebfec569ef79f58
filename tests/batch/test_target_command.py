from __future__ import annotations

from pathlib import Path

import pytest

from ocr.batch.storage import Folder
from ocr.batch.target_command import run_command, run_options
from ocr.errors import StorageError
from tests.batch.made_target import Target


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


def test_a_damaged_record_of_the_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(StorageError, match=r"run\.json"):
        run_options(Folder(tmp_path))
