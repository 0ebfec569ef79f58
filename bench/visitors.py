"""Many visitors of the real page over HTTP: the page in a process of its own, and what it says of itself meanwhile.

    python -m bench.visitors SIZE PACE AT_ONCE

serves the screen, read by an imitation that writes SIZE characters a page at PACE tokens a second, AT_ONCE pages in
flight; prints its URL; ends when its stdin does. `GET /bench` answers with the memory of the process, its files, and
the longest stall of its event loop since the last time it was asked: by the clock, and in CPU time of the loop's own
thread, which other programs on the machine leave as it is. BENCH_GRACE_S sets how long a session outlives its tab;
BENCH_TRACE makes /bench tell what memory was allocated since the first time, and where the loop was when it stalled.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import threading
import time
import traceback
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from ocr.config.settings import Settings, silence_gradio
from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.pipeline.concurrency import AdaptiveLimiter

silence_gradio()

TICK_S = 0.005
"""Between two looks at the event loop's clock."""
LONG_S = 0.05
"""A stall whose place is told."""
TRACED = bool(os.environ.get("BENCH_TRACE"))


class Witness:
    """ASGI middleware that watches the event loop it runs in, and tells of it."""

    def __init__(self, app: Any, root: Path) -> None:
        """Watch from the first request on; `root` is the folder of all visitors' files."""
        self.app, self.root, self.longest, self.busiest, self.task = app, root, 0.0, 0.0, None
        self.beat, self.places = time.perf_counter(), Counter[str]()
        self.first: tracemalloc.Snapshot | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass everything on but what is asked of us."""
        if self.task is None:
            self.task = asyncio.get_running_loop().create_task(self._watch())
            if TRACED:
                threading.Thread(target=self._sample, args=[threading.get_ident()], daemon=True).start()
        if scope.get("path") != "/bench":
            await self.app(scope, receive, send)
            return
        measured = {
            "memory_mb": resident_mb(),
            "stall_ms": 1000 * self.longest,
            "busy_ms": 1000 * self.busiest,
            "places": self.places.most_common(6),
        }
        body = json.dumps(measured | await asyncio.to_thread(self._look)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})
        await asyncio.sleep(2 * TICK_S)  # until the watch has seen the end of our own work, which is not to be counted
        self.longest, self.busiest, self.places = 0.0, 0.0, Counter()

    def _look(self) -> dict[str, Any]:
        """What takes long to find out; in a thread, for it would be the longest stall itself."""
        files = [path.stat().st_size for path in self.root.rglob("*") if path.is_file()]
        told: dict[str, Any] = {"disk_mb": sum(files) / 1e6, "files": len(files)}
        if TRACED and tracemalloc.is_tracing():
            gc.collect()
            now = tracemalloc.take_snapshot()
            self.first = self.first or now
            told["grown"] = [str(one) for one in now.compare_to(self.first, "traceback")[:12]]
            told["grown"] += ["\n".join(one.traceback.format()) for one in now.compare_to(self.first, "traceback")[:8]]
        return told

    async def _watch(self) -> None:
        while True:
            self.beat, spent = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK_S)
            self.busiest = max(self.busiest, time.thread_time() - spent)
            self.longest = max(self.longest, time.perf_counter() - self.beat - TICK_S)

    def _sample(self, thread: int) -> None:
        while True:
            time.sleep(LONG_S / 2)
            if time.perf_counter() - self.beat > LONG_S:
                stack = traceback.extract_stack(sys._current_frames()[thread])
                ours = [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in stack[-9:]]
                self.places[" > ".join(ours)] += 1


def resident_mb() -> float:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def serve(size: int, pace: float, at_once: int, renderer: Renderer) -> str:
    """Serve in a thread; the URL."""
    from bench.ui_pages import EvenReader, page_text
    from ocr.web import gradio_blocks
    from ocr.web.garbage_collection import GarbageCollection
    from ocr.web.page_layout import build
    from ocr.web.serve_page import web_app
    from ocr.web.server.web_server import WebServer, listen
    from ocr.web.state import session_store

    session_store.GRACE_PERIOD_S = float(os.environ.get("BENCH_GRACE_S", session_store.GRACE_PERIOD_S))
    gradio_blocks.FORGET_DELAY_S = min(gradio_blocks.FORGET_DELAY_S, session_store.GRACE_PERIOD_S)
    settings = Settings(port=0, cache_dir=Path(os.environ["BENCH_CACHE"]) if "BENCH_CACHE" in os.environ else None)
    server = Server("http://127.0.0.1:9/v1", note="", concurrency=AdaptiveLimiter(at_once))  # nobody is there
    desk = build(settings, EvenReader(page_text(size), pace), renderer, server)
    app, listener = web_app(desk, settings), listen(settings.host, settings.port)
    app.add_middleware(Witness, root=desk.sessions.root)
    WebServer(app, listener).start()
    GarbageCollection(desk.sessions.is_quiet).start()
    return f"http://{settings.host}:{listener.getsockname()[1]}"


@contextmanager
def page(size: int, pace: float, at_once: int, **environment: str) -> Iterator[str]:
    """The page in a process of its own; its URL."""
    command = [sys.executable, "-m", "bench.visitors", str(size), str(pace), str(at_once)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | environment
    ) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        assert process.stdin
        process.stdin.close()


@dataclass
class Visitor:
    """One tab, as the server sees it: its events, and the stream of what comes of them."""

    http: aiohttp.ClientSession
    name: str
    config: dict[str, Any]
    ended: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    stream: asyncio.Task[None] | None = None
    on_message: Callable[[dict[str, Any]], object] | None = None
    """Called with each message of the stream; None where only the ends of events count."""

    async def do(self, part: str, event: str, **said: Any) -> asyncio.Future[dict[str, Any]]:
        """Set an event off; the future has its end."""
        (component,) = (one["id"] for one in self.config["components"] if one["props"].get("elem_id") == f"pl-{part}")
        numbers = [one["id"] for one in self.config["dependencies"] if [component, event] in one["targets"]]
        body = {"data": [], "fn_index": numbers[-1], "session_hash": self.name, "event_data": said, "trigger_id": None}
        async with self.http.post("/gradio_api/queue/join", json=body) as answer:
            answer.raise_for_status()
            number = (await answer.json())["event_id"]
        end = self.ended.setdefault(number, asyncio.get_running_loop().create_future())
        if self.stream is None or self.stream.done():
            self.stream = asyncio.create_task(self._listen())
        return end

    async def _listen(self) -> None:
        async with self.http.get("/gradio_api/queue/data", params={"session_hash": self.name}) as stream:
            async for line in stream.content:
                if not line.startswith(b"data: "):
                    continue
                if self.on_message:
                    self.on_message(json.loads(line[6:]))
                if b'"process_completed"' not in line:
                    continue
                message = json.loads(line[6:])
                end = self.ended.setdefault(message["event_id"], asyncio.get_running_loop().create_future())
                if not end.done():
                    end.set_result(message)

    async def add(self, document: Path) -> None:
        """Upload a document and have it opened."""
        form = aiohttp.FormData()
        form.add_field("files", await asyncio.to_thread(document.read_bytes), filename=document.name)
        async with self.http.post("/gradio_api/upload", data=form) as answer:
            answer.raise_for_status()
            (path,) = await answer.json()
        await (await self.do("documents", "added", files=[{"upload": path, "name": document.name}]))


@asynccontextmanager
async def visitor(url: str, name: str, config: dict[str, Any] | None = None) -> AsyncIterator[Visitor]:
    """A tab that opens the page, says hello, and is closed at the end of the block."""
    async with AsyncExitStack() as stack:
        limits = {"timeout": aiohttp.ClientTimeout(total=None), "read_bufsize": 2**24}
        http = await stack.enter_async_context(
            aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0, force_close=True), **limits)
        )
        async with http.get("/") as answer:
            await answer.read()
        if config is None:
            async with http.get("/config") as answer:
                config = await answer.json()
        await stack.enter_async_context(http.get(f"/gradio_api/heartbeat/{name}"))
        here = Visitor(http, name, config)
        await (await here.do("control", "hello", language="en"))
        try:
            yield here
        finally:
            if here.stream:
                here.stream.cancel()
                await asyncio.wait({here.stream})


async def asked(url: str) -> dict[str, Any]:
    """What the page says of itself."""
    async with aiohttp.ClientSession() as http, http.get(f"{url}/bench") as answer:
        return dict(await answer.json())


def main() -> None:
    """Serve until stdin ends."""
    size, pace, at_once = sys.argv[1:]
    if TRACED and "memory" in os.environ["BENCH_TRACE"]:
        tracemalloc.start(12)
    with Renderer(workers=2) as renderer:
        print(asyncio.run(serve(int(size), float(pace), int(at_once), renderer)), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
