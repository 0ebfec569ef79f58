"""The screen, really served, for the tests that ask it over HTTP or with a browser."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from ocr.config.command_line import settings_of
from ocr.config.settings import silence_gradio
from ocr.documents.renderer import Renderer
from ocr.engines.offered_server import OfferedServer
from ocr.engines.select import Server
from ocr.inference.reader import Reader
from tests.web.conftest import LIGHTON

silence_gradio()

from ocr.web.gradio_blocks import PageBlocks  # noqa: E402 (Gradio reads the environment when it is imported)
from ocr.web.page_layout import build  # noqa: E402
from ocr.web.serve_page import start, stop  # noqa: E402
from ocr.web.state.session import Session  # noqa: E402


@dataclass(frozen=True)
class Served:
    """An app that is up."""

    url: str
    desk: PageBlocks

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, trust_env=False, timeout=60, **options)

    def session(self, tab: str) -> Session:
        """The session of a tab, a new one if it has none; entered on the app's event loop, as the app does."""

        async def entered() -> Session:
            return self.desk.sessions.of(tab)

        (server,) = self.desk.web.servers
        return asyncio.run_coroutine_threadsafe(entered(), server.get_loop()).result(timeout=60)

    def number_of(self, handler: str) -> int:
        """Where Gradio has the page's handler of this name; endpoints for programs, which may share it, come before."""
        return max(number for number, fn in self.desk.fns.items() if fn.fn and fn.fn.__name__ == handler)

    def event(self, http: httpx.Client, tab: str, handler: str = "arrive", **data: Any) -> httpx.Response:
        """Post something that happens in a tab."""
        number = self.number_of(handler)
        body = {"data": [], "fn_index": number, "session_hash": tab, "event_data": data, "trigger_id": None}
        return http.post("/gradio_api/queue/join", json=body)


def received(http: httpx.Client, tab: str) -> list[dict[str, Any]]:
    """The messages that a tab is sent until nothing goes on in it."""
    with http.stream("GET", "/gradio_api/queue/data", params={"session_hash": tab}) as stream:
        return [json.loads(line.removeprefix("data: ")) for line in stream.iter_lines() if line.startswith("data: ")]


@contextmanager
def served(
    reader: Reader, renderer: Renderer, server: Server = LIGHTON, offered: OfferedServer | None = None, **settings: Any
) -> Iterator[Served]:
    """Serve on a free loopback port while the block runs; by default nothing is read before Read is pressed."""
    chosen = settings_of({"port": 0, "auto_start": False, **settings})

    async def begin() -> Served:  # without a running loop Gradio makes one, and never closes it
        desk = build(chosen, reader, renderer, server, offered)
        return Served(start(desk, chosen), desk)

    with ThreadPoolExecutor(1) as thread:
        app = thread.submit(lambda: asyncio.run(begin())).result()
    try:
        yield app
    finally:
        stop(app.desk)
