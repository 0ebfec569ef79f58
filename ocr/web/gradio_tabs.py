"""What Gradio keeps of each tab, dropped when the tab is gone; Gradio keeps it until hundreds of others have come."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import gradio as gr

from ocr.web.desk import Desk

FORGET_DELAY_S = 60.0
"""Seconds after which a tab that has not come back is forgotten: events of its that still go on find its queue."""


@dataclass(frozen=True)
class Tabs:
    """The tabs of one app."""

    desk: Desk

    async def leave(self, request: gr.Request) -> None:
        """A tab is gone, for now or for good."""
        self.desk.sessions.leave(request.session_hash)
        asyncio.get_running_loop().call_later(FORGET_DELAY_S, self._forget, request.session_hash or "")

    def _forget(self, tab: str) -> None:
        """Drop Gradio's copy of the page's layout for a tab, which holds the last values sent to it, and its queue."""
        if tab in self.desk.sessions:
            return  # it came back
        state, queue = self.desk.state_holder, self.desk._queue
        for records in (
            state.session_data, state.time_last_used, queue.pending_messages_per_session,
            queue.pending_event_ids_session, self.desk.pending_diff_streams,
        ):  # fmt: skip
            records.pop(tab, None)
