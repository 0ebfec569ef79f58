"""The commands beside reading: their arguments, and that reading is not disturbed by them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ocr.cli.commands import COMMANDS, parse_check, parse_serve
from tests.conftest import ROOT


def test_commands_check_arguments() -> None:
    settings, wait = parse_check(["http://h:1", "--wait", "60", "--model", "m"], {"OCR_API_KEY": "k3y"})
    assert (settings.server_url, settings.api_key, settings.request.model, wait) == (
        ("http://h:1/v1",),
        "k3y",
        "m",
        60.0,
    )


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ([], "URL"),
        (["h:1"], "http://h:1"),
        (["http://h", "--wait", "-1"], "--wait"),
        (["http://h", "--out", "x"], "--out"),
    ],
)
def test_commands_check_nonsense(argv: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        parse_check(argv, {})
    assert exited.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--port", "70000"], ["--max-model-len", "0"], ["a", "b"]])
def test_commands_serve_nonsense(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        parse_serve(argv, {})
    assert exited.value.code == 2
    assert "serve-command" in capsys.readouterr().err


@pytest.mark.parametrize("command", list(COMMANDS))
def test_commands_help(command: str) -> None:
    """Each explains itself at once, without anything heavy."""
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ocr", command, "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"python -m ocr {command}" in shown.stdout
    assert not {"aiohttp", "PIL", "rich"} & {line.split("|")[-1].strip() for line in shown.stderr.splitlines()}


def test_commands_are_named_in_help() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "ocr", "--help"],
        cwd=ROOT, env={"COLUMNS": "1000"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert all(f"python -m ocr {command}" in shown.stdout for command in [*COMMANDS, "web"])


def test_commands_a_document_of_that_name(tmp_path: Path) -> None:
    """./check is a document."""
    (tmp_path / "check").write_text("no document")
    done = subprocess.run(
        [sys.executable, "-m", "ocr", "./check", "--local", "no"],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 3
    assert "check" in done.stderr
