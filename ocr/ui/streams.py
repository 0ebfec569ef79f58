"""The stream by which a tab hears what comes of its events: it misses none that is posted while the stream ends.

Gradio ends a tab's stream when the last of its events has ended, and the browser opens another with the next event. An
event that was posted before the browser had heard of the end was carried out, and nobody listened to what came of it:
the browser took the stream for open. So such an event is answered a moment later.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from starlette.types import Message, Send

HEARD_S = 0.3
"""Seconds after which a browser has heard that a stream has ended; a click so soon after an update is rare."""
END = b'"msg":"close_stream"'
"""Gradio's last message; within a text of a page its quotation marks would be escaped."""


@dataclass(slots=True)
class StreamEnds:
    """When the streams of tabs have ended, for as long as it matters."""

    _ended: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def watched(self, tab: str, send: Send) -> Send:
        """Send a tab's stream, and notice its end."""

        async def watch(message: Message) -> None:
            if END in message.get("body", b""):
                self._note(tab)
            await send(message)

        return watch

    def held(self, tab: str, send: Send) -> Send:
        """Send the answer to an event that this tab has posted, once the tab has heard that its stream has ended."""

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start" and tab in self._ended:
                await asyncio.sleep(max(0.0, self._ended[tab] + HEARD_S - time.monotonic()))
            await send(message)

        return hold

    def _note(self, tab: str) -> None:
        now = time.monotonic()
        self._ended[tab] = now
        self._ended.move_to_end(tab)
        while next(iter(self._ended.values())) < now - HEARD_S:
            self._ended.popitem(last=False)
