"""An imitation of vLLM: its protocol and its cadence without a model. What it writes, and how fast, is fixed.

    python -m bench.replay --pace 20 [--slots 128] [--tokens 800] [--interval 1] [--older] [--port 0]

It has as many slots as vLLM has sequences, each with the same token rate: `pace` × `tokens` ÷ `slots` tokens a second,
so that all slots together end `pace` pages a second. A page is of 0.7 to 1.3 × `tokens` tokens; what finds no slot
waits in the order of its arrival. Each event is a write of its own: a token, or as many as the request's
`stream_interval` or `--interval` says, whichever is more; the first token and the last are sent at once. `--older`
does not know the field. As vLLM's API server sends the events of an engine's step one after the other, so do these of
a step come in up to four parts; what is late is caught up with event by event, so that only a client that is slow
itself reads two at once. `GET /stats` tells what happened; the port is the first line printed.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import random
import re
import subprocess
import sys
import time
import urllib.request
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.events import BEGIN, HEAD, MODEL, end, text, text_event

MODELS = {"data": [{"id": MODEL, "max_model_len": 16384}]}
SHORTEST_TICK_S = 0.001
FIELDS_BYTES = 4096
"""At the head and at the end of a request's body, where its fields stand; between them is the image."""


@dataclass(frozen=True)
class ReplayServer:
    """One that runs in a process of its own."""

    port: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """Its root."""
        return f"http://127.0.0.1:{self.port}"

    def stats(self) -> dict[str, Any]:
        """What has happened: see `Replay.stats`."""
        with urllib.request.urlopen(f"{self.url}/stats") as answer:
            return dict(json.loads(answer.read()))


@contextmanager
def replay(pace: float, *options: object) -> Iterator[ReplayServer]:
    """A server until the end of the block, or until its process is killed; `--port` brings it back to its address."""
    command = [sys.executable, "-m", "bench.replay", "--pace", str(pace), *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield ReplayServer(int(process.stdout.readline()), process)
        finally:
            process.kill()


@dataclass(slots=True)
class Page:
    """A request that is being answered."""

    connection: Connection
    length: int
    """Tokens."""
    stream: bool
    interval: int
    """Tokens an event."""
    began: float = 0.0
    made: int = 0
    """Tokens so far."""
    sent: int = 0
    """Tokens of these that were sent."""


@dataclass
class Replay:
    """The server: its slots and what has happened."""

    slots: int
    rate: float
    """Tokens a second of each slot."""
    tokens: int
    interval: int
    older: bool
    waiting: deque[Page] = field(default_factory=deque)
    running: list[Page] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    first: float = 0.0
    first_cpu: float = 0.0
    last: float = 0.0
    served: int = 0
    most: int = 0
    events: int = 0
    slot_seconds: float = 0.0
    stepped: float = 0.0

    def ask(self, connection: Connection, fields: bytes) -> None:
        """A request has arrived whole."""
        if not self.first:
            self.first, self.first_cpu = time.time(), time.process_time()
        self.lengths.append(int(self.tokens * random.Random(len(self.lengths)).uniform(0.7, 1.3)))
        asked = None if self.older else re.search(rb'"stream_interval": ?(\d+)', fields)
        interval = max(self.interval, int(asked[1]) if asked else 1)
        stream = bool(re.search(rb'"stream": ?true', fields))
        self.waiting.append(Page(connection, self.lengths[-1], stream, interval))

    def step(self) -> None:
        """Make the tokens that are due, one a page at most; give free slots to those that wait."""
        now = time.perf_counter()
        self.slot_seconds += len(self.running) * (now - self.stepped)
        self.stepped = now
        ended = False
        for page in self.running:
            if page.made < int((now - page.began) * self.rate):
                page.made += 1
                last = page.made == page.length
                if page.stream and (last or not page.sent or page.made - page.sent >= page.interval):
                    self._send(page)
                if last:
                    self._end(page)
                ended = ended or last
            ended = ended or page.connection.closed
        if ended:
            self.running = [page for page in self.running if page.made < page.length and not page.connection.closed]
        while self.waiting and len(self.running) < self.slots:
            page = self.waiting.popleft()
            page.began = now
            self.running.append(page)
        self.most = max(self.most, len(self.running))

    def _send(self, page: Page) -> None:
        if not page.sent:
            page.connection.transport.write(HEAD)
            page.connection.transport.write(BEGIN)
        page.connection.transport.write(text_event(page.sent, page.made - page.sent))
        page.sent = page.made
        self.events += 1

    def _end(self, page: Page) -> None:
        if page.stream:
            page.connection.transport.write(end(page.length))
        else:
            message = {"role": "assistant", "content": text(0, page.length)}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            usage = {"prompt_tokens": 2200, "total_tokens": 2200 + page.length, "completion_tokens": page.length}
            page.connection.tell({"id": "x", "object": "chat.completion", "created": 1795521600, "model": MODEL,
                                  "choices": [choice], "usage": usage})  # fmt: skip
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
            "events": self.events,
            "slot_seconds": self.slot_seconds,
            "cpu": time.process_time() - self.first_cpu if self.first else 0.0,
            "allowed": len(self.lengths) / max(free) if self.lengths else 0.0,
        }


class Connection(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, replay: Replay) -> None:
        """Of this server."""
        self._replay, self._head, self._missing = replay, b"", -1
        self._begin = self._end = b""  # of the body
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nothing to do."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        """Its slot is freed at the next step."""
        self.closed = True

    def data_received(self, data: bytes) -> None:
        """Count a body's bytes; look at its head and its end alone."""
        if self._missing < 0:
            head, found, body = (self._head + data).partition(b"\r\n\r\n")
            if not found:
                self._head = head
                return
            self._head = b""
            if head.startswith(b"GET"):
                self.tell(self._replay.stats() if b"/stats" in head[:40] else MODELS)
                return
            length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            self._missing, data = int(length[1]) if length else 0, body
            self._begin = self._end = b""
        self._missing -= len(data)
        self._begin += data[: FIELDS_BYTES - len(self._begin)]
        self._end = (self._end + data)[-FIELDS_BYTES:]
        if self._missing <= 0:
            self._missing = -1
            self._replay.ask(self, self._begin + self._end)

    def tell(self, value: object) -> None:
        """Answer with JSON."""
        body = json.dumps(value).encode()
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        self.transport.write(head + body)


async def serve(replay: Replay, port: int) -> None:
    """Until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(replay), "127.0.0.1", port, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    tick = max(SHORTEST_TICK_S, 0.25 / replay.rate)
    while True:
        began = time.perf_counter()
        replay.step()
        await asyncio.sleep(max(0.0, tick - (time.perf_counter() - began)))


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pace", type=float, required=True, help="pages a second")
    parser.add_argument("--slots", type=int, default=128)
    parser.add_argument("--tokens", type=int, default=800)
    parser.add_argument("--interval", type=int, default=1, help="tokens an event, at least")
    parser.add_argument("--older", action="store_true", help="heed no request's stream_interval")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    rate = options.pace * options.tokens / options.slots
    asyncio.run(serve(Replay(options.slots, rate, options.tokens, options.interval, options.older), options.port))


if __name__ == "__main__":
    main()
