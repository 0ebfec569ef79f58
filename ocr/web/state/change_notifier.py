"""Coalesce hundreds of events per second into about ten screen updates."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

UPDATE_INTERVAL_S = 0.12
"""Seconds between two updates: 8 a second read as flowing text, more only cost traffic."""
MAX_SILENCE_S = 1.0
"""Seconds without a change after which there is a tick all the same: the clock goes on, and Gradio notices a
closed tab only when something is sent."""


class ChangeNotifier:
    """Notifies any number of followers of changes; changes in quick succession are coalesced."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def notify(self) -> None:
        """Report a change; call it in the event loop of the followers."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def ticks(
        self, *, interval_s: float = UPDATE_INTERVAL_S, max_silence_s: float = MAX_SILENCE_S
    ) -> AsyncGenerator[None, None]:
        """Yield at once, then after changes: at most every `interval_s`, at least every `max_silence_s`."""
        clock = asyncio.get_running_loop().time
        while True:
            changed, due = self._changed, clock() + interval_s
            yield
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), max_silence_s)
            if (early := due - clock()) > 0:
                await asyncio.sleep(early)
