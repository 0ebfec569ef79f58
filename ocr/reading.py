"""One page on its way: rendered, asked for, retried, folded into text and figures, until it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Protocol

import tenacity
from anyio.streams.memory import MemoryObjectSendStream

from ocr.compose import PageText
from ocr.errors import OcrError
from ocr.page import (
    Box,
    Delta,
    Event,
    Figure,
    FigureCut,
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


class PageSource(Protocol):
    """Where the images of a run's pages come from."""

    async def image(self, page: PageId) -> PageImage:
        """The page, rendered for the model.

        Raises:
            PageError, DocumentError: as errors.py tells them apart.
        """
        ...

    async def figure(self, page: PageId, box: Box, media_type: str) -> PageImage:
        """A part of the page, as sharp as the document allows, in the type asked for.

        Raises:
            PageError, DocumentError: as errors.py tells them apart.
        """
        ...


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


class Reading:
    """One page on its way: what has arrived of it and how often it was asked for."""

    def __init__(
        self,
        page: PageId,
        source: PageSource,
        reader: Reader,
        options: ReadOptions,
        events: MemoryObjectSendStream[Event],
    ) -> None:
        """Nothing happens before `run`; `events` get everything but the page's end."""
        self._page, self._source, self._reader, self._options, self._events = page, source, reader, options, events
        self._image: PageImage | None = None
        self._text = self._best = PageText()  # the best: the longest of any attempt, what is kept if all fail
        self._cuts: set[asyncio.Task[None]] = set()
        self._most = 0  # characters of the best text
        self._tokens = self._attempts = 0
        self._began = time.monotonic()

    async def run(self) -> PageDone | PageFailed:
        """Render and read the page; return its end, whatever that is. The one place where an error becomes a value."""
        try:
            self._image = await self._source.image(self._page)
            await self._events.send(PageStarted(self._page, self._image))
            self._began = time.monotonic()
            finish = await self._retried(self._image)
            await asyncio.gather(*self._cuts)
        except OcrError as error:
            await asyncio.gather(*self._cuts)
            return PageFailed(self._page, self.result(Finish.FAILED, str(error)), error)
        finally:
            for cut in self._cuts:
                cut.cancel()
            await asyncio.gather(*self._cuts, return_exceptions=True)
        return PageDone(self._page, self.result(finish))

    def result(self, finish: Finish, error: str | None = None) -> PageResult:
        """What is known of the page now; half a marker at the end of what arrived is text."""
        self._best.flush()
        blocks = self._best.blocks
        return PageResult(
            number=self._page.number,
            width=self._image.width if self._image else 0,
            height=self._image.height if self._image else 0,
            markdown="\n\n".join(block.markdown for block in blocks),
            raw=self._best.raw,
            regions=self._best.regions,
            finish=finish,
            error=error,
            attempts=self._attempts,
            tokens=self._tokens,
            seconds=round(time.monotonic() - self._began, 3) if self._attempts else 0.0,
            blocks=blocks,
        )

    async def _retried(self, image: PageImage) -> Finish:
        retries = self._options.retries
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
        await self._events.send(PageRetried(self._page, self._attempts + 1, str(error)))

    async def _attempt(self, image: PageImage) -> Finish:
        self._text = PageText(self._page.number, image.media_type, headers=self._options.headers)
        chunks = arrived = 0
        async for item in self._reader.read(image, self._options):
            if isinstance(item, Finished):
                await self._tell("", self._text.flush())
                self._best, self._tokens = self._text, chunks if item.tokens is None else item.tokens
                return item.finish
            chunks += 1
            arrived += len(item.text)
            added = self._text.feed(item.text)
            if arrived >= self._most:
                self._best, self._most, self._tokens = self._text, arrived, chunks
            await self._tell(item.text, added)
        raise AssertionError("a reader ends with Finished or an error")

    async def _tell(self, raw: str, added: list[str | Region]) -> None:
        """Say what arrived, in the order of the page: what closes a block comes before the region that follows it."""
        markdown = ""
        for piece in added:
            if isinstance(piece, str):
                markdown += piece
                continue
            if raw or markdown:
                await self._events.send(TextArrived(self._page, raw, markdown))
                raw = markdown = ""
            await self._events.send(RegionFound(self._page, piece))
            if figure := self._text.figure(piece):
                self._cuts.add(asyncio.create_task(self._cut(figure, self._text)))
        if raw or markdown:
            await self._events.send(TextArrived(self._page, raw, markdown))

    async def _cut(self, figure: Figure, text: PageText) -> None:
        """Cut a figure out while the text goes on; one that cannot be cut is named in the text, not shown."""
        assert self._image
        try:
            image = await self._source.figure(self._page, figure.box, self._image.media_type)
            await self._events.send(FigureCut(self._page, figure.name, image))
        except OcrError:
            text.lose(figure.name)
        except asyncio.CancelledError:
            text.lose(figure.name)
            raise


def _wait(state: tenacity.RetryCallState, retries: Retries) -> float:
    """Seconds before the next attempt: what the server asked for, else exponential with jitter."""
    asked = getattr(state.outcome and state.outcome.exception(), "retry_after", None)
    if asked is not None:
        return min(float(asked), retries.longest_wait)
    grown = tenacity.wait_exponential(retries.first_wait, retries.longest_wait)
    return grown(state) + tenacity.wait_random(0, retries.first_wait)(state)
