"""Find sessions by a key that the browser tab stores, so that they survive a reload or a lost connection."""

import asyncio
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
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
QUIET_S = 30.0
"""Seconds without any action after which nobody is thought to wait for an answer."""
MAX_SESSIONS = 2000
"""Sessions at once; beyond, one is dropped, see `_least_valuable`. Its texts are in memory, its files on disk."""


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
        self._tabs: dict[str, Session] = {}
        self._arriving: OrderedDict[str, str] = OrderedDict()
        """Tabs that were admitted and have no session yet, with their addresses."""

    def admit(self, tab: str, address: str, key: object = None) -> bool:
        """Whether events of this tab are accepted: it has a session, shows the key of one, or may have a new one.

        An address that has as many sessions as one may have loses one without documents for it, if there is one.
        """
        if tab in self._tabs or (isinstance(key, str) and key in self._sessions) or tab in self._arriving:
            return True
        if not self.visitors.may_open_tab(address):
            return False
        own = [session for session in self._sessions.values() if session.address == network(address)]
        if len(own) >= self.visitors.limits.sessions:
            empty = [session for session in own if not session.uploads]
            if not empty:
                return False
            self._drop(min(empty, key=lambda session: session.touched_at))
        self._arriving[tab] = network(address)
        while len(self._arriving) > MAX_SESSIONS:
            self._arriving.popitem(last=False)
        return True

    def of(self, tab: str | None, key: object = None) -> Session:
        """The session of this key, for a tab that was loaded anew or lost its connection; else its own, or a new."""
        tab, now = tab or "", time.monotonic()
        self._sweep()
        before = self._tabs.get(tab)
        session = self.find(key) or before
        if session is None:
            session = self._new(self._arriving.pop(tab, ""))
        elif before and session is not before:
            self.leave(tab)
        if tab not in session.tabs:
            session.history.open = False  # a tab that was loaded anew shows its text; one that shows more asks for it
        self._tabs[tab] = session
        session.tabs.add(tab)
        session.touched_at, session.left_at = now, None
        return session

    def find(self, key: object) -> Session | None:
        """The session of this key; None if there is none, or no longer."""
        return self._sessions.get(key) if isinstance(key, str) else None

    def __contains__(self, tab: str) -> bool:
        return tab in self._tabs

    def leave(self, tab: str | None) -> None:
        """Disconnect a tab; its session stays for `GRACE_PERIOD_S` in case it comes back, its run for less."""
        tab = tab or ""
        if session := self._tabs.pop(tab, None):
            session.tabs.discard(tab)
            session.sent.pop(tab, None)
            session.tasks.leave(tab)
            if not session.tabs:
                session.left_at = time.monotonic()
                asyncio.get_running_loop().call_later(GRACE_PERIOD_S + 1, self._sweep)

    def is_quiet(self) -> bool:
        """Whether no page is being read and no visitor has done anything lately; may be called from any thread."""
        since = time.monotonic() - QUIET_S
        return not any(session.active or session.touched_at > since for session in list(self._sessions.values()))

    @contextmanager
    def temporary(self) -> Iterator[Session]:
        """A session without a tab, for one API call; it and its files are deleted when the block ends."""
        session = self._create()
        try:
            yield session
        finally:
            session.close()

    def close(self) -> None:
        """End all sessions; nothing of them stays on disk."""
        for session in list(self._sessions.values()):
            self._drop(session)
        self._workspace.close()

    def _new(self, address: str) -> Session:
        while len(self._sessions) >= MAX_SESSIONS:
            self._drop(self._least_valuable())
        session = self._create()
        session.key, session.address = secrets.token_urlsafe(24), address
        self._sessions[session.key] = session
        return session

    def _create(self) -> Session:
        name = secrets.token_urlsafe(24)
        session = Session(self.private / name, self.public / name)
        for folder in (session.private, session.public):
            folder.mkdir(parents=True)
        return session

    def _least_valuable(self) -> Session:
        """The session to drop: without documents, else of the address that has most; idle for longest."""
        sessions = self._sessions.values()
        ((crowd, _),) = Counter(session.address for session in sessions).most_common(1)
        return min(sessions, key=lambda one: (bool(one.uploads), one.address != crowd, one.touched_at))

    def _sweep(self) -> None:
        """Drop the sessions that have expired."""
        now = time.monotonic()
        for session in list(self._sessions.values()):
            left = session.left_at is not None and now - session.left_at > GRACE_PERIOD_S
            if left or now - session.touched_at > IDLE_TIMEOUT_S:
                self._drop(session)

    def _drop(self, session: Session) -> None:
        del self._sessions[session.key]
        for tab in session.tabs:
            self._tabs.pop(tab, None)
        session.close()
