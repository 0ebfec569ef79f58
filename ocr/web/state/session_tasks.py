"""The runs of a visitor, their tasks, and the tabs that follow them.

A run belongs to the session, not to the tab's connection: it survives a reload or a short loss of the network.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from ocr.config.read_request import ReadRequest
from ocr.events import Event, PageDone, PageFailed, PageStarted
from ocr.pipeline.run import Stop
from ocr.types import ABORTED, PageId
from ocr.web.state.change_notifier import ChangeNotifier
from ocr.web.state.time_left import Countdown

LINGER_S = 20.0
"""Seconds that a run continues without a tab: longer than a reload takes, and not much longer."""


@dataclass(slots=True)
class Run:
    """One press of Read, or of one page's Read again."""

    pages: tuple[PageId, ...]
    request: ReadRequest
    """How they are asked for."""
    stop: Stop = field(default_factory=Stop)
    queued: bool = False
    """Whether it waits for the server; its pages are unchanged until then."""
    paused_s: Callable[[float], float] = field(default=lambda since: 0.0)
    """Seconds since a time of the monotonic clock in which pages waited for a server that had gone."""
    began: float = field(default_factory=time.monotonic)
    """By the monotonic clock."""
    ended: float | None = None
    """By the run's own clock, as in `now`."""
    remaining: list[PageId] = field(default_factory=list)
    """Pages that have not been started, in the order of the document."""
    started_at: dict[PageId, float] = field(default_factory=dict)
    """Start of each page in progress, by the run's own clock."""
    durations_s: list[float] = field(default_factory=list)
    """Durations of the pages that the server has read, in the order of their ends."""
    countdown: Countdown = field(default_factory=Countdown)
    """The time left, as it was last shown."""

    def __post_init__(self) -> None:
        """Start with all pages remaining."""
        self.remaining = list(self.pages)

    @property
    def busy(self) -> bool:
        """Whether pages are still being read."""
        return self.ended is None

    @property
    def model(self) -> str:
        """The model that is asked for; empty while none is known."""
        return self.request.model

    def now(self) -> float:
        """Seconds since the start, by a clock that stands still while pages wait for a server that has gone."""
        return time.monotonic() - self.began - self.paused_s(self.began)

    @property
    def seconds(self) -> float:
        """Time from the start to the end, or to now, by that clock."""
        return self.now() if self.ended is None else self.ended

    @property
    def extensible(self) -> bool:
        """Whether pages that are added now are read too: it waits or reads, and nobody has stopped it."""
        under_way = self.queued or bool(self.remaining or self.started_at)
        return self.busy and under_way and not self.stop.is_set() and self.stop.error is None

    def extend(self, pages: tuple[PageId, ...]) -> None:
        """Read these pages too, after the others."""
        self.pages += pages
        self.remaining += pages

    def end(self) -> None:
        """No page of it is read any more."""
        self.ended = self.now()

    def record_timing(self, event: Event) -> None:
        """Record the start of a page, and its duration once the server has read it."""
        now = self.now()
        if isinstance(event, PageStarted):
            self.started_at[event.page] = now
        elif isinstance(event, PageDone | PageFailed):
            began = self.started_at.pop(event.page, None)
            read = isinstance(event, PageDone) and not event.result.cached and event.result.finish not in ABORTED
            if read and began is not None:
                self.durations_s.append(now - began)

    async def next_pages(self, watched: Callable[[], PageId | None]) -> AsyncIterator[PageId]:
        """Yield the remaining pages: the one that `watched` returns first, the others in order."""
        while self.remaining:
            page = watched()
            if page not in self.remaining:
                page = self.remaining[0]
            self.remaining.remove(page)
            yield page

    def pages_ahead(self, page: PageId, watched: PageId | None) -> int | None:
        """Number of pages that will be started before this one; None if it does not wait in this run."""
        if page not in self.remaining:
            return None
        if page == watched:
            return 0
        return self.remaining.index(page) + (
            watched in self.remaining and self.remaining.index(watched) > self.remaining.index(page)
        )


class SessionTasks:
    """The tasks of one session and the tabs that follow them."""

    def __init__(self) -> None:
        """Start without tasks and followers."""
        self.changes = ChangeNotifier()
        self._tasks: dict[asyncio.Task[None], Stop] = {}
        self._aside: set[asyncio.Task[None]] = set()
        self._followers: dict[str, object] = {}
        self._abandoned_at = 0.0

    @property
    def active(self) -> bool:
        """Whether any task is running, but for those aside."""
        return bool(self._tasks)

    @property
    def followed(self) -> bool:
        """Whether there is anything that a tab has to follow."""
        return bool(self._tasks or self._aside)

    def start(self, doing: Coroutine[Any, Any, None], stop: Stop) -> None:
        """Run a coroutine as a task, whether a tab follows or not; setting `stop` ends it early."""
        task = asyncio.create_task(doing)
        self._tasks[task] = stop
        task.add_done_callback(self._on_done)

    def start_aside(self, doing: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine that does not make the session active; it is cancelled to end it early."""
        task = asyncio.create_task(doing)
        self._aside.add(task)
        task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        self._aside.discard(task)
        self.changes.notify()
        if not task.cancelled() and (error := task.exception()):
            task.get_loop().call_exception_handler({"message": "a run broke", "exception": error, "task": task})

    async def follow(self, tab: str, *, anew: bool = False) -> AsyncGenerator[None, None]:
        """Yield at once and after each change, until no task is running.

        A tab follows once: with `anew` this replaces the earlier follower, without it ends after one yield.
        """
        if tab in self._followers and not anew:
            yield
            return
        mine = self._followers[tab] = object()
        try:
            async with aclosing(self.changes.ticks()) as ticks:
                async for _ in ticks:
                    followed = self.followed
                    yield
                    over = not (followed or self.followed)  # a press may have come during the last update
                    if over or self._followers.get(tab) is not mine:
                        return
        finally:
            if self._followers.get(tab) is mine:
                self.leave(tab)

    def leave(self, tab: str) -> None:
        """Remove a tab; after the last one the tasks are stopped in `LINGER_S` seconds, unless a tab follows again."""
        followed = self._followers.pop(tab, None)
        if followed and self.followed and not self._followers:
            self._abandoned_at = time.monotonic()
            asyncio.get_running_loop().call_later(LINGER_S, self._stop_if_abandoned, self._abandoned_at)

    def _stop_if_abandoned(self, since: float) -> None:
        if not self._followers and since == self._abandoned_at:
            self.stop()

    def stop(self) -> None:
        """Stop all tasks; the text that has arrived stays."""
        for stop in self._tasks.values():
            stop.set()
        for task in self._aside:
            task.cancel()
