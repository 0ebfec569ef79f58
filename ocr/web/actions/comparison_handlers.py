"""What happens when a visitor compares two readings of a page."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import gradio as gr

from ocr.web.actions.downloads import offer
from ocr.web.actions.runner import Runner
from ocr.web.actions.updates import shown
from ocr.web.state.browser_names import number_of
from ocr.web.state.session import Session
from ocr.web.state.session_store import Sessions
from ocr.web.views.engine_status import Engine


@dataclass(frozen=True)
class Comparing:
    """The handlers of the comparison."""

    runner: Runner
    sessions: Sessions

    @property
    def engine(self) -> Engine:
        """The server, as it is shown."""
        return self.runner.engine

    @shown
    async def look(self, request: gr.Request) -> AsyncGenerator[Session, None]:
        """The comparison is looked at."""
        session = self.sessions.of(request.session_hash)
        session.whole, session.history.open = 0, True
        yield session

    @shown
    async def pick(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """Another reading was chosen for one side."""
        session = self.sessions.of(request.session_hash)
        if session.shown:
            session.history.of(session.shown).pick(number_of(event, "a"), number_of(event, "b"))
        yield session

    @shown
    async def keep(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """One of the two is to be the page's text."""
        session = self.sessions.of(request.session_hash)
        if session.shown:
            session.restore(session.shown, number_of(event, "number"))
            offer(session)
        yield session
