"""Read one page: render it, request its text, retry, collect text and figures, and report its end."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

from ocr.config.profiles import ReadOptions
from ocr.documents.source import PageSource
from ocr.errors import Interrupted, OcrError, ProgramFault, RendererDied, ServerUnavailable, confined
from ocr.events import (
    Event,
    FigureCut,
    Finished,
    PageDone,
    PageFailed,
    PageRetried,
    PageStarted,
    RegionFound,
    TextArrived,
)
from ocr.i18n import gettext
from ocr.inference.reader import Reader
from ocr.parsing.page_text import PageText
from ocr.pipeline.attempt import Attempt
from ocr.pipeline.retry import retry_steps, wait_seconds
from ocr.types import Figure, Finish, PageId, PageImage, PageResult, Region, TextBlock, Try

MAX_INTERRUPTIONS = 10
"""Times that a server may go away with a page before that is taken for an attempt: the page may be what kills it."""


class PageTask:
    """Reads one page: holds what has arrived of it and counts its requests."""

    def __init__(
        self,
        page: PageId,
        source: PageSource,
        reader: Reader,
        options: ReadOptions,
        send: Callable[[Event], Awaitable[None]],
    ) -> None:
        """Nothing happens before `run`; `send` is called with every event but the page's end."""
        self._page, self._source, self._reader, self._options, self._send = page, source, reader, options, send
        self._image: PageImage | None = None
        self._best = self._attempt = Attempt(PageText())
        self._figure_tasks: set[asyncio.Task[None]] = set()
        self._tries: list[Try] = []
        self._attempts = 0
        self._started_at = time.monotonic()

    async def run(self) -> PageDone | PageFailed:
        """Render and read the page; return its end, whatever that is. The one place where an error becomes a value.

        A blank page is not asked for: it ends as read, with no text and no attempt.
        """
        try:
            with confined():
                self._image = await self._render()
                await self._send(PageStarted(self._page, self._image))
                self._started_at = time.monotonic()
                finish = Finish.STOP if self._image.blank else await self._read_with_retry_steps(self._image)
                await asyncio.gather(*self._figure_tasks)
                await self._resend_best_figures()
                return PageDone(self._page, self._result(finish, None, *self._flushed()))
        except OcrError as error:
            await asyncio.gather(*self._figure_tasks)
            await self._resend_best_figures()
            if isinstance(error, ServerUnavailable) and not self._best_attempt().text.raw:
                return self.unread(error)
            return PageFailed(self._page, self.result(Finish.FAILED, str(error)), error)
        finally:
            for cut in self._figure_tasks:
                cut.cancel()
            await asyncio.gather(*self._figure_tasks, return_exceptions=True)

    async def _render(self) -> PageImage:
        """The page's image; a renderer that was killed, as by a machine short of memory, is not the page's fault."""
        try:
            return await self._source.image(self._page)
        except RendererDied:
            return await self._source.image(self._page)

    async def stopped(self) -> PageDone:
        """The page's end after `run` was cancelled, or in its place: what is known of it by its best attempt."""
        await self._resend_best_figures()
        return PageDone(self._page, self.result(Finish.CANCELLED))

    def unread(self, error: ServerUnavailable) -> PageFailed:
        """The page's end where the server cannot be used, whether `run` has found that or another page has."""
        return PageFailed(self._page, self.result(Finish.UNREAD, str(error)), error)

    def result(self, finish: Finish, error: str | None = None) -> PageResult:
        """What is known of the page now, by its best attempt; text that we fail to fold is there as it came."""
        try:
            with confined():
                return self._result(finish, error, *self._flushed())
        except ProgramFault:
            return self._result(finish, error, (TextBlock(self._best_attempt().text.raw),), ())

    def _flushed(self) -> tuple[tuple[TextBlock, ...], tuple[Region, ...]]:
        """The best attempt's text; half a marker at the end of what arrived is text."""
        text = self._best_attempt().text
        text.flush()
        return text.blocks, text.regions

    def _result(
        self, finish: Finish, error: str | None, blocks: tuple[TextBlock, ...], regions: tuple[Region, ...]
    ) -> PageResult:
        best = self._best_attempt()
        image = best.image or self._image
        return PageResult(
            number=self._page.number,
            width=image.width if image else 0,
            height=image.height if image else 0,
            markdown="\n\n".join(block.markdown for block in blocks),
            raw=best.text.raw,
            regions=regions,
            finish=finish,
            error=error,
            attempts=self._attempts,
            tokens=best.tokens,
            seconds=round(time.monotonic() - self._started_at, 3) if self._attempts else 0.0,
            blocks=blocks,
            tries=(*self._tries, self._attempt.to_record()) if self._attempts else (),
            chosen_try=best.number,
            rotation=image.rotation if image else 0,
            corners=image.corners if image else None,
            cached=best.cached,
            answered_by=best.answered_by,
            server=best.server,
            page_words=best.page_words,
            missing_fonts=image.missing_fonts if image else (),
        )

    def _best_attempt(self) -> Attempt:
        """The best attempt so far; the earlier one, if two are alike."""
        if self._attempt is not self._best and self._attempt.quality > self._best.quality:
            self._best = self._attempt
        return self._best

    async def _read_with_retry_steps(self, image: PageImage) -> Finish:
        """Request the page until an answer is good or no retry step is left; return how the best answer ended."""
        steps = deque(retry_steps(self._options, image))
        # Equal rows count as a loop, unless the page cannot be retried.
        options = replace(self._options, allow_equal_rows=not steps)
        while True:
            try:
                await self._read_with_retries(image, options)
                reason = self._attempt.retry_reason(options)
                if not reason or not steps:
                    break
                step = steps.popleft()
                await self._announce_retry(gettext("{fault}: trying again {how}.", fault=reason, how=step.description))
                options = replace(options, temperature=step.temperature, allow_equal_rows=True)
                if step.longest_side:
                    image = await self._source.smaller(self._page, step.longest_side, image)
            except OcrError:
                if not self._best_attempt().usable:
                    raise
                break
        best = self._best_attempt()
        if best.error:
            raise best.error
        assert best.finish
        return best.finish

    async def _read_with_retries(self, image: PageImage, options: ReadOptions) -> None:
        """Send one request until it is answered to its end, retrying after errors that may pass."""
        retries, attempts, interruptions = options.retries, 0, 0
        while True:
            try:
                return await self._ask(image, options)
            except OcrError as error:
                uncounted = isinstance(error, Interrupted) and interruptions < MAX_INTERRUPTIONS
                interruptions, attempts = interruptions + uncounted, attempts + (not uncounted)
                if not error.retryable or attempts == retries.attempts:
                    raise
                self._attempts -= uncounted
                await self._announce_retry(gettext("{error} Trying again.", error=error.message))
                wait = 0.0 if uncounted else wait_seconds(error, retries, attempts)
            await asyncio.sleep(wait)

    async def _announce_retry(self, reason: str) -> None:
        await self._send(PageRetried(self._page, self._attempts + 1, reason))

    async def _ask(self, image: PageImage, options: ReadOptions) -> None:
        self._best_attempt()
        if self._attempts > len(self._tries):  # else the server's absence ended it, which is none of the page's tries
            self._tries.append(self._attempt.to_record())
        self._attempts += 1
        text = PageText(self._page.number, image.media_type, headers=options.headers)
        self._attempt = attempt = Attempt(
            text, image, options.temperature, self._attempts, allow_equal_rows=options.allow_equal_rows
        )
        try:
            async with aclosing(self._reader.read(image, options)) as answer:  # closed, a server generates no loop on
                async for item in answer:
                    if isinstance(item, Finished):
                        attempt.end(item)
                    else:
                        await self._emit(item.text, attempt.feed(item), item.chunks)
                    if attempt.finish:
                        break
        except OcrError as error:
            attempt.error = error
            raise
        assert attempt.finish, "a reader ends with Finished or an error"
        await self._emit("", text.flush())

    async def _emit(self, raw: str, added: list[str | Region], tokens: int = 0) -> None:
        """Send what arrived, in the order of the page: what closes a block comes before the region that follows it."""
        markdown = ""
        for piece in added:
            if isinstance(piece, str):
                markdown += piece
                continue
            if raw or markdown:
                await self._send(TextArrived(self._page, raw, markdown, tokens))
                raw, markdown, tokens = "", "", 0
            await self._send(RegionFound(self._page, piece))
            if figure := self._attempt.text.figure(piece):
                self._figure_tasks.add(asyncio.create_task(self._cut_figure(figure, self._attempt)))
        if raw or markdown:
            await self._send(TextArrived(self._page, raw, markdown, tokens))

    async def _cut_figure(self, figure: Figure, attempt: Attempt) -> None:
        """Cut a figure out while the text goes on; one that cannot be cut is named in the text, not shown."""
        assert attempt.image
        try:
            with confined():
                image = await self._source.figure(self._page, figure.box, attempt.image.media_type, attempt.image)
            attempt.cuts[figure.name] = FigureCut(self._page, figure.name, image)
            await self._send(attempt.cuts[figure.name])
        except OcrError:
            attempt.text.remove_figure(figure.name)
        except asyncio.CancelledError:
            attempt.text.remove_figure(figure.name)
            raise

    async def _resend_best_figures(self) -> None:
        """Send the best attempt's figures again: those of a later attempt may have taken their names."""
        best = self._best_attempt()
        if best is not self._attempt:
            for cut in best.cuts.values():
                await self._send(cut)
