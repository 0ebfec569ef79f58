"""The screen, really served, for the tests that ask it over HTTP or with a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from ocr.config.settings import Settings, silence_gradio
from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.inference.reader import Reader
from tests.web.conftest import LIGHTON

silence_gradio()

from ocr.web.app import build  # noqa: E402
from ocr.web.desk import Desk  # noqa: E402 (Gradio reads the environment when it is imported)
from ocr.web.launch import start, stop  # noqa: E402


@dataclass(frozen=True)
class Served:
    """An app that is up."""

    url: str
    desk: Desk

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, trust_env=False, timeout=10, **options)


@contextmanager
def served(reader: Reader, renderer: Renderer, server: Server = LIGHTON, **settings: Any) -> Iterator[Served]:
    """Serve on a free loopback port while the block runs."""
    chosen = Settings(**{"port": 0, **settings})

    async def begin() -> Served:  # without a running loop Gradio makes one, and never closes it
        desk = build(chosen, reader, renderer, server)
        return Served(start(desk, chosen), desk)

    with ThreadPoolExecutor(1) as thread:
        app = thread.submit(lambda: asyncio.run(begin())).result()
    try:
        yield app
    finally:
        stop(app.desk)
