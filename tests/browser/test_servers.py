"""The page with two servers, one of which is killed while it reads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, expect

from bench.replay import ReplayServer, replay
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.select import running_server
from ocr.engines.waiting_reader import reader_of
from ocr.inference.client import Client
from tests.browser.conftest import WHOLE_RUN, add, read, visit
from tests.web.api.test_read_endpoint import until
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

Two = tuple[Served, ReplayServer, ReplayServer]


@pytest.fixture
def two(renderer: Renderer) -> Iterator[Two]:
    """The app with two servers, and these."""
    options = ("--slots", 2, "--tokens", 60)
    with (
        replay(0.7, *options) as kept,
        replay(0.7, *options) as killed,
        running_server(Settings(server_url=(f"{kept.url}/v1", f"{killed.url}/v1"))) as server,
        served(reader_of(server, [Client(url) for url in server.urls]), renderer, server) as app,
    ):
        yield app, kept, killed


async def test_servers_one_is_killed(two: Two, context: BrowserContext, long: Path) -> None:
    """The page names both, says which is away while the other reads, and all pages are read."""
    app, kept, killed = two
    names = [server.url.removeprefix("http://") for server in (kept, killed)]
    page = await context.new_page()
    await visit(page, app)
    await add(page, long)
    await read(page)
    await page.get_by_role("button", name="Stop", exact=True).wait_for()
    await asyncio.to_thread(until, lambda: killed.stats()["events"] > 0)
    before = (await asyncio.to_thread(killed.stats))["served"]
    killed.process.kill()
    await expect(page.locator("#pl-rail")).to_contain_text(f"{names[1]} does not answer")
    both = page.get_by_role("group").filter(has_text=names[0]).filter(has_text=names[1])
    await expect(both.filter(has_text=f"{names[1]} has not answered").first).to_be_attached()
    await page.get_by_role("button", name="Read again").wait_for(timeout=WHOLE_RUN)
    assert await page.get_by_text("failed").filter(visible=True).count() == 0
    assert (await asyncio.to_thread(kept.stats))["served"] >= 10 - before  # two may have ended before the kill
