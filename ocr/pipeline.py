"""Many pages at once: bounded concurrency, retries, cancellation. Yields events; knows no transport and no screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import anyio
import tenacity
from anyio.streams.memory import MemoryObjectSendStream

from ocr.compose import PageText
from ocr.errors import OcrError, UnknownModel
from ocr.page import (
    Delta,
    Event,
    Finish,
    Finished,
    PageDone,
    PageFailed,
    PageId,
    PageImage,
    PageResult,
    PageRetried,
    PageStarted,
    Region,
    RegionFound,
    TextArrived,
)
from ocr.profiles import Model, ReadOptions, Retries

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


async def read_pages(
    pages: AsyncIterable[PageId],
    render: Render,
    reader: Reader,
    options: ReadOptions,
    *,
    concurrency: int,
    stop: asyncio.Event | None = None,
) -> AsyncIterator[Event]:
    """Read pages, at most `concurrency` at a time, and yield what happens to each, as it happens.

    Every page of `pages` ends in exactly one `PageDone` or `PageFailed`. Setting `stop` ends the run: pages in flight
    end as cancelled with the text they have, and so do those still waiting. Closing the generator cancels all at once.
    """
    sender, receiver = anyio.create_memory_object_stream[Event](EVENTS_AHEAD)
    run = _Run(render, reader, options, sender, stop or asyncio.Event())
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

    render: Render
    reader: Reader
    options: ReadOptions
    events: MemoryObjectSendStream[Event]
    stop: asyncio.Event

    async def work(self, pages: AsyncIterable[PageId], concurrency: int) -> None:
        """Have `concurrency` workers take pages in order until none is left."""
        stopped = asyncio.create_task(self.stop.wait())
        waiting = _Shared(pages)
        try:
            async with self.events, asyncio.TaskGroup() as group:
                for _ in range(concurrency):
                    group.create_task(self._worker(waiting, stopped))
        finally:
            stopped.cancel()

    async def _worker(self, pages: _Shared, stopped: asyncio.Task[bool]) -> None:
        async for page in pages:
            reading = _Reading(page, self)
            task = asyncio.create_task(reading.run())
            try:
                if not stopped.done():
                    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ended = task.done()
                task.cancel()
                await asyncio.wait({task})
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


class _Reading:
    """One page on its way: what has arrived of it and how often it was asked for."""

    def __init__(self, page: PageId, run: _Run) -> None:
        self._page, self._run = page, run
        self._image: PageImage | None = None
        self._text = PageText()
        self._best = self._text  # the longest text of any attempt; what is kept if all fail
        self._tokens = self._attempts = 0
        self._began = time.monotonic()

    async def run(self) -> PageDone | PageFailed:
        """Render and read the page; return its end, whatever that is. The one place where an error becomes a value."""
        try:
            self._image = await self._run.render(self._page)
            await self._run.events.send(PageStarted(self._page, self._image))
            self._began = time.monotonic()
            finish = await self._retried(self._image)
        except OcrError as error:
            return PageFailed(self._page, self.result(Finish.FAILED, str(error)), error)
        return PageDone(self._page, self.result(finish))

    def result(self, finish: Finish, error: str | None = None) -> PageResult:
        """What is known of the page now."""
        return PageResult(
            number=self._page.number,
            width=self._image.width if self._image else 0,
            height=self._image.height if self._image else 0,
            markdown=self._best.markdown,
            raw=self._best.raw,
            regions=self._best.regions,
            finish=finish,
            error=error,
            attempts=self._attempts,
            tokens=self._tokens,
            seconds=round(time.monotonic() - self._began, 3) if self._attempts else 0.0,
        )

    async def _retried(self, image: PageImage) -> Finish:
        retries = self._run.options.retries
        async for attempt in tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, OcrError) and error.retryable),
            stop=tenacity.stop_after_attempt(retries.attempts),
            wait=lambda state: _wait(state, retries),
            before_sleep=self._announce,
            reraise=True,
        ):
            with attempt:
                self._attempts += 1
                return await self._attempt(image)
        raise AssertionError("the last attempt either returns or raises")

    async def _announce(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome and state.outcome.exception()
        self._text = PageText()
        await self._run.events.send(PageRetried(self._page, self._attempts + 1, str(error)))

    async def _attempt(self, image: PageImage) -> Finish:
        self._text = PageText()
        chunks = 0
        async for item in self._run.reader.read(image, self._run.options):
            if isinstance(item, Finished):
                await self._tell("", self._text.flush())
                self._best, self._tokens = self._text, chunks if item.tokens is None else item.tokens
                return item.finish
            chunks += 1
            added = self._text.feed(item.text)
            if len(self._text.raw) >= len(self._best.raw):
                self._best, self._tokens = self._text, chunks
            await self._tell(item.text, added)
        raise AssertionError("a reader ends with Finished or an error")

    async def _tell(self, raw: str, added: tuple[str, list[Region]]) -> None:
        markdown, found = added
        for region in found:
            await self._run.events.send(RegionFound(self._page, region))
        if raw or markdown:
            await self._run.events.send(TextArrived(self._page, raw, markdown))


def _wait(state: tenacity.RetryCallState, retries: Retries) -> float:
    """Seconds before the next attempt: what the server asked for, else exponential with jitter."""
    asked = getattr(state.outcome and state.outcome.exception(), "retry_after", None)
    if asked is not None:
        return min(float(asked), retries.longest_wait)
    grown = tenacity.wait_exponential(retries.first_wait, retries.longest_wait)
    return grown(state) + tenacity.wait_random(0, retries.first_wait)(state)
