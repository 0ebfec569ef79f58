"""Count each address's connections, tabs, uploads and reads, so that none uses everything."""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ocr.errors import UsageError
from ocr.i18n import Translatable, gettext
from ocr.web.state.login_throttle import network
from ocr.web.state.visitor_limits import NEW_TABS_WINDOW_S, VisitorLimits

MAX_ADDRESSES = 10_000
"""Whose new tabs are remembered at once; the one that opened a tab longest ago is forgotten first."""


class LimitReached(UsageError):
    """An address has reached one of its limits."""


class ConcurrencyLimit:
    """Limits how many of something each address has at once."""

    def __init__(self, limit: int, happened: Translatable, next_step: Translatable) -> None:
        """`happened` and `next_step` are the error's texts beyond the limit."""
        self._limit, self._happened, self._next_step = limit, happened, next_step
        self._counts: Counter[str] = Counter()

    @contextmanager
    def counted(self, address: str) -> Iterator[None]:
        """Count one more of this address while the block runs.

        Raises:
            LimitReached: it has as many as one may have.
        """
        key = network(address)
        if self._counts[key] >= self._limit:
            raise LimitReached(self._happened, self._next_step)
        self._counts[key] += 1
        try:
            yield
        finally:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]


class Visitors:
    """Usage of all addresses."""

    def __init__(self, limits: VisitorLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits, self._clock = limits, clock
        self._tabs: OrderedDict[str, deque[float]] = OrderedDict()
        self.requests = ConcurrencyLimit(
            limits.connections,
            gettext("Too many connections are open from your address."),
            gettext("Close some tabs; if this server is behind your own proxy, start it with --trusted-proxies."),
        )
        self.uploads = ConcurrencyLimit(
            limits.uploads,
            gettext("{count} files are already being uploaded from your address.", count=limits.uploads),
            gettext("Wait until one is complete, then try again."),
        )
        self.reads = ConcurrencyLimit(
            limits.reads,
            gettext("{count} documents from your address are already being read.", count=limits.reads),
            gettext("Wait until one is complete, then try again."),
        )

    def may_open_tab(self, address: str) -> bool:
        """Count one more tab of this address; whether it is admitted."""
        key, now = network(address), self._clock()
        opened = self._tabs.setdefault(key, deque())
        while opened and now - opened[0] > NEW_TABS_WINDOW_S:
            opened.popleft()
        if len(opened) >= self.limits.new_tabs:
            return False
        opened.append(now)
        self._tabs.move_to_end(key)
        while len(self._tabs) > MAX_ADDRESSES:
            self._tabs.popitem(last=False)
        return True
