"""Events arrive by the hundred a second, a screen takes ten updates: the one place where they are gathered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

INTERVAL = 0.12
"""Seconds between two updates: 8 a second read as flowing text, more only cost traffic."""
PATIENCE = 1.0
"""Seconds of silence after which there is a beat all the same: the clock goes on, and Gradio notices a closed tab only
when something is sent."""


class News:
    """Word that something has changed, for any number of followers; many changes at once are one piece of news."""

    def __init__(self) -> None:
        """Nothing has changed yet."""
        self._count = 0
        self._bell = asyncio.Event()

    def tell(self) -> None:
        """Something has changed; called in the event loop of those who follow."""
        self._count += 1
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    async def beats(self, *, interval: float = INTERVAL, patience: float = PATIENCE) -> AsyncGenerator[None, None]:
        """Yield at once, then when there is news: at most every `interval` seconds, at least every `patience`."""
        clock = asyncio.get_running_loop().time
        while True:
            seen, due = self._count, clock() + interval
            yield
            if self._count == seen:
                await _at_most(patience, self._bell)
            if (early := due - clock()) > 0:
                await asyncio.sleep(early)


async def _at_most(seconds: float, event: asyncio.Event) -> None:
    """Wait for the event, but not longer."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
