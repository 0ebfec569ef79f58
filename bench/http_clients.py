"""What reading streamed pages costs by aiohttp, by httpx, and by an asyncio protocol that does no more than it must.

    python -m bench.http_clients [--rounds 5] [--pages 24] [--only "aiohttp;httpx"]

Every client sends the same page images and reads answers of 800 tokens, all pages at once, in a process of its own; its
CPU time (user and system, program start left out) is what counts. The server is an imitation in another process: it
writes once, waits until the client says by a pipe that it has the bytes, and writes to the next page, so that each
write is one read of a socket, and each read wakes the event loop, as with vLLM, whose API server takes longer for an
event than a client does. That byte in the pipe costs each client about 1 µs. A read that wakes an idle processor costs
more: figures of a busy machine are lower, and only their ratios tell.

"16 events" are sixteen events of a token in one write. "Interval 16" is one event of sixteen tokens, what vLLM sends
for `stream_interval: 16`. Clients take turns, round after round; medians count. What is not installed is left out:
`uv pip install -r pyproject.toml --extra bench`, in an environment of its own, because uvicorn takes uvloop wherever it
finds it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from importlib.util import find_spec
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
import httpx

from bench.events import MODEL
from bench.lockstep import lockstep
from ocr.config.profiles import Model, ReadOptions, read_options
from ocr.documents.worker_tasks import DocumentLimits, open_document, render_page
from ocr.inference.client import Client, request_body
from ocr.inference.http import connections
from ocr.types import ImageSpec, PageImage
from tests.conftest import SAMPLES

TOKENS = 800
SILENCE_S = 120.0
HEADERS = {"content-type": "application/json", "accept": "text/event-stream"}


class Mode(NamedTuple):
    """How the tokens of a page arrive."""

    name: str
    interval: int
    """Tokens an event."""
    together: int
    """Events a read."""


MODES = [Mode("1 event", 1, 1), Mode("4 events", 1, 4), Mode("16 events", 1, 16), Mode("interval 4", 4, 1),
         Mode("interval 16", 16, 1)]  # fmt: skip

Reader = Callable[[bytes], AsyncIterator[bytes]]
Opened = AbstractAsyncContextManager[Reader]


@asynccontextmanager
async def with_aiohttp(url: str, read_timeout_s: float | None = SILENCE_S) -> AsyncIterator[Reader]:
    """As `ocr.inference.client` reads, without what it does with the bytes."""

    async def read(body: bytes) -> AsyncIterator[bytes]:
        async with http.post(url, data=body, headers=HEADERS) as response:
            assert response.status == HTTPStatus.OK
            async for data in response.content.iter_any():
                yield data

    async with connections(url, SILENCE_S) as http:
        if read_timeout_s is None:
            http._timeout = aiohttp.ClientTimeout(total=None)
        yield read


def without_timer(url: str) -> Opened:
    """The same without its time-out for a read, which is set anew at each."""
    return with_aiohttp(url, None)


@asynccontextmanager
async def with_httpx(url: str, transport: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[Reader]:
    """By default over httpcore, h11 and anyio."""

    async def read(body: bytes) -> AsyncIterator[bytes]:
        async with http.stream("POST", url, content=body, headers=HEADERS) as response:
            assert response.status_code == HTTPStatus.OK
            async for data in response.aiter_raw():
                yield data

    unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(trust_env=False, timeout=SILENCE_S, limits=unlimited, transport=transport) as http:
        yield read


def over_aiohttp(url: str) -> Opened:
    """The API of httpx, the reading by aiohttp."""
    from httpx_aiohttp import AiohttpTransport

    return with_httpx(url, AiohttpTransport(client=lambda: connections(url, SILENCE_S)))


class _Bare(asyncio.Protocol):
    """The least that reads such an answer: no pool, no time-out, no TLS; chunks' frames are left in the bytes."""

    def __init__(self) -> None:
        self.parts, self.arrived = [b""], asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.parts.append(data)
        self.arrived.set()


@asynccontextmanager
async def bare(url: str) -> AsyncIterator[Reader]:
    """The floor: what asyncio costs."""
    address = urlsplit(url)
    assert address.hostname and address.port
    host, port = address.hostname, address.port
    head = f"POST {address.path} HTTP/1.1\r\nhost: {address.netloc}\r\ncontent-length: %d\r\n\r\n"

    async def read(body: bytes) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_connection(_Bare, host, port)
        transport.write((head % len(body)).encode() + body)
        data = b""
        while not data.endswith(b"\r\n0\r\n\r\n"):
            await protocol.arrived.wait()
            protocol.arrived.clear()
            data = b"".join(protocol.parts)
            protocol.parts.clear()
            yield data
        transport.close()

    yield read


@asynccontextmanager
async def ours(url: str, image: PageImage, options: ReadOptions) -> AsyncIterator[Reader]:
    """Our client with all it does: events split, JSON, text checked."""

    async def read(body: bytes) -> AsyncIterator[bytes]:
        async for item in client.read(image, options):
            yield b"\n\n" * getattr(item, "chunks", 0)

    async with Client(url.removesuffix("/chat/completions")) as client:
        yield read


CLIENTS: dict[str, Callable[[str], Opened]] = {
    "aiohttp": with_aiohttp, "httpx": with_httpx, "httpx over aiohttp": over_aiohttp, "bare protocol": bare,
    "aiohttp, no read time-out": without_timer,
}  # fmt: skip
OURS = "ours: aiohttp, JSON, text"
NAMES = [*CLIENTS, "aiohttp, uvloop", "httpx, uvloop", "bare protocol, uvloop", OURS]
NEEDS = {"uvloop": "uvloop", "over aiohttp": "httpx_aiohttp"}


def installed(name: str) -> bool:
    """Whether this client can run here."""
    return all(find_spec(package) for word, package in NEEDS.items() if word in name)


def page() -> tuple[PageImage, ReadOptions]:
    """A page of the sample article as it is sent, and how it is asked for."""
    document = open_document(SAMPLES / "article.pdf", "article.pdf", None, DocumentLimits())
    return render_page(document, 1, ImageSpec(1540, multiple=28), DocumentLimits()), read_options(Model(MODEL))


def child(name: str, mode: Mode, pages: int) -> None:
    """Read these pages in this process; print its CPU seconds."""
    image, options = page()
    body = request_body(image, options)
    with lockstep(mode.interval, mode.together, TOKENS, pages) as (port, ack):
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        opened = ours(url, image, options) if name == OURS else CLIENTS[name.removesuffix(", uvloop")](url)

        async def run() -> float:
            async with opened as read:
                before = time.process_time()
                await asyncio.gather(*(one(read) for _ in range(pages)))
                return time.process_time() - before

        async def one(read: Reader) -> None:
            seen = 0
            async for data in read(body):
                seen += data.count(b"\n\n")
                if seen and seen % mode.together == 0:
                    os.write(ack, b".")

        if "uvloop" in name:
            import uvloop

            print(uvloop.run(run()))
        else:
            print(asyncio.run(run()))


def measure(names: list[str], rounds: int, pages: int) -> dict[tuple[str, Mode], list[float]]:
    """CPU milliseconds a page of each client in each mode, a figure a round."""
    found: dict[tuple[str, Mode], list[float]] = {(name, mode): [] for mode in MODES for name in names}
    for _ in range(rounds):
        for (name, mode), times in found.items():
            count = pages if mode.interval * mode.together == 1 else 4 * pages
            command = [sys.executable, "-m", "bench.http_clients", "--child", name, "--mode", mode.name]
            done = subprocess.run([*command, "--pages", str(count)], check=True, stdout=subprocess.PIPE)
            times.append(1000 * float(done.stdout) / count)
    return found


def report(names: list[str], found: dict[tuple[str, Mode], list[float]]) -> None:
    """Print Markdown: medians, and the medians of the rounds' ratios."""

    def table(title: str, cell: Callable[[str, Mode], str]) -> None:
        print(f"| {title} |", " | ".join(mode.name for mode in MODES), "|")
        print("|---|" + "---|" * len(MODES))
        for name in names:
            print(f"| {name} |", " | ".join(cell(name, mode) for mode in MODES), "|")
        print()

    def ratio(name: str, mode: Mode) -> str:
        pairs = zip(found[name, mode], found[names[0], mode], strict=True)
        return f"{statistics.median(mine / first for mine, first in pairs):.2f}"

    print("The server is an imitation: one write, one read, in lockstep with the client.\n")
    middle = {key: statistics.median(times) for key, times in found.items()}
    table("CPU µs a token", lambda *key: f"{1000 * middle[key] / TOKENS:.1f}")
    table(f"CPU ms a page of {TOKENS} tokens", lambda *key: f"{middle[key]:.1f}")
    table("pages a second of one core", lambda *key: f"{1000 / middle[key]:.0f}")
    table(f"÷ {names[0]}", ratio)
    spreads = [(max(times) - min(times)) / middle[key] for key, times in found.items()]
    print(f"Spread of a figure's rounds, (most - least) / median: median {statistics.median(spreads):.0%}, ", end="")
    print(f"largest {max(spreads):.0%}. The machine's load: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores.")


def main() -> None:
    """Measure in turns; print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", type=int, default=24, help="in bundles four times as many")
    parser.add_argument("--only", help=f"some of: {'; '.join(NAMES)}")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--mode", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, next(mode for mode in MODES if mode.name == options.mode), options.pages)
        return
    wanted = options.only.split(";") if options.only else NAMES
    names = [name for name in NAMES if name in wanted and installed(name)]
    report(names, measure(names, options.rounds, options.pages))


if __name__ == "__main__":
    main()
