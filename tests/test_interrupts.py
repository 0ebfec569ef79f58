"""What becomes of a signal whose exception is lost; tests/test_interruption.py sends real ones to the programs."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from ocr import __main__ as program
from ocr.interrupts import LoadingInterrupts, sigterm_as_interrupt


@pytest.fixture
def interrupts() -> Iterator[LoadingInterrupts]:
    before, report = (
        {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)},
        sys.unraisablehook,
    )
    yield LoadingInterrupts()
    for number, handler in before.items():
        signal.signal(number, handler)
    sys.unraisablehook = report


def test_interrupts_remember_what_was_dropped(interrupts: LoadingInterrupts) -> None:
    with suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        interrupts.check()
    with pytest.raises(KeyboardInterrupt):
        interrupts.end()


def test_interrupts_remember_sigterm(interrupts: LoadingInterrupts) -> None:
    interrupts.exit_on_sigterm()
    with suppress(SystemExit):
        signal.raise_signal(signal.SIGTERM)
    with pytest.raises(SystemExit) as exit_:
        interrupts.end()
    assert exit_.value.code == 0
    with pytest.raises(SystemExit):
        signal.raise_signal(signal.SIGTERM)


def test_interrupts_have_sigterm_count_as_ctrl_c() -> None:
    """For a time: afterwards it ends the program at once, as before."""
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), sigterm_as_interrupt():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


class Dropped:
    """Interrupts the program where its exception is dropped, or fails there."""

    def __init__(self, error: type[Exception] | None = None) -> None:
        self.error = error

    def __del__(self) -> None:
        if self.error:
            raise self.error
        signal.raise_signal(signal.SIGINT)


def test_interrupts_say_nothing_of_themselves(
    interrupts: LoadingInterrupts, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of anything else that Python drops it is said as before."""
    monkeypatch.setattr(interrupts, "_report", sys.__unraisablehook__)
    Dropped()
    with pytest.raises(KeyboardInterrupt):
        interrupts.check()
    assert capsys.readouterr().err == ""
    Dropped(ZeroDivisionError)
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_interrupts_that_did_not_come(interrupts: LoadingInterrupts) -> None:
    interrupts.check()
    interrupts.end()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("interrupts")
def test_interrupts_that_an_import_renames(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_arguments: str) -> None:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        raise RuntimeError("Error calling __set_name__")

    monkeypatch.setattr("ocr.config.command_line.parse", interrupted)
    monkeypatch.setattr(sys, "argv", ["pagelight", "a.pdf"])
    assert program.run() == 130
