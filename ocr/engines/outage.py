"""Outages of a server: no page is requested from it until it answers again."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise

from ocr.errors import ServerGone
from ocr.i18n import gettext

SINGLE_SERVER_BACKOFF_S = (1.0, 5.0)
"""First and longest pause between two health checks of an only server; each pause is twice the last."""
POOL_BACKOFF_S = (5.0, 60.0)
"""The same for a server of several."""


MAX_KNOWN_ABSENCES = 1000
"""Times away that are remembered, to leave them out of how long a run took."""


async def _assume_healthy() -> bool:
    return True


class Outage:
    """Availability of one server; one object for all pages, runs and visitors.

    The first page that fails asks for the server's health, the others wait for what it finds. A server that does not
    answer rests, and is asked again after each rest until it does.
    """

    def __init__(
        self,
        name: str,
        limit_s: float,
        *,
        backoff_s: tuple[float, float] = SINGLE_SERVER_BACKOFF_S,
        tick_s: float = 1.0,
    ) -> None:
        """Assume that the server is available.

        Args:
            name: what users know it by.
            limit_s: how long it is waited for where there is no other; after that pages fail at once until it answers.
            backoff_s: the first pause between two health checks, and the longest.
            tick_s: a second; less for tests.
        """
        self.name, self.limit_s, self._backoff_s, self._tick_s = name, limit_s, backoff_s, tick_s
        self.is_healthy: Callable[[], Awaitable[bool]] = _assume_healthy
        """Checks whether the server answers."""
        self.tell: Callable[[float | None, bool], object] = lambda seconds, answers: None
        """Called each second with the seconds that it has been away, and with None once it is no longer waited for; the
        flag says whether it answers."""
        self.on_change: Callable[[ServerGone | None], object] = lambda _: None
        """Called when it has gone away, is back, or, with the error, when waiting for it ends."""
        self.longest_wait_s: Callable[[], float | None] = lambda: self.seconds
        """Seconds that pages have waited which only servers that are away could read; None without any."""
        self.is_needed: Callable[[], bool] = lambda: True
        """Whether pages are to be read; while none are, the server is not checked, and assumed to be available."""
        self._since: float | None = None
        self._absences = deque[tuple[float, float]](maxlen=MAX_KNOWN_ABSENCES)
        self.next_check: float | None = None
        """When it is asked next whether it is there, by the monotonic clock; None while it is not checked."""
        self.given_up = False
        """Whether the limit has passed without an answer since; the next page may ask for it, and fails at once."""
        self._poller: asyncio.Task[None] | None = None
        self._confirmed: asyncio.Future[bool] | None = None

    @property
    def seconds(self) -> float | None:
        """Seconds since the server went away; None while it is available, or once waiting for it has ended."""
        since = self._since
        return None if since is None else time.monotonic() - since

    def absences(self, since: float) -> list[tuple[float, float]]:
        """From when to when it was away, by the monotonic clock; what was before `since` is left out."""
        now = time.monotonic()
        known = [*self._absences, *([(self._since, now)] if self._since is not None else [])]
        return [(max(since, begin), end) for begin, end in known if end > since]

    async def confirm(self) -> bool:
        """Check after an error whether the server has gone away; if so, it is checked until it is back or not needed.

        Raises:
            ServerGone: it has been away for too long.
        """
        if self._poller is None or self._confirmed is None:
            self._confirmed = asyncio.get_running_loop().create_future()
            self._poller = asyncio.create_task(self._poll(self._confirmed))
        return await asyncio.shield(self._confirmed)

    async def close(self) -> None:
        """Stop checking; the server is then assumed to be available."""
        if watch := self._poller:
            watch.cancel()
            await asyncio.wait({watch})

    async def _poll(self, found: asyncio.Future[bool]) -> None:
        began, (rest, longest), answers = time.monotonic(), self._backoff_s, False
        watch = asyncio.current_task()
        try:
            while not await self.is_healthy():
                self._since = began
                waited = self.longest_wait_s()
                if waited is not None and (self.given_up or waited >= self.limit_s):
                    self._give_up(found, watch)
                    return
                if not found.done():
                    found.set_result(True)
                    self.on_change(None)
                self.next_check = time.monotonic() + round(rest) * self._tick_s
                for second in range(round(rest)):
                    self.tell(self.seconds, False)
                    await asyncio.sleep(self._tick_s)
                    if not self.is_needed():
                        return
                    if second >= SINGLE_SERVER_BACKOFF_S[1] and self.longest_wait_s() is not None:
                        break  # the others have gone meanwhile
                rest = min(2 * rest, longest)
            self.given_up, answers = False, True
        finally:
            self._finish(watch, answers=answers)
            if not found.done():
                found.set_result(False)

    def _give_up(self, found: asyncio.Future[bool], watch: asyncio.Task[None] | None) -> None:
        self.given_up = True
        error = ServerGone(
            gettext("{name} does not answer.", name=self.name),
            "Check that it is running. Pages already read are kept; read the rest when it answers again.",
        )
        if not found.done():
            found.set_exception(error)
            found.exception()  # whoever waits for it may have gone
        self._finish(watch, error)

    def _finish(
        self, watch: asyncio.Task[None] | None, error: ServerGone | None = None, *, answers: bool = False
    ) -> None:
        """End this poller, unless another has started."""
        if self._poller is watch:
            self._poller, away, self._since, self.next_check = None, self._since, None, None
            if away is not None:
                self._absences.append((away, time.monotonic()))
                self.tell(None, answers)
                self.on_change(error)


def paused_s(outages: Sequence[Outage], since: float) -> float:
    """Seconds from `since`, a time of the monotonic clock, to now in which none of these servers was there."""
    changes = [
        change for outage in outages for begin, end in outage.absences(since) for change in ((begin, 1), (end, -1))
    ]
    away, paused = 0, 0.0
    for (at, change), (following, _) in pairwise(sorted(changes)):
        away += change
        if away == len(outages):
            paused += following - at
    return paused
