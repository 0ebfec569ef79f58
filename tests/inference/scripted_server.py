"""An imitation of a server, for faults and transcripts that a real one cannot be made to show on demand.

It speaks just enough HTTP over a real socket; what it answers is a script: a coroutine that is handed each request and
the connection it came on.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

MODELS = {"data": [{"id": "lightonai/LightOnOCR-3-1B", "root": "lightonai/LightOnOCR-3-1B", "max_model_len": 16384}]}
ACCEPT_TURNS = 5
"""Turns of the event loop after which a connection that was accepted last has its task."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    kept: bool = False
    """Whether the connection serves again after this answer."""

    async def respond(self, status: int, body: Any = b"", headers: Collection[str] = ()) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.kept = "connection: close" not in headers
        head = [f"HTTP/1.1 {status} Scripted", f"content-length: {len(content)}", *headers]
        self.writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + content)
        await self.writer.drain()

    async def begin(self, media_type: str = "text/event-stream") -> None:
        self.writer.write(f"HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\nconnection: close\r\n\r\n".encode())
        await self.writer.drain()

    async def line(self, data: str) -> None:
        self.writer.write(f"data: {data}\n\n".encode())
        await self.writer.drain()

    async def chunk(self, text: str = "", finish: str | None = None) -> None:
        await self.line(json.dumps({"choices": [{"delta": {"content": text}, "finish_reason": finish}]}))

    async def stream(self, *texts: str, finish: str = "stop", tokens: int | None = None) -> None:
        """A whole answer as vLLM streams it."""
        await self.begin()
        await self.line(json.dumps({"choices": [{"delta": {"role": "assistant", "content": ""}}]}))
        for text in texts:
            await self.chunk(text)
        await self.chunk(finish=finish)
        if tokens is not None:
            await self.line(json.dumps({"choices": [], "usage": {"completion_tokens": tokens}}))
        await self.line("[DONE]")

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        raw: socket.socket = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Wait until the client has closed the connection."""
        while await self.reader.read(1024):
            pass


Script = Callable[[Request, Connection], Awaitable[None]]


@dataclass
class Scripted:
    url: str
    requests: list[Request] = field(default_factory=list)

    @property
    def reads(self) -> list[Request]:
        """The requests for a page's text."""
        return [request for request in self.requests if request.path.endswith("/chat/completions")]


@asynccontextmanager
async def scripted_server(script: Script, port: int = 0) -> AsyncIterator[Scripted]:
    """Serve `script` on a loopback port, a free one unless it is named.

    `/v1/models` is answered here, unless the script is for it (GET).
    """
    tasks: set[asyncio.Task[None]] = set()
    transports: list[asyncio.WriteTransport] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        transports.append(writer.transport)
        try:
            while request := await _request(reader):
                if request.method == "?":
                    await Connection(reader, writer).respond(400, b"Invalid HTTP request received.")
                    break
                server.requests.append(request)
                if request.method == "GET" and not getattr(script, "serves_models", False):
                    await Connection(reader, writer).respond(200, MODELS)
                    continue
                connection = Connection(reader, writer)
                await script(request, connection)
                if not connection.kept:
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", port)
    port = listener.sockets[0].getsockname()[1]
    server = Scripted(f"http://127.0.0.1:{port}/v1")
    try:
        yield server
    finally:
        await _closed(listener)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transport in transports:
            transport.abort()  # what was still to be flushed to somebody who has gone
        await asyncio.sleep(0)


@contextmanager
def scripted_in_a_thread(script: Script) -> Iterator[Scripted]:
    """A scripted server beside this thread, for callers without an event loop."""
    started: Future[tuple[Scripted, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        async with scripted_server(script) as server:
            over = asyncio.Event()
            started.set_result((server, asyncio.get_running_loop(), over))
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    server, loop, over = started.result(60)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


async def _closed(listener: asyncio.Server) -> None:
    """Accept no more; asyncio would leave a connection open whose server is closed before it has its task."""
    for listening in listener.sockets:
        asyncio.get_running_loop().remove_reader(listening)
    for _ in range(ACCEPT_TURNS):
        await asyncio.sleep(0)
    listener.close()


async def _request(reader: asyncio.StreamReader) -> Request | None:
    try:
        start = await reader.readexactly(1)
        if start == b"\x16":  # TLS: answered as uvicorn does, and closed
            return Request("?", "?", {}, b"")
        head = (start + await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.rstrip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)
