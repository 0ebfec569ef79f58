"""Events arrive by the hundred a second, a screen takes ten updates: the one place where they are gathered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import TypeVar

Item = TypeVar("Item")

INTERVAL = 0.12
"""Seconds between two updates: 8 a second read as flowing text, more only cost traffic."""
PATIENCE = 1.0
"""Seconds of silence after which an empty batch is given: Gradio notices a closed tab only when something is sent."""


async def batches(
    items: AsyncIterable[Item], *, interval: float = INTERVAL, patience: float = PATIENCE
) -> AsyncGenerator[list[Item], None]:
    """Yield what arrived, all of it, in order: at once after a pause, else one batch per `interval` seconds.

    An empty batch means that nothing came for `patience` seconds. Closing the generator closes `items`; an error
    that `items` raises is raised here, after everything that came before it.
    """
    waiting: list[Item] = []
    news = asyncio.Event()

    async def collect() -> None:
        async for item in items:
            waiting.append(item)
            news.set()

    source = asyncio.create_task(collect())
    source.add_done_callback(lambda _: news.set())
    clock = asyncio.get_running_loop().time
    due = clock()
    try:
        while waiting or not source.done():
            await _at_most(patience, news)
            if (early := due - clock()) > 0:
                await asyncio.wait([source], timeout=early)
            news.clear()
            batch, waiting[:] = waiting[:], []
            due = clock() + interval
            if batch or not source.done():
                yield batch
        await source
    finally:
        source.cancel()
        await asyncio.gather(source, return_exceptions=True)


async def _at_most(seconds: float, event: asyncio.Event) -> None:
    """Wait for the event, but not longer."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
