"""What goes on for one visitor: runs, the tasks that carry them out, and the tabs that look on.

A run belongs to the session, not to the tab's connection: a reload or a network that blinks finds it still going.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from ocr.events import Event, PageDone, PageFailed, PageStarted
from ocr.pipeline.run import Stop
from ocr.types import PageId
from ocr.web.state.change_notifier import News
from ocr.web.state.page_state import BROKEN
from ocr.web.state.time_left import Countdown

LINGER = 20.0
"""Seconds that a run goes on while no tab looks on: a reload takes less, a closed tab is not paid for much longer."""


@dataclass(slots=True)
class Run:
    """One press of Read, or of one page's Read again."""

    pages: tuple[PageId, ...]
    model: str
    stop: Stop = field(default_factory=Stop)
    queued: bool = False
    """Whether it still waits for the server; its pages are as they were before."""
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    left: list[PageId] = field(default_factory=list)
    """Pages that nobody has taken yet, in the order of the document."""
    began: dict[PageId, float] = field(default_factory=dict)
    """When each page under way began to be read."""
    took: list[float] = field(default_factory=list)
    """Seconds of each page that the server has read, in the order of their ends."""
    countdown: Countdown = field(default_factory=Countdown)
    """The time left, as it was last shown."""

    def __post_init__(self) -> None:
        """All pages are left."""
        self.left = list(self.pages)

    @property
    def busy(self) -> bool:
        """Whether pages are still being read."""
        return self.ended is None

    @property
    def seconds(self) -> float:
        """Wall time from the press to the end, or to now."""
        return (self.ended or time.monotonic()) - self.started

    def time(self, event: Event) -> None:
        """Note when a page begins, and how long it took if the server has read it."""
        now = time.monotonic()
        if isinstance(event, PageStarted):
            self.began[event.page] = now
        elif isinstance(event, PageDone | PageFailed):
            began = self.began.pop(event.page, None)
            read = isinstance(event, PageDone) and not event.result.cached and event.result.finish not in BROKEN
            if read and began is not None:
                self.took.append(now - began)

    async def take(self, watched: Callable[[], PageId | None]) -> AsyncIterator[PageId]:
        """The pages, each when it is wanted: the one that is watched then comes first, the others in order."""
        while self.left:
            page = watched()
            if page not in self.left:
                page = self.left[0]
            self.left.remove(page)
            yield page

    def before(self, page: PageId, watched: PageId | None) -> int | None:
        """How many pages will be taken before this one; None if it does not wait here."""
        if page not in self.left:
            return None
        if page == watched:
            return 0
        return self.left.index(page) + (watched in self.left and self.left.index(watched) > self.left.index(page))


class Work:
    """The tasks of one session and the tabs that follow them."""

    def __init__(self) -> None:
        """Nothing goes on."""
        self.news = News()
        self._tasks: dict[asyncio.Task[None], Stop] = {}
        self._followers: dict[str, object] = {}
        self._alone = 0.0

    @property
    def active(self) -> bool:
        """Whether anything goes on."""
        return bool(self._tasks)

    def begin(self, doing: Coroutine[Any, Any, None], stop: Stop) -> None:
        """Have this done, whoever looks on; `stop` ends it early."""
        task = asyncio.create_task(doing)
        self._tasks[task] = stop
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        self.news.tell()
        if not task.cancelled() and (error := task.exception()):
            task.get_loop().call_exception_handler({"message": "a run broke", "exception": error, "task": task})

    async def follow(self, tab: str, *, anew: bool = False) -> AsyncGenerator[None, None]:
        """Yield at once and whenever something has changed, until nothing goes on any more.

        A tab follows once: with `anew` this takes the place of what followed before, without it ends after one yield.
        """
        if tab in self._followers and not anew:
            yield
            return
        mine = self._followers[tab] = object()
        try:
            async with aclosing(self.news.beats()) as beats:
                async for _ in beats:
                    active = self.active
                    yield
                    over = not (active or self.active)  # a press may have come while the last news was on its way out
                    if over or self._followers.get(tab) is not mine:
                        return
        finally:
            if self._followers.get(tab) is mine:
                self.leave(tab)

    def leave(self, tab: str) -> None:
        """A tab no longer looks on; if it was the last one, what goes on is given up in a while."""
        gone = self._followers.pop(tab, None)
        if gone and self.active and not self._followers:
            self._alone = time.monotonic()
            asyncio.get_running_loop().call_later(LINGER, self._give_up, self._alone)

    def _give_up(self, since: float) -> None:
        if not self._followers and since == self._alone:
            self.stop()

    def stop(self) -> None:
        """End all that goes on; what has been read is kept."""
        for stop in self._tasks.values():
            stop.set()
