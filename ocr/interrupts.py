"""Ctrl-C that counts, whenever it comes."""

import signal
from types import FrameType


class LoadingInterrupts:
    """Remembers a Ctrl-C while modules are loaded: Python drops its exception in a finalizer or a callback."""

    def __init__(self) -> None:
        """Handle SIGINT from here on."""
        self._came = False
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
        self.check()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._came = True
        raise KeyboardInterrupt
