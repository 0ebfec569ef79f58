"""The stream by which a tab hears what comes of its events: it misses none that is posted while the stream ends.

Gradio ends a tab's stream when the last of its events has ended, and the browser opens another with the next event. An
event that was posted before the browser had heard of the end was carried out, and nobody listened to what came of it:
the browser took the stream for open. It hangs up when it hears of the end: the answer to an event waits for that.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.types import Message, Send

HANG_UP_TIMEOUT_S = 1.0
"""Seconds after which a browser counts as gone that has not hung up; a proxy may keep that to itself."""
MAX_STREAMS = 2000
"""Streams that are remembered; those of tabs that vanished are among them."""
END = b'"msg":"close_stream"'
"""Gradio's last message; within a text of a page its quotation marks would be escaped."""


@dataclass(slots=True)
class _Stream:
    """A stream that is being sent; `started` once its head is out."""

    send: Send
    started: bool = False


@dataclass(slots=True)
class StreamEnds:
    """The newest stream of each tab, and those that have ended until the browser has heard of it."""

    _newest: dict[str, _Stream] = field(default_factory=dict)
    _ending: dict[str, asyncio.Event] = field(default_factory=dict)

    def watched(self, tab: str, send: Send) -> Send:
        """Send a new stream of a tab, and after its last message wait until the browser hangs up.

        A browser may ask twice for a stream, and hears the newest alone. Gradio's streams of a tab share its messages,
        so what an older one takes is sent in the newest.
        """
        self._heard(tab)  # whoever opens another knows that the last one has ended
        own = self._newest[tab] = _Stream(send)
        while len(self._newest) > MAX_STREAMS:
            self._newest.pop(next(iter(self._newest)))

        async def watch(message: Message) -> None:
            body, last = message.get("body", b""), not message.get("more_body", True)
            newest = self._newest.get(tab, own)
            if END in body:
                self._ending[tab] = asyncio.Event()
                self._newest.pop(tab, None)
            if newest is not own and body and newest.started:
                await newest.send({**message, "more_body": True})
                return
            if last and tab in self._ending and tab not in self._newest:
                ending = self._ending[tab]
                try:
                    await asyncio.sleep(HANG_UP_TIMEOUT_S)  # cancelled when it hangs up
                finally:
                    if self._ending.get(tab) is ending:  # not that of a later stream
                        self._heard(tab)
            if last and newest is own:
                self._newest.pop(tab, None)
            await send(message)
            own.started = True

        return watch

    def held(self, tab: str, send: Send) -> Send:
        """Send the answer to an event that a tab has posted, once the tab has heard of the end of its stream."""

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start" and (heard := self._ending.get(tab)):
                with suppress(TimeoutError):
                    await asyncio.wait_for(heard.wait(), HANG_UP_TIMEOUT_S)
            await send(message)

        return hold

    def _heard(self, tab: str) -> None:
        if heard := self._ending.pop(tab, None):
            heard.set()
