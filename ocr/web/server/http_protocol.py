"""HTTP with a timeout for a request's head and a limit on the connections of one peer.

uvicorn waits for a head as long as it takes, and its time-out for an idle connection is off as soon as a byte of the
next head has arrived. Bodies are bounded in request_bodies.py, where it is known what may be large.
"""

import asyncio
import socket
from collections import Counter
from contextlib import suppress
from typing import ClassVar

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_TIMEOUT_S = 15.0
"""For all of a request's head: it is one packet, and a lost one is sent again after a second or three."""
TOO_MANY_CONNECTIONS = (
    b"HTTP/1.1 429 Too Many Requests\r\ncontent-type: text/plain\r\nconnection: close\r\nretry-after: 10\r\n\r\n"
    b"Your address has too many connections open. Close some.\n"
)


class BoundedProtocol(H11Protocol):
    """One connection; `bounded_protocol` sets the class variables."""

    limit: ClassVar[int]
    proxied: ClassVar[ProxyHeadersMiddleware]
    counts: ClassVar[Counter[str]]
    """Connections of each peer."""
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head, or refuse the connection.

        What is written is sent at once: asyncio sees to that itself only where the listener was made with TCP's number
        as its protocol, which neither `socket.create_server` nor uvicorn does. Each part of a streamed answer
        would otherwise wait until the browser has acknowledged the one before, which takes it up to 40 ms.
        """
        with suppress(OSError):  # macOS, where the peer has gone already
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
        self.counts[self._peer] += 1
        if self.counts[self._peer] <= self.limit or self._peer in self.proxied.trusted_hosts:
            self._watch()
        else:
            transport.write(TOO_MANY_CONNECTIONS)
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Take what has arrived, and see whether a head is complete by now."""
        if not self.transport.is_closing():
            super().data_received(data)
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another connection of the peer."""
        super().connection_lost(exc)
        self._unwatch()
        self.counts[self._peer] -= 1
        if not self.counts[self._peer]:
            del self.counts[self._peer]

    @property
    def _peer(self) -> str:
        return self.client[0] if self.client else ""

    def _watch(self) -> None:
        """Time a head that is incomplete; further bytes of it win no time."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._unwatch()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.abort)

    def _unwatch(self) -> None:
        if self._head_timer:
            self._head_timer.cancel()
        self._head_timer = None


def bounded_protocol(limit: int, proxied: ProxyHeadersMiddleware) -> type[BoundedProtocol]:
    """The protocol of one server: each peer has `limit` connections at once, a trusted proxy those of many visitors."""
    return type("BoundedProtocol", (BoundedProtocol,), {"limit": limit, "proxied": proxied, "counts": Counter()})
