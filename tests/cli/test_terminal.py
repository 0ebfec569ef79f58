"""What a run says on standard error, in a terminal and in a log."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from ocr.cli.terminal import Terminal
from ocr.errors import UsageError

ERROR = UsageError("[b]x.pdf[/b] is odd.", "Save it anew, [i]whole[/i], and try again: there is no more to do here.")


class Screen(io.StringIO):
    """Where somebody looks on."""

    def isatty(self) -> bool:
        return True


def looked_on(monkeypatch: pytest.MonkeyPatch) -> Screen:
    screen = Screen()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def test_terminal_complains_in_one_line_of_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    """A complaint is whole, brackets and all, also where everything else is left unsaid."""
    terminal = Terminal(quiet=True)
    terminal.write("loading\n")
    terminal.note("by the way")
    terminal.complain("page 3", ERROR)
    assert capsys.readouterr().err == f"page 3: {ERROR.message} {ERROR.next_step}\n"


def test_terminal_notes(capsys: pytest.CaptureFixture[str]) -> None:
    """Notes are written as they are."""
    terminal = Terminal(quiet=False)
    terminal.write("loading\n")
    terminal.note("[by the way]")
    assert capsys.readouterr().err == "loading\n[by the way]\n"


def test_terminal_shows_no_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a name or a server brings along, a line is one line and moves no cursor."""
    terminal = Terminal(quiet=False)
    terminal.note("a\x1b[2J :cat:")
    terminal.complain("b\r", UsageError("c\nd [red]\\", "e\x9bf"))
    terminal.tell(Path("out\n/\udce9.md"), "1 page")
    printed = capsys.readouterr()
    assert printed.err == "a\\x1b[2J :cat:\nb\\x0d: c\\x0ad [red]\\ e\\x9bf\n"
    assert printed.out == "out\\x0a/\\xe9.md\t1 page\n"


def test_terminal_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody looks on, a bar tells pages, tokens and failures, and is gone at the end."""
    screen = looked_on(monkeypatch)
    with Terminal(quiet=False) as terminal:
        terminal.show(pages=10, ended=7, failed=0, tokens=912)
        terminal.show(pages=20, ended=8, failed=1, tokens=1000, cached=5)
        terminal.complain("page 8", ERROR)
    said = screen.getvalue()
    assert "8/20" in said
    assert "1000 tokens" in said
    assert "1 failed" in said
    assert "5 from the cache" in said
    assert "page 8: " in said
    assert said.rstrip().endswith("\x1b[2K")


def test_terminal_quiet_has_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor anything else that is no complaint."""
    screen = looked_on(monkeypatch)
    with Terminal(quiet=True) as terminal:
        terminal.show(pages=20, ended=7, failed=0, tokens=912)
    assert screen.getvalue() == ""


def test_terminal_log_has_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    """A log is told what goes wrong, not how far it is."""
    with Terminal(quiet=False) as terminal:
        terminal.show(pages=20, ended=7, failed=0, tokens=912)
    assert capsys.readouterr().err == ""


def test_terminal_is_loaded_when_there_is_something_to_say() -> None:
    """The command line comes to its first request without rich, whose loading takes as long as a page's rendering."""
    code = "import sys, ocr.cli.read; print(*{'rich', 'PIL', 'tesserocr', 'gradio'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


def test_terminal_waiting_for_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a bar it is said once that a server is waited for, and once that it is back."""
    terminal = Terminal(quiet=False)
    terminal.show(pages=15, ended=3, failed=0, tokens=5)
    for seconds in (0.0, 1.0, 2.0, None, 0.0, None):
        terminal.waiting("gpu-box", seconds, seconds is None, limit_s=90)
    away, back, again, *rest = capsys.readouterr().err.splitlines()
    assert away == again
    assert rest == [back]
    assert all(word in away for word in ("gpu-box", "90 s", "--outage-timeout", "12 pages"))


def test_terminal_no_longer_waiting_for_a_server(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that is given up leaves the bar, and is not said to answer."""
    looked_on(monkeypatch)
    with (terminal := Terminal(quiet=False)):
        terminal.show(pages=15, ended=3, failed=0, tokens=5)
        terminal.waiting("gpu-box", 1.0, False, limit_s=90)
        capsys.readouterr()
        terminal.waiting("gpu-box", None, False, limit_s=90)
        assert terminal._progress
        assert terminal._progress.tasks[0].description == "reading"
    assert "answers again" not in capsys.readouterr().err


def test_terminal_tells_who_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    """One of two that is away holds nothing up; when both are, the run waits. Each is told once, until it is back."""
    terminal = Terminal(quiet=False)
    said = []
    for name, seconds in (("a", 1.0), ("a", 2.0), ("b", 1.0), ("b", 2.0), ("a", None), ("a", None), ("b", None)):
        terminal.waiting(name, seconds, seconds is None, servers=2, limit_s=600)
        said.append(capsys.readouterr().err)
    first, again, second, second_again, back, back_again, last = said
    assert first.startswith("a ")
    assert "--outage-timeout" not in first
    assert second.startswith("b ")
    assert "--outage-timeout" in second
    assert (again, second_again, back_again) == ("", "", "")
    assert back.startswith("a ")
    assert last.startswith("b ")


def test_terminal_bar_names_those_that_are_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the bar: reading without one, waiting for both, reading again."""
    looked_on(monkeypatch)
    terminal, told = Terminal(quiet=False), []
    with terminal:
        terminal.show(pages=3, ended=1, failed=0, tokens=5)
        for name, seconds in (("a", 1.0), ("b", 1.0), ("a", None), ("b", None)):
            terminal.waiting(name, seconds, seconds is None, servers=2, limit_s=600)
            assert terminal._progress
            told.append(terminal._progress.tasks[0].description)
    assert [told[0], told[3]] == ["reading without a", "reading"]
    assert told[1].startswith("waiting for a, b")
    assert told[2] == "reading without b"
