"""Runs of the pipeline over scripted pages and readers, for what no real server can be made to do on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

from ocr import errors
from ocr.config.profiles import Model, ReadOptions, Retries, read_options
from ocr.events import Delta, Event, Finished, PageDone, PageFailed
from ocr.pipeline.run import Stop, read_pages
from ocr.types import Box, Finish, PageId, PageImage

OPTIONS = replace(read_options(Model("m")), retries=Retries(first_wait=0.0))

Answer = Callable[[int, int], AsyncIterator[Delta | Finished]]


async def whole(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
    yield Delta(f"page {page}")
    yield Finished(Finish.STOP, 2)


@dataclass
class ScriptedReader:
    """Answers page n by `answer(n, attempt)`; counts how many pages are read at once."""

    answer: Answer = whole
    attempts: dict[int, int] = field(default_factory=dict)
    running: int = 0
    most: int = 0
    closed: list[int] = field(default_factory=list)

    async def models(self) -> tuple[Model, ...]:
        return (Model("m"),)

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        page = image.width
        self.attempts[page] = self.attempts.get(page, 0) + 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0)
            async for item in self.answer(page, self.attempts[page]):
                yield item
        finally:
            self.running -= 1
            self.closed.append(page)


class Source:
    """Pages whose width is their number; page 13 is damaged, and so is any figure in its upper half."""

    async def image(self, page: PageId) -> PageImage:
        await asyncio.sleep(0)
        if page.number == 13:
            raise errors.RenderFailed("Page 13 is damaged.", "Read the others.")
        return PageImage(page.number, 10, b"", "image/png")

    async def smaller(self, page: PageId, longest_side: int, first: PageImage) -> PageImage:
        await asyncio.sleep(0)
        if page.number == 1600:
            raise errors.RenderFailed("Lost.")
        return PageImage(longest_side, 10, b"smaller", "image/png")

    async def figure(self, page: PageId, box: Box, media_type: str, first: PageImage) -> PageImage:
        await asyncio.sleep(0)
        if box.top < 500:
            raise errors.RenderFailed("Lost.")
        return PageImage(box.left, 10, b"cut", media_type)


SOURCE = Source()


async def numbered(count: int) -> AsyncIterator[PageId]:
    for number in range(1, count + 1):
        yield PageId(0, number)


async def run(reader: ScriptedReader, count: int = 1, concurrency: int = 4, stop: Stop | None = None) -> list[Event]:
    return [
        event
        async for event in read_pages(numbered(count), SOURCE, reader, OPTIONS, concurrency=concurrency, stop=stop)
    ]


def ends(events: list[Event]) -> dict[int, PageDone | PageFailed]:
    found = [event for event in events if isinstance(event, PageDone | PageFailed)]
    assert len({event.page for event in found}) == len(found), "one end a page"
    return {event.page.number: event for event in found}


def hanging(begun: asyncio.Event) -> Answer:
    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("half")
        begun.set()
        await asyncio.Event().wait()

    return answer
