"""Many pages at once: bounded concurrency, retries, cancellation. Yields events; knows no transport, no file, no screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import Protocol

from ocr.page import Delta, Event, Finished, PageId, PageImage
from ocr.profiles import Model, ReadOptions

Render = Callable[[PageId], Awaitable[PageImage]]


class Reader(Protocol):
    """What reads one page: any server of the API, or a scripted one in tests."""

    async def models(self) -> tuple[Model, ...]:
        """The models the server has.

        Raises:
            ServerError: one of its kinds, as errors.py tells them apart.
        """
        ...

    def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        """Stream one page's answer; the last item is `Finished`.

        Raises:
            ServerError: one of its kinds, as errors.py tells them apart.
        """
        ...


async def read_pages(
    pages: AsyncIterable[PageId],
    render: Render,
    reader: Reader,
    options: ReadOptions,
    *,
    concurrency: int,
    stop: asyncio.Event | None = None,
) -> AsyncIterator[Event]:
    """Read pages, at most `concurrency` at a time, and yield what happens to each."""
    raise NotImplementedError
    yield
