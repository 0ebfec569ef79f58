"""Ctrl-C that counts, whenever it comes."""

import signal
import sys
from types import FrameType
from typing import Any


class LoadingInterrupts:
    """Remembers a Ctrl-C while modules are loaded: Python drops its exception in a finalizer or a callback.

    Python would report such an exception with a traceback; nothing is said of it here.
    """

    def __init__(self) -> None:
        """Handle SIGINT from here on."""
        self._came = False
        self._report = sys.unraisablehook
        sys.unraisablehook = self._report_others
        signal.signal(signal.SIGINT, self._handle)

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if one came."""
        if self._came:
            raise KeyboardInterrupt

    def end(self) -> None:
        """Handle signals as usual from here on.

        Raises:
            KeyboardInterrupt: one came.
        """
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = self._report
        self.check()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._came = True
        raise KeyboardInterrupt

    def _report_others(self, unraisable: Any) -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            self._report(unraisable)
