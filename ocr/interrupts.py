"""Ctrl-C and SIGTERM that count, whenever they come."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

INTERRUPTED = 128 + signal.SIGINT
"""The exit code of a program that Ctrl-C has ended, as shells have it."""


@contextmanager
def sigterm_as_interrupt() -> Iterator[None]:
    """Treat SIGTERM as Ctrl-C within the block, so that temporary files are deleted; main thread only."""
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class LoadingInterrupts:
    """Remembers a signal while modules are loaded: Python drops its exception in a finalizer or a callback.

    Python would report such an exception with a traceback; nothing is said of it here.
    """

    def __init__(self) -> None:
        """Raise `KeyboardInterrupt` at SIGINT from here on."""
        self._came: KeyboardInterrupt | SystemExit | None = None
        self._report = sys.unraisablehook
        sys.unraisablehook = self._report_others
        signal.signal(signal.SIGINT, self._handle)

    def exit_on_sigterm(self) -> None:
        """Raise `SystemExit` with the exit code 0 at SIGTERM from here on, also after `end`."""
        signal.signal(signal.SIGTERM, self._handle)

    def check(self) -> None:
        """Raise `KeyboardInterrupt` or `SystemExit` if their signal came."""
        if self._came:
            raise self._came

    def end(self) -> None:
        """Handle Ctrl-C as usual from here on.

        Raises:
            KeyboardInterrupt: one came.
            SystemExit: SIGTERM came.
        """
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = self._report
        self.check()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self._came = SystemExit(0) if number == signal.SIGTERM else KeyboardInterrupt()
        raise self._came

    def _report_others(self, unraisable: Any) -> None:
        if not issubclass(unraisable.exc_type, (KeyboardInterrupt, SystemExit)):
            self._report(unraisable)
