"""A server that has gone away: no page is asked for until it answers again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from ocr.errors import ServerGone
from ocr.wording import say

FIRST_WAIT_S = 1
"""Between the first two questions whether it is back; each further wait is twice as long."""
LONGEST_WAIT_S = 15
"""So late, at most, a restart that took a minute is noticed."""


async def _unknown() -> bool:
    return True


class Outage:
    """Whether one server is there; one object for all pages, runs and visitors.

    The first page that fails asks for the server's health, the others wait for what it finds. While the server does not
    answer it is asked again, and every page waits.
    """

    def __init__(self, name: str, limit_s: float, *, tick_s: float = 1.0) -> None:
        """The server is taken to be there.

        Args:
            name: what users know it by.
            limit_s: how long it is waited for; after that pages fail at once until it answers.
            tick_s: a second; less for tests.
        """
        self.name, self.limit_s, self._tick_s = name, limit_s, tick_s
        self.answers: Callable[[], Awaitable[bool]] = _unknown
        """Asks whether the server is there."""
        self.tell: Callable[[float | None], object] = lambda _: None
        """Called each second with how long it has been away, and with None when that is over."""
        self._since: float | None = None
        self._given_up = False
        self._watch: asyncio.Task[bool] | None = None
        self._waiting = 0

    @property
    def seconds(self) -> float | None:
        """How long the server has been away; None while it is there, or is waited for no longer."""
        since = self._since
        return None if since is None else time.monotonic() - since

    async def until_ready(self) -> None:
        """Wait while the server is away.

        Raises:
            ServerGone: it has been away for too long.
        """
        if self._watch:
            await self._wait(self._watch)

    async def settle(self) -> bool:
        """After a fault: whether the server had gone away; if so, it is back now.

        Raises:
            ServerGone: it has been away for too long.
        """
        if self._watch is None:
            self._watch = asyncio.create_task(self._until_back())
        return await self._wait(self._watch)

    async def _wait(self, watch: asyncio.Task[bool]) -> bool:
        self._waiting += 1
        try:
            return await asyncio.shield(watch)
        finally:
            self._waiting -= 1
            if not self._waiting and not watch.done():
                watch.cancel()
                self._over(watch)

    async def _until_back(self) -> bool:
        began, wait = time.monotonic(), FIRST_WAIT_S
        watch = asyncio.current_task()
        try:
            while not await self.answers():
                self._since = began
                if self._given_up or time.monotonic() - began >= self.limit_s:
                    self._given_up = True
                    raise ServerGone(
                        say("{name} does not answer.", name=self.name),
                        "See whether it runs. What was read is kept: read the rest when it is back.",
                    )
                for _ in range(wait):
                    self.tell(self.seconds)
                    await asyncio.sleep(self._tick_s)
                wait = min(2 * wait, LONGEST_WAIT_S)
            self._given_up = False
            return self._since is not None
        finally:
            self._over(watch)

    def _over(self, watch: asyncio.Task[bool] | None) -> None:
        """Forget this watch, unless another has begun."""
        if self._watch is watch:
            self._watch, away, self._since = None, self._since, None
            if away is not None:
                self.tell(None)
