"""Many pages at once: bounded concurrency and cancellation. Yields events; knows no transport and no screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from ocr.errors import UnknownModel
from ocr.page import Event, Finish, PageDone, PageId
from ocr.profiles import Model, ReadOptions
from ocr.reading import PageSource, Reader, Reading


def choose_model(models: tuple[Model, ...], wanted: str | None) -> Model:
    """The model the user named, else the server's first.

    Raises:
        UnknownModel: if the server does not have the one named.
    """
    for model in models:
        if wanted in (None, model.id):
            return model
    served = ", ".join(model.id for model in models) or "none"
    raise UnknownModel(f"The server has no model '{wanted}'.", f"It serves: {served}.")


class Stop:
    """Ends a run, or single pages of it, from the event loop that reads; what has arrived of a page is kept."""

    def __init__(self) -> None:
        """Nothing is stopped yet."""
        self._all = asyncio.Event()
        self._pages: dict[PageId, asyncio.Event] = {}

    def set(self) -> None:
        """End the whole run."""
        self._all.set()
        for page in self._pages.values():
            page.set()

    def is_set(self, page: PageId | None = None) -> bool:
        """Whether the whole run is to end, or this page of it."""
        return self._all.is_set() if page is None else self._page(page).is_set()

    def set_page(self, page: PageId) -> None:
        """End this page, whether it is being read or still waits; the others go on."""
        self._page(page).set()

    async def wait(self, page: PageId) -> None:
        """Return when this page is to end."""
        await self._page(page).wait()

    def _page(self, page: PageId) -> asyncio.Event:
        if page not in self._pages:
            self._pages[page] = asyncio.Event()
            if self.is_set():
                self._pages[page].set()
        return self._pages[page]


async def read_pages(
    pages: AsyncIterable[PageId],
    source: PageSource,
    reader: Reader,
    options: ReadOptions,
    *,
    concurrency: int,
    stop: Stop | None = None,
) -> AsyncGenerator[Event, None]:
    """Read pages, at most `concurrency` at a time, and yield what happens to each, as it happens.

    Every page of `pages` ends in exactly one `PageDone` or `PageFailed`. Setting `stop` ends the run, or one page:
    pages in flight end as cancelled with the text they have, and so do those still waiting. Closing the generator
    cancels all at once.
    """
    sender, receiver = anyio.create_memory_object_stream[Event](EVENTS_AHEAD)
    run = _Run(source, reader, options, sender, stop or Stop())
    workers = asyncio.create_task(run.work(pages, concurrency))
    try:
        async for event in receiver:
            yield event
        await workers
    finally:
        workers.cancel()
        await asyncio.wait({workers})
        receiver.close()


EVENTS_AHEAD = 256
"""Events that may wait for a slow consumer before the page tasks wait for it."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One call of `read_pages`."""

    source: PageSource
    reader: Reader
    options: ReadOptions
    events: MemoryObjectSendStream[Event]
    stop: Stop

    async def work(self, pages: AsyncIterable[PageId], concurrency: int) -> None:
        """Have `concurrency` workers take pages in order until none is left."""
        waiting = _Shared(pages)
        async with self.events, asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(self._worker(waiting))

    async def _worker(self, pages: _Shared) -> None:
        async for page in pages:
            reading = Reading(page, self.source, self.reader, self.options, self.events)
            task = asyncio.create_task(reading.run())
            stopped = asyncio.create_task(self.stop.wait(page))
            try:
                if not self.stop.is_set(page):
                    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ended = task.done()
                task.cancel()
                stopped.cancel()
                await asyncio.wait({task, stopped})
            await self.events.send(task.result() if ended else PageDone(page, reading.result(Finish.CANCELLED)))


class _Shared:
    """An async iterable that several workers take from in turn."""

    def __init__(self, pages: AsyncIterable[PageId]) -> None:
        self._pages, self._lock = aiter(pages), asyncio.Lock()

    def __aiter__(self) -> _Shared:
        return self

    async def __anext__(self) -> PageId:
        async with self._lock:
            return await anext(self._pages)
