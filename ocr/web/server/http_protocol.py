"""HTTP connections that cannot be held for nothing: bounds on a request's head, and on the connections of one peer.

uvicorn waits for a head as long as it takes, and its time-out for an idle connection is off as soon as a byte of the
next head has arrived. Bodies are bounded in request_bodies.py, where it is known what may be large.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_TIMEOUT_S = 15.0
"""For all of a request's head: it is one packet, and a lost one is sent again after a second or three."""
TOO_MANY_CONNECTIONS = (
    b"HTTP/1.1 429 Too Many Requests\r\ncontent-type: text/plain\r\nconnection: close\r\nretry-after: 10\r\n\r\n"
    b"Your address has too many connections open. Close some.\n"
)


class ConnectionCounts:
    """Number of connections of each peer."""

    def __init__(self, limit: int, is_trusted: Callable[[str], bool]) -> None:
        """Allow each peer `limit` at once, unless it is a proxy that is trusted: it has the connections of many."""
        self._limit, self._is_trusted = limit, is_trusted
        self._counts: Counter[str] = Counter()

    def enter(self, peer: str) -> bool:
        """Count a connection; whether it may stay."""
        self._counts[peer] += 1
        return self._counts[peer] <= self._limit or self._is_trusted(peer)

    def leave(self, peer: str) -> None:
        """A connection that was counted has ended."""
        self._counts[peer] -= 1
        if not self._counts[peer]:
            del self._counts[peer]


class BoundedProtocol(H11Protocol):
    """One connection; `peers` is set by `bounded_protocol`."""

    peers: ClassVar[ConnectionCounts]
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head, or refuse the connection."""
        super().connection_made(transport)
        if self.peers.enter(self._peer):
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
        """Forget the connection."""
        super().connection_lost(exc)
        self._unwatch()
        self.peers.leave(self._peer)

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


def bounded_protocol(peers: ConnectionCounts) -> type[BoundedProtocol]:
    """The protocol of one server, which counts its own peers."""
    return type("BoundedProtocol", (BoundedProtocol,), {"peers": peers})
