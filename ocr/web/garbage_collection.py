"""Schedule Python's garbage collection so that it does not block the event loop for long.

A full collection goes through all objects that have lasted: the program itself with its libraries, and the texts of
every page that was read. None of them is garbage, and all visitors wait meanwhile. So whatever has survived one full
collection is frozen, and the next one goes through what came since. Objects that refer to each other and are frozen
stay when nobody needs them any more, until everything is collected while nobody reads.
"""

import gc
import threading
import time
from collections.abc import Callable
from typing import Any

FULL_COLLECTION_THRESHOLD = 5
"""Collections of the middle generation before a full one; Python's own 10 let twice as many objects gather."""
POLL_INTERVAL_S = 10.0
QUIET_INTERVAL_S = 60.0
"""Seconds between two collections of everything while nobody reads."""
BUSY_INTERVAL_S = 3600.0
"""Seconds after which everything is collected even if somebody always reads."""


class GarbageCollection:
    """How this process collects its garbage, from `start` to `close`."""

    def __init__(self, is_quiet: Callable[[], bool]) -> None:
        """Change nothing yet; `is_quiet` tells, from any thread, whether nobody would notice a pause."""
        self._is_quiet = is_quiet
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="garbage collection", daemon=True)
        self._thresholds = gc.get_threshold()
        self._is_due = True
        self._collected_at = time.monotonic()
        self._full_collections = 0

    def start(self) -> None:
        """Freeze what there is; call it when the program is loaded."""
        gc.callbacks.append(self._after)
        gc.set_threshold(*self._thresholds[:2], FULL_COLLECTION_THRESHOLD)
        self.collect_everything()
        self._thread.start()

    def close(self) -> None:
        """Collect as Python does by itself."""
        self._closed.set()
        self._thread.join()
        gc.callbacks.remove(self._after)
        gc.set_threshold(*self._thresholds)
        gc.unfreeze()

    def collect_everything(self) -> None:
        """Go through all objects, frozen ones too; freeze those that stay.

        Python makes no collection while another thread is at one: then this stays due.
        """
        before = self._full_collections
        gc.unfreeze()
        gc.collect()
        if self._full_collections > before:
            self._is_due, self._collected_at = False, time.monotonic()

    def _after(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "stop" and info["generation"] == 2:
            gc.freeze()
            self._full_collections += 1
            self._is_due = True

    def _watch(self) -> None:
        while not self._closed.wait(POLL_INTERVAL_S):
            waited = time.monotonic() - self._collected_at
            if self._is_due and waited >= (QUIET_INTERVAL_S if self._is_quiet() else BUSY_INTERVAL_S):
                self.collect_everything()
