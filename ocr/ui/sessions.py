"""Whose session is whose: by a key that a browser tab keeps, so that a reload or a lost connection costs nothing."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ocr.ui.session import Session
from ocr.ui.uploads import Uploads
from ocr.ui.workspace import Workspace

GRACE = 300.0
"""Seconds that a session outlives its tab's connection: a network that blinks costs no results."""
IDLE = 6 * 3600.0
"""Seconds after which a session that nobody touches is dropped, tab or no tab."""
MOST = 2000
"""Sessions kept at once; beyond, the one untouched for longest goes. One holds its texts, its files are on disk."""


class Sessions:
    """The sessions of one running app, each known only to the tabs that have its key."""

    def __init__(self) -> None:
        """Make the folders; `close` deletes them."""
        self._workspace = Workspace()
        self.root = self._workspace.root
        self.public = self.root / "public"
        self.private = self.root / "private"
        self.uploads = Uploads(self.root / "uploads")
        self._sessions: dict[str, Session] = {}
        self._tabs: dict[str, str] = {}

    def of(self, tab: str | None) -> Session:
        """The session of this tab, a new one if it has none."""
        tab = tab or ""
        self._sweep()
        session = self._sessions.get(self._tabs.get(tab, ""))
        return self._enter(tab, session or self._new())

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
        """The tab is gone: its session is kept a little in case it comes back, its run a little less (work.py)."""
        session = self._sessions.get(self._tabs.pop(tab or "", ""))
        if session:
            session.tabs.discard(tab or "")
            session.work.leave(tab or "")
            if not session.tabs:
                session.left = time.monotonic()
                asyncio.get_running_loop().call_later(GRACE + 1, self._sweep)

    @contextmanager
    def apart(self) -> Iterator[Session]:
        """A session that no tab has, for one call of a program; it and its files are gone when the block ends."""
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
        self._tabs.clear()
        self._workspace.close()

    def _enter(self, tab: str, session: Session) -> Session:
        if self._tabs.get(tab) not in (None, session.key):
            self.leave(tab)
        if tab not in session.tabs:
            session.readings.open = False  # a tab that was loaded anew shows its text; one that shows more asks for it
        self._tabs[tab] = session.key
        session.tabs.add(tab)
        session.touched, session.left = time.monotonic(), None
        return session

    def _new(self) -> Session:
        while len(self._sessions) >= MOST:
            self._drop(min(self._sessions, key=lambda key: self._sessions[key].touched))
        key, name = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        session = self._sessions[key] = Session(self.private / name, self.public / name, key)
        session.private.mkdir(parents=True)
        session.public.mkdir(parents=True)
        return session

    def _sweep(self) -> None:
        """Drop the sessions whose time is up."""
        now = time.monotonic()
        for key, session in list(self._sessions.items()):
            if now - session.touched > IDLE or (session.left is not None and now - session.left > GRACE):
                self._drop(key)

    def _drop(self, key: str) -> None:
        session = self._sessions.pop(key)
        for tab in session.tabs:
            self._tabs.pop(tab, None)
        session.close()
