"""Coalesces hundreds of events a second into some ten screen updates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

UPDATE_INTERVAL_S = 0.12
"""Seconds between two updates: 8 a second read as flowing text, more only cost traffic."""
MAX_SILENCE_S = 1.0
"""Seconds without a change after which there is a tick all the same: the clock goes on, and Gradio notices a
closed tab only when something is sent."""


class ChangeNotifier:
    """Notifies any number of followers of changes; changes in quick succession are coalesced."""

    def __init__(self) -> None:
        """Nothing has changed yet."""
        self._count = 0
        self._changed = asyncio.Event()

    def notify(self) -> None:
        """Report a change; call it in the event loop of the followers."""
        self._count += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def ticks(
        self, *, interval_s: float = UPDATE_INTERVAL_S, max_silence_s: float = MAX_SILENCE_S
    ) -> AsyncGenerator[None, None]:
        """Yield at once, then after changes: at most every `interval_s`, at least every `max_silence_s`."""
        clock = asyncio.get_running_loop().time
        while True:
            seen, due = self._count, clock() + interval_s
            yield
            if self._count == seen:
                await _wait_at_most(max_silence_s, self._changed)
            if (early := due - clock()) > 0:
                await asyncio.sleep(early)


async def _wait_at_most(seconds: float, event: asyncio.Event) -> None:
    """Wait for the event, but not longer."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
