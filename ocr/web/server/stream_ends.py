"""End a program's event stream without losing events that are posted meanwhile.

Gradio ends a client's stream when the last of its events has ended, and the client opens another with the next event.
An event that was posted before the client had read of the end was carried out, and its results were lost:
the client took the stream for open. It hangs up when it has read of the end: the answer to an event waits for that.
The page resumes its stream instead, see `event_streams`.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.types import Message, Send

HANG_UP_TIMEOUT_S = 1.0
"""Seconds after which a client counts as disconnected; a proxy may not pass its hanging up on."""
CLOSE = b'"msg":"close_stream"'
"""In Gradio's last message of a stream; within a text of a page its quotation marks would be escaped."""


@dataclass(slots=True)
class StreamEnds:
    """The streams that have ended until their client has read of it."""

    _ending: dict[str, asyncio.Event] = field(default_factory=dict)

    def track(self, client: str, send: Send) -> Send:
        """Send a new stream of a client, and after its last message wait until the client hangs up."""
        self._release(client)  # whoever opens another knows that the last one has ended

        async def watch(message: Message) -> None:
            if CLOSE in message.get("body", b""):
                self._ending[client] = asyncio.Event()
            if not message.get("more_body", True) and (ending := self._ending.get(client)):
                try:
                    await asyncio.sleep(HANG_UP_TIMEOUT_S)  # cancelled when it hangs up
                finally:
                    if self._ending.get(client) is ending:  # not that of a later stream
                        self._release(client)
            await send(message)

        return watch

    def delay(self, client: str, send: Send) -> Send:
        """Send the answer to an event that a client has posted, once it has read of the end of its stream."""

        async def send_later(message: Message) -> None:
            if message["type"] == "http.response.start" and (ending := self._ending.get(client)):
                with suppress(TimeoutError):
                    await asyncio.wait_for(ending.wait(), HANG_UP_TIMEOUT_S)
            await send(message)

        return send_later

    def _release(self, client: str) -> None:
        if ending := self._ending.pop(client, None):
            ending.set()
