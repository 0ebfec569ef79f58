"""What the page shows is the newest state, whatever the network does to the answers."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Route, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import add, read_to_end, visit
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([["Read."]]), renderer) as app:
        yield app


NO_POST_TAKES_TOO_LONG = """
const { setTimeout } = window;
window.setTimeout = (callback, ms, ...rest) => setTimeout(callback, ms === 5000 ? 600_000 : ms, ...rest);
"""
"""For a slow machine: the script of the page's head waits 5 s for the answer to a post, then sends the next."""


async def test_event_order_is_that_of_the_presses(browser: Browser, app: Served, letter: Path, tmp_path: Path) -> None:
    """Two files are added at once: the second event is posted when the answer to the first has come, however late."""
    second = tmp_path / "second.pdf"
    shutil.copy(letter, second)
    seen: list[str] = []

    async def deliver(route: Route) -> None:
        if "arriving" not in (route.request.post_data or ""):
            await route.continue_()
            return
        seen.append("posted")
        answer = await route.fetch()
        if len(seen) == 1:
            await asyncio.sleep(1)  # on the network; longer than another post takes
        seen.append("answered")
        await route.fulfill(response=answer)

    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.add_init_script(NO_POST_TAKES_TOO_LONG)
        await visit(page, app)
        await page.route("**/queue/join*", deliver)
        await add(page, letter, second)
        for name in (letter.name, second.name):
            await expect(page.get_by_role("button", name=f"{name} page 1: waiting")).to_be_attached()
        await expect(page.get_by_role("list", name="Files").get_by_role("listitem")).to_have_count(2)
        assert seen == ["posted", "answered"] * 2
    finally:
        await context.close()


@asynccontextmanager
async def cutting_proxy(port: int, after: int) -> AsyncIterator[tuple[str, list[int]]]:
    """The address of a proxy that cuts an event stream once it has brought more messages than `after`.

    The stream after one that was cut is spared: a browser drops what it has received and not yet passed on when a
    connection breaks. The list has the number of messages for each that was cut.
    """
    cuts: list[int] = []
    spared = False

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        app_reader, app_writer = await asyncio.open_connection("127.0.0.1", port)
        messages: int | None = None

        async def ask() -> None:
            nonlocal messages, spared
            while data := await reader.read(65_536):
                messages = None
                if data.startswith(b"GET /gradio_api/queue/data"):
                    messages, spared = None if spared else 0, False
                app_writer.write(data)

        async def answer() -> None:
            nonlocal messages, spared
            while data := await app_reader.read(1024):
                writer.write(data)
                if messages is not None:
                    messages += data.count(b"\n\n")
                    if messages > after:
                        cuts.append(messages)
                        spared = True
                        return

        _, other = await asyncio.wait(
            [asyncio.create_task(ask()), asyncio.create_task(answer())], return_when="FIRST_COMPLETED"
        )
        for task in other:
            task.cancel()
        writer.close()
        app_writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", cuts


async def test_event_stream_goes_on_where_its_connection_broke(
    browser: Browser, app: Served, letter: Path, long: Path
) -> None:
    """Its connection is cut every few messages, in the middle of one: no file, page or text is missing."""
    async with cutting_proxy(urlsplit(app.url).port or 0, 3) as (url, cuts):
        context = await browser.new_context()
        try:
            page = await context.new_page()
            await visit(page, replace(app, url=url))
            await add(page, letter, long)
            await read_to_end(page)
            for name, number in ((letter.name, 1), (long.name, 1), (long.name, 12)):
                await expect(page.get_by_role("button", name=f"{name} page {number}: done")).to_be_attached()
            assert cuts
        finally:
            await context.close()
