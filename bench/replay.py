"""A replay server: vLLM's protocol without a model. What it writes, and how fast, is fixed; so it measures the client.

    python -m bench.replay --pace 20 [--slots 128] [--tokens 600]

It has as many slots as vLLM has sequences, each with the same token rate: `pace` × `tokens` ÷ `slots` tokens a second,
so that all slots together end `pace` pages a second. A page is of 0.7 to 1.3 × `tokens` tokens, an event each; what
finds no slot waits in the order of its arrival. `GET /stats` tells what happened; the port is the first line printed.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import random
import re
import time
from collections import deque
from dataclasses import dataclass, field

from tests.conftest import SAMPLES

MODELS = {"data": [{"id": "lightonai/LightOnOCR-2-1B", "max_model_len": 16384}]}
TICK = 0.004
"""Seconds between two writes to one connection, at least; tokens due meanwhile go together, an event each."""
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def framed(data: str) -> bytes:
    """An event as a chunk of HTTP."""
    event = f"data: {data}\n\n".encode()
    return f"{len(event):x}\r\n".encode() + event + b"\r\n"


def events() -> list[bytes]:
    """The tokens of a long page, each as vLLM sends it."""
    text = "\n\n".join(path.read_text() for path in sorted(SAMPLES.glob("truth/*.txt")))
    pieces = re.findall(r" ?\w{1,4}|[^\w\s]+|\s+", text)
    start = {"id": "chatcmpl-9f8e7d6c5b4a", "object": "chat.completion.chunk", "created": 1795521600}
    return [
        framed(
            json.dumps(
                {
                    **start,
                    "model": "lightonai/LightOnOCR-2-1B",
                    "choices": [
                        {"index": 0, "delta": {"content": piece}, "logprobs": None, "finish_reason": None}
                    ],
                },
                separators=(",", ":"),
            )
        )
        for piece in pieces
    ]  # fmt: skip


@dataclass(slots=True)
class Page:
    """A request that is being answered."""

    connection: Connection
    length: int
    """Tokens."""
    began: float = 0.0
    sent: int = 0


@dataclass
class Replay:
    """The server: its slots and what has happened."""

    slots: int
    rate: float
    """Tokens a second of each slot."""
    tokens: int
    waiting: deque[Page] = field(default_factory=deque)
    running: list[Page] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    first: float = 0.0
    last: float = 0.0
    served: int = 0
    most: int = 0
    texts: list[bytes] = field(default_factory=events)

    def ask(self, connection: Connection) -> None:
        """A request has arrived whole."""
        self.first = self.first or time.time()
        spread = random.Random(len(self.lengths)).uniform(0.7, 1.3)
        self.lengths.append(int(self.tokens * spread))
        connection.transport.write(HEAD)
        self.waiting.append(Page(connection, self.lengths[-1]))

    def step(self) -> None:
        """Send what is due; give free slots to those that wait."""
        now = time.perf_counter()
        for page in self.running:
            due = min(page.length, int((now - page.began) * self.rate))
            if due > page.sent and not page.connection.closed:
                page.connection.transport.write(b"".join(self._text(n) for n in range(page.sent, due)))
                page.sent = due
            if page.sent == page.length:
                self._end(page)
        self.running = [p for p in self.running if p.sent < p.length and not p.connection.closed]
        while self.waiting and len(self.running) < self.slots:
            page = self.waiting.popleft()
            page.began = now
            self.running.append(page)
        self.most = max(self.most, len(self.running))

    def _text(self, number: int) -> bytes:
        return self.texts[number % len(self.texts)]

    def _end(self, page: Page) -> None:
        stop = {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]}
        usage = {"choices": [], "usage": {"completion_tokens": page.length}}
        tail = framed(json.dumps(stop)) + framed(json.dumps(usage)) + framed("[DONE]") + b"0\r\n\r\n"
        page.connection.transport.write(tail)
        self.served += 1
        self.last = time.time()

    def stats(self) -> dict[str, float]:
        """What happened, and the pages a second of a client that had sent all its pages at once."""
        free = [0.0] * self.slots
        for length in self.lengths:
            heapq.heapreplace(free, free[0] + length / self.rate)
        return {
            "first": self.first,
            "seconds": self.last - self.first,
            "served": self.served,
            "most": self.most,
            "allowed": len(self.lengths) / max(free) if self.lengths else 0.0,
        }


class Connection(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, replay: Replay) -> None:
        """Of this server."""
        self._replay, self._parts, self._missing = replay, [b""], -1
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nothing to do."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        """Its slot is freed at the next step."""
        self.closed = True

    def data_received(self, data: bytes) -> None:
        """Count a body's bytes; never look into it."""
        if self._missing < 0:
            head, end, body = (self._parts[0] + data).partition(b"\r\n\r\n")
            if not end:
                self._parts = [head]
                return
            self._parts = [b""]
            if head.startswith(b"GET"):
                self._tell(self._replay.stats() if b"/stats" in head[:40] else MODELS)
                return
            length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            self._missing, data = int(length[1]) if length else 0, body
        self._missing -= len(data)
        if self._missing <= 0:
            self._missing = -1
            self._replay.ask(self)

    def _tell(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)


async def serve(replay: Replay) -> None:
    """Until killed."""
    server = await asyncio.get_running_loop().create_server(lambda: Connection(replay), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    while True:
        began = time.perf_counter()
        replay.step()
        await asyncio.sleep(max(0.0, max(TICK, 1 / replay.rate) - (time.perf_counter() - began)))


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pace", type=float, required=True, help="pages a second")
    parser.add_argument("--slots", type=int, default=128)
    parser.add_argument("--tokens", type=int, default=600)
    options = parser.parse_args()
    rate = options.pace * options.tokens / options.slots
    asyncio.run(serve(Replay(options.slots, rate, options.tokens)))


if __name__ == "__main__":
    main()
