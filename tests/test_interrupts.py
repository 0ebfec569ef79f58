"""What becomes of a Ctrl-C whose exception is lost; tests/test_interruption.py sends real ones to the programs."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from ocr.interrupts import LoadingInterrupts


@pytest.fixture
def interrupts() -> Iterator[LoadingInterrupts]:
    before = signal.getsignal(signal.SIGINT)
    yield LoadingInterrupts()
    signal.signal(signal.SIGINT, before)


def test_interrupts_remember_what_was_dropped(interrupts: LoadingInterrupts) -> None:
    with suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        interrupts.check()
    with pytest.raises(KeyboardInterrupt):
        interrupts.end()


def test_interrupts_that_did_not_come(interrupts: LoadingInterrupts) -> None:
    interrupts.check()
    interrupts.end()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
