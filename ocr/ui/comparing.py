"""What happens when a visitor compares two readings of a page."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import gradio as gr

from ocr.ui.engine import Engine
from ocr.ui.names import number_of
from ocr.ui.results import offer
from ocr.ui.runner import Runner
from ocr.ui.session import Session
from ocr.ui.sessions import Sessions
from ocr.ui.turns import shown


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
        session.whole, session.readings.open = 0, True
        yield session

    @shown
    async def pick(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """Another reading was chosen for one side."""
        session = self.sessions.of(request.session_hash)
        if session.shown:
            session.readings.of(session.shown).pick(number_of(event, "a"), number_of(event, "b"))
        yield session

    @shown
    async def keep(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Session, None]:
        """One of the two is to be the page's text."""
        session = self.sessions.of(request.session_hash)
        if session.shown:
            session.keep(session.shown, number_of(event, "number"))
            offer(session)
        yield session
