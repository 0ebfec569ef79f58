"""Waiting for what is done beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(so: Callable[[], bool]) -> None:
    """Return as soon as this is so; it has to be, within a minute."""
    async with asyncio.timeout(60):
        while not so():  # noqa: ASYNC110 - a thread cannot set an event of the loop
            await asyncio.sleep(0.005)
