"""Sessions of visitors, found by a key that the browser tab stores: a reload or a lost connection loses nothing."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ocr.web.state.login_throttle import network
from ocr.web.state.session import Session
from ocr.web.state.uploads import Uploads
from ocr.web.state.visitor_limits import PRIVATE, VisitorLimits
from ocr.web.state.visitors import Visitors
from ocr.web.state.workspace import Workspace

GRACE_PERIOD_S = 300.0
"""Seconds that a session outlives its tab's connection, so that a short loss of the network loses no results."""
IDLE_TIMEOUT_S = 6 * 3600.0
"""Seconds without any action after which a session is dropped, even while a tab is open."""
MAX_SESSIONS = 2000
"""Sessions at once; beyond, one is dropped, see `_least_valuable`. One holds its texts, its files are on disk."""


class Sessions:
    """The sessions of one running app, each known only to the tabs that have its key."""

    def __init__(self, limits: VisitorLimits = PRIVATE) -> None:
        """Create the folders; `close` deletes them."""
        self.visitors = Visitors(limits)
        self._workspace = Workspace()
        self.root = self._workspace.root
        self.public = self.root / "public"
        self.private = self.root / "private"
        self.uploads = Uploads(self.root / "uploads")
        self._sessions: dict[str, Session] = {}
        self._tabs: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        self._arriving: OrderedDict[str, str] = OrderedDict()

    def admit(self, tab: str, address: str, key: object = None) -> bool:
        """Whether events of this tab are accepted: it has a session, shows the key of one, or may have a new one.

        An address that has as many sessions as one may have loses one without documents for it, if there is one.
        """
        if tab in self._tabs or (isinstance(key, str) and key in self._sessions) or tab in self._arriving:
            return True
        if not self.visitors.may_open_tab(address):
            return False
        own = [one for one, of in self._addresses.items() if of == network(address)]
        if len(own) >= self.visitors.limits.sessions:
            empty = [one for one in own if self._is_empty(one)]
            if not empty:
                return False
            self._drop(self._oldest(empty))
        self._arriving[tab] = network(address)
        while len(self._arriving) > MAX_SESSIONS:
            self._arriving.popitem(last=False)
        return True

    def of(self, tab: str | None) -> Session:
        """The session of this tab, a new one if it has none."""
        tab = tab or ""
        self._sweep()
        session = self._sessions.get(self._tabs.get(tab, ""))
        return self._enter(tab, session or self._new(self._arriving.pop(tab, "")))

    def rejoin(self, tab: str | None, key: object) -> Session:
        """The session of this key, for a tab that was loaded anew or lost its connection; else as `of`."""
        tab = tab or ""
        self._sweep()
        session = self._sessions.get(key) if isinstance(key, str) else None
        return self._enter(tab, session) if session else self.of(tab)

    def __contains__(self, tab: str) -> bool:
        """Whether this tab has a session."""
        return tab in self._tabs

    def leave(self, tab: str | None) -> None:
        """Disconnect a tab; its session stays for `GRACE_PERIOD_S` in case it comes back, its run for less."""
        session = self._sessions.get(self._tabs.pop(tab or "", ""))
        if session:
            session.tabs.discard(tab or "")
            session.tasks.leave(tab or "")
            if not session.tabs:
                session.left = time.monotonic()
                asyncio.get_running_loop().call_later(GRACE_PERIOD_S + 1, self._sweep)

    def is_quiet(self) -> bool:
        """Whether no visitor's pages are being read; may be called from any thread."""
        return not any(session.active for session in list(self._sessions.values()))

    @contextmanager
    def apart(self) -> Iterator[Session]:
        """A session without a tab, for one API call; it and its files are deleted when the block ends."""
        name = secrets.token_urlsafe(24)
        session = Session(self.private / name, self.public / name)
        session.private.mkdir(parents=True)
        session.public.mkdir(parents=True)
        try:
            yield session
        finally:
            session.close()

    def close(self) -> None:
        """End all sessions; nothing of them stays on disk."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()
        self._addresses.clear()
        self._tabs.clear()
        self._workspace.close()

    def _enter(self, tab: str, session: Session) -> Session:
        if self._tabs.get(tab) not in (None, session.key):
            self.leave(tab)
        if tab not in session.tabs:
            session.history.open = False  # a tab that was loaded anew shows its text; one that shows more asks for it
        self._tabs[tab] = session.key
        session.tabs.add(tab)
        session.touched, session.left = time.monotonic(), None
        return session

    def _new(self, address: str) -> Session:
        while len(self._sessions) >= MAX_SESSIONS:
            self._drop(self._least_valuable())
        key, name = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._addresses[key] = address
        session = self._sessions[key] = Session(self.private / name, self.public / name, key)
        session.private.mkdir(parents=True)
        session.public.mkdir(parents=True)
        return session

    def _least_valuable(self) -> str:
        """The session that goes first: without documents, else of the address that has most; untouched for longest."""
        if empty := [key for key in self._sessions if self._is_empty(key)]:
            return self._oldest(empty)
        ((crowd, _),) = Counter(self._addresses.values()).most_common(1)
        return self._oldest([key for key, address in self._addresses.items() if address == crowd])

    def _oldest(self, keys: Iterable[str]) -> str:
        return min(keys, key=lambda key: self._sessions[key].touched)

    def _is_empty(self, key: str) -> bool:
        return not self._sessions[key].uploads

    def _sweep(self) -> None:
        """Drop the sessions that have expired."""
        now = time.monotonic()
        for key, session in list(self._sessions.items()):
            if now - session.touched > IDLE_TIMEOUT_S or (
                session.left is not None and now - session.left > GRACE_PERIOD_S
            ):
                self._drop(key)

    def _drop(self, key: str) -> None:
        session = self._sessions.pop(key)
        del self._addresses[key]
        for tab in session.tabs:
            self._tabs.pop(tab, None)
        session.close()
