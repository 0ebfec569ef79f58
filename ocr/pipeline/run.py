"""Read many pages with bounded concurrency and cancellation, and yield their events."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from operator import length_hint

from ocr.config.profiles import ReadOptions
from ocr.documents.source import PageSource
from ocr.errors import NotAnApi, ServerUnavailable
from ocr.events import Event, PageDone, PageFailed
from ocr.inference.reader import Reader
from ocr.pipeline.concurrency import AdaptiveLimiter, LimitedReader, Slot
from ocr.pipeline.page_task import PageTask
from ocr.types import PageId


class Stop:
    """Ends a run, or single pages of it, from the event loop that reads; what has arrived of a page is kept."""

    def __init__(self) -> None:
        self._all = asyncio.Event()
        self._stopped: set[PageId] = set()
        self._awaited: dict[PageId, asyncio.Event] = {}  # those being read, no longer
        self.error: ServerUnavailable | None = None
        """Why no further page is begun: the server cannot be used. Pages in flight find that out themselves."""

    def set(self) -> None:
        """End the whole run."""
        self._all.set()
        for page in self._awaited.values():
            page.set()

    def is_set(self, page: PageId | None = None) -> bool:
        """Whether the whole run is to end, or this page of it."""
        return self._all.is_set() or page in self._stopped

    def set_page(self, page: PageId) -> None:
        """End this page, whether it is being read or still waits; the others go on."""
        self._stopped.add(page)
        if page in self._awaited:
            self._awaited[page].set()

    async def wait(self, page: PageId | None = None) -> None:
        """Return when the whole run is to end, or this page of it, for which one task alone waits."""
        if page is None:
            await self._all.wait()
            return
        if self.is_set(page):
            return
        self._awaited[page] = asyncio.Event()
        try:
            await self._awaited[page].wait()
        finally:
            del self._awaited[page]


UNKNOWN_PAGE_COUNT = sys.maxsize
"""Pages that are left of a run that does not know."""


@dataclass(frozen=True, slots=True)
class CountedPages:
    """Pages to read, and how many of them have not been taken."""

    pages: AsyncIterator[PageId]
    remaining: Callable[[], int]

    def __aiter__(self) -> AsyncIterator[PageId]:
        return self.pages

    def __length_hint__(self) -> int:
        return self.remaining()


async def read_pages(
    pages: AsyncIterable[PageId],
    source: PageSource,
    reader: Reader,
    options: ReadOptions,
    *,
    concurrency: int | AdaptiveLimiter,
    stop: Stop | None = None,
) -> AsyncGenerator[Event, None]:
    """Read pages, at most `concurrency` at a time or as many as a limiter admits, and yield what happens to each.

    Every page of `pages` ends in exactly one `PageDone` or `PageFailed`. Setting `stop` ends the run, or one page:
    pages in flight end as cancelled with the text they have, and so do those still waiting. A server that cannot be
    used ends the run too: pages that have not begun end as unread, and `stop` has the error. Closing the generator
    cancels all at once. Where `pages` are `CountedPages`, the last of them are not given to a slow server.
    """
    events: asyncio.Queue[Event | None] = asyncio.Queue(MAX_BUFFERED_EVENTS)
    run = _PipelineRun(source, reader, options, events, stop or Stop())
    limiter = concurrency if isinstance(concurrency, AdaptiveLimiter) else AdaptiveLimiter(concurrency, concurrency)
    workers = asyncio.create_task(run.work(pages, limiter))
    try:
        while (event := await events.get()) is not None:
            yield event
        await workers
    finally:
        workers.cancel()
        await asyncio.wait({workers})


MAX_BUFFERED_EVENTS = 256
"""Events that may wait for a slow consumer before the page tasks wait for it."""


@dataclass(slots=True, eq=False)
class _PipelineRun:
    """One call of `read_pages`."""

    source: PageSource
    reader: Reader
    options: ReadOptions
    events: asyncio.Queue[Event | None]
    """None ends the run."""
    stop: Stop
    any_read: bool = False
    """Whether the server has read a page to its end."""

    async def work(self, pages: AsyncIterable[PageId], limiter: AdaptiveLimiter) -> None:
        """Begin a page whenever the limiter has room for one; put None into `events` after the last one's end."""
        try:
            async with asyncio.TaskGroup() as group:
                with limiter.shared(lambda: length_hint(pages, UNKNOWN_PAGE_COUNT)):
                    await self._begin(aiter(pages), limiter, group)
        except Exception:
            await self.events.put(None)
            raise
        await self.events.put(None)  # not when cancelled: nobody takes events then, and the queue may be full

    async def _begin(self, waiting: AsyncIterator[PageId], limiter: AdaptiveLimiter, group: asyncio.TaskGroup) -> None:
        while True:
            slot = await self._acquire_slot(limiter)
            try:
                page = await anext(waiting)
            except BaseException as error:
                slot.leave()
                if isinstance(error, StopAsyncIteration):
                    return
                raise
            if self.stop.is_set(page):
                slot.leave()
                await self.events.put(await self._page_task(page, self.reader).stopped())
            elif self.stop.error:
                slot.leave()
                await self.events.put(self._page_task(page, self.reader).unread(self.stop.error))
            else:
                group.create_task(self._page(page, slot))

    async def _acquire_slot(self, limiter: AdaptiveLimiter) -> Slot:
        """A place for the next page; when the run is to end, one of a limiter of its own, for nothing will be asked."""
        if slot := limiter.try_enter():
            return slot
        entering, stopped = asyncio.create_task(limiter.enter(self)), asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait({entering, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if entering.done():
                return entering.result()
        except asyncio.CancelledError:
            if entering.done() and not entering.cancelled():
                entering.result().leave()
            raise
        finally:
            entering.cancel()
            stopped.cancel()
        return await AdaptiveLimiter().enter(self)

    def _page_task(self, page: PageId, reader: Reader) -> PageTask:
        return PageTask(page, self.source, reader, self.options, self.events.put)

    async def _page(self, page: PageId, slot: Slot) -> None:
        page_task = self._page_task(page, LimitedReader(self.reader, slot))
        task = asyncio.create_task(page_task.run())
        stopped = asyncio.create_task(self.stop.wait(page))
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = task.done()
            task.cancel()
            stopped.cancel()
            await asyncio.wait({task, stopped})
            slot.leave()
        end = task.result() if ended else await page_task.stopped()
        self._note_end(end)
        await self.events.put(end)

    def _note_end(self, end: PageDone | PageFailed) -> None:
        """End the run where this end shows that the server cannot be used."""
        if isinstance(end, PageDone):
            self.any_read = self.any_read or bool(end.result.raw and not end.result.cached)
        elif isinstance(end.error, ServerUnavailable) and not (self.any_read and isinstance(end.error, NotAnApi)):
            self.stop.error = self.stop.error or end.error
