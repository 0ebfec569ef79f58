"""Resumable event streams: no message is lost when a connection breaks.

The page names the last message it has received, in the header `Last-Event-ID` as server-sent events have it, and is
sent what came since (the script is static/head/event-stream.js). Gradio's own stream of the tab is read here, once, by
a task that does not depend on the page's connection: of two requests of one tab, each would get a part of Gradio's
messages, and those that were sent just before a connection broke would be lost.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from gradio.queueing import Queue
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocr.web.server.stream_ends import CLOSE

RECONNECT_S = 20.0
"""Seconds for which a tab that is not connected is waited for; then its events are cancelled."""
MAX_BYTES = 1 << 20
"""Of a tab's messages: sent ones are stored up to this size, and Gradio waits while so much has not been sent."""
MAX_TABS = 2000
"""Tabs that are remembered."""
END = b"event: end\ndata:\n\n"
"""Sent when no event is pending: the page connects again with its next event."""
LOST = b"id: %d\nevent: lost\ndata:\n\n"
"""Sent where messages are missing that the page has not received."""
LAST_EVENT_ID = b"last-event-id"
"""The header by which the page asks for a stream that can be resumed; programs do not send it."""

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _TabStream:
    """The messages of one tab, numbered from 1; `sent` is the last that the newest connection was given."""

    last: int
    sent: int
    messages: deque[bytes] = field(default_factory=deque)
    size: int = 0
    connection: object = None
    reader: asyncio.Task[None] | None = None
    failed: bool = False
    """Gradio's stream ended with an error; its last message informs the page."""
    expiry: asyncio.TimerHandle | None = None
    expired: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def first(self) -> int:
        """The oldest message that is still here."""
        return self.last - len(self.messages) + 1

    async def change(self) -> None:
        """Wait until something has changed."""
        self.changed.clear()
        await self.changed.wait()

    async def append(self, message: bytes) -> None:
        """Add a message; wait while too much has not been sent."""
        self.messages.append(message)
        self.last += 1
        self.size += len(message)
        self.changed.set()
        while self._trim() > MAX_BYTES and not self.expired.is_set():
            await self.change()

    def _trim(self) -> int:
        """Drop the oldest messages that were sent; return the bytes that are left."""
        while self.size > MAX_BYTES and self.messages and self.first <= self.sent:
            self.size -= len(self.messages.popleft())
        return self.size

    def expire(self) -> None:
        """Drop the messages of a tab that did not reconnect; a page that comes later is sent `LOST`."""
        self.expired.set()
        if self.reader or self.sent < self.last:
            self.last += 1
        self.messages.clear()
        self.size = 0
        self.changed.set()


class EventStreams:
    """The event streams of the tabs that are open."""

    def __init__(self, app: ASGIApp, queue: Callable[[], Queue]) -> None:
        """`app` answers a request for a stream as Gradio does, and `queue` is Gradio's, whose messages are in it."""
        self._app, self._queue = app, queue
        self._streams: OrderedDict[tuple[str, ...], _TabStream] = OrderedDict()

    async def resume(self, scope: Scope, receive: Receive, send: Send, tab: str, received: int) -> None:
        """Answer with the messages of a tab that follow number `received`, as long as events are pending."""
        key = (tab, *_login(scope))
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = _TabStream(last=received, sent=received)
        self._streams.move_to_end(key)
        while len(self._streams) > MAX_TABS:
            _, oldest = self._streams.popitem(last=False)
            oldest.expire()
        messages = self._messages(stream, scope, tab, received)
        await StreamingResponse(messages, media_type="text/event-stream")(scope, receive, send)

    async def _messages(self, stream: _TabStream, scope: Scope, tab: str, received: int) -> AsyncIterator[bytes]:
        queue = self._queue()
        unknown = tab not in queue.pending_messages_per_session  # as after a restart: Gradio tells the page
        own = stream.connection = object()
        stream.sent, stream.failed = min(received, stream.last), False
        if stream.expiry:
            stream.expiry.cancel()
        try:
            while stream.connection is own:  # a newer one takes over
                if stream.sent < stream.first - 1:
                    stream.sent = stream.first - 1
                    yield LOST % stream.sent
                    return
                if stream.sent < stream.last:
                    stream.sent += 1
                    yield b"id: %d\n" % stream.sent + stream.messages[stream.sent - stream.first]
                    stream.changed.set()
                elif stream.reader:
                    await stream.change()
                elif not stream.failed and (unknown or queue.pending_event_ids_session.get(tab)):
                    unknown = False
                    stream.expired.clear()
                    stream.reader = asyncio.create_task(self._read(stream, scope))
                else:
                    yield END
                    return
        finally:
            if stream.connection is own:
                stream.connection = None
                stream.expiry = asyncio.get_running_loop().call_later(RECONNECT_S, stream.expire)
            stream.changed.set()

    async def _read(self, stream: _TabStream, scope: Scope) -> None:
        """Read Gradio's stream to its end, or until the tab has expired."""

        async def receive() -> Message:
            await stream.expired.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            body = message.get("body", b"")
            if message.get("status", 200) != 200:
                stream.failed = True
            elif body and CLOSE not in body and not stream.failed:
                await stream.append(body)

        try:
            await self._app(dict(scope), receive, send)
        except HTTPException:  # no such session
            stream.failed = True
        except Exception:
            stream.failed = True
            log.exception("The event stream of a tab ended early.")
        finally:
            stream.reader = None
            stream.changed.set()


def _login(scope: Scope) -> list[str]:
    """Gradio's cookies of a request: it checks whose they are once, when its stream begins."""
    cookies = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1").split(";")
    return sorted(cookie.strip() for cookie in cookies if cookie.strip().startswith("access-token"))
