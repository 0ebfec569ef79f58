"""The server's state in the masthead, and a run that outlives the server's death."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect

from bench.replay import replay
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.select import running_server
from ocr.engines.waiting_reader import reader_of
from ocr.inference.client import Client
from tests.browser.conftest import WHOLE_RUN, add, read, visit
from tests.browser.test_accessibility import PHONE, complaints
from tests.inference.scripted_server import scripted_server
from tests.server_check.test_check_steps import serving, word_by_word
from tests.web.api.test_read_endpoint import until
from tests.web.serving import served

pytestmark = pytest.mark.anyio
OPTIONS = ("--slots", 2, "--tokens", 60)


async def test_server_state_run_outlives_a_killed_server(browser: Browser, renderer: Renderer, long: Path) -> None:
    """Kill -9 in mid-run pauses it: the text on the screen stays and is marked; back at its address, all is read."""
    with (
        replay(0.7, *OPTIONS) as server,
        running_server(Settings(server_url=(f"{server.url}/v1",))) as chosen,
        served(reader_of(chosen, [Client(url) for url in chosen.urls]), renderer, chosen) as app,
    ):
        page = await browser.new_page()
        await visit(page, app)
        pill = page.locator("details.engine > summary")
        await expect(pill).to_contain_text("ready")
        await expect(pill).to_contain_text(f"LightOnOCR-2-1B · {server.url.removeprefix('http://')}")
        await add(page, long)
        await read(page)
        await asyncio.to_thread(until, lambda: server.stats()["events"] > 0)
        await expect(page.locator("#pl-text .paragraph").first).to_be_visible()
        server.process.kill()
        await expect(pill).to_contain_text("not answering, again in")
        await expect(page.locator("#pl-masthead").get_by_role("status")).to_contain_text("not answering")
        await expect(page.locator("#pl-text .paragraph").first).to_be_visible()
        await expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
        assert await page.get_by_text("failed").filter(visible=True).count() == 0
        with replay(20, "--slots", 8, "--tokens", 60, "--port", server.port):
            await expect(pill).to_contain_text("ready")
            await page.get_by_role("button", name="Read again").wait_for(timeout=WHOLE_RUN)
        assert await page.get_by_text("failed").filter(visible=True).count() == 0
        await page.close()


async def test_server_state_panel(browser: Browser, renderer: Renderer) -> None:
    """By keyboard, a sheet on a phone; another server is checked and used; axe finds nothing; Escape closes it."""
    with (
        replay(1, *OPTIONS) as server,
        running_server(Settings(server_url=(f"{server.url}/v1",))) as chosen,
        served(reader_of(chosen, [Client(url) for url in chosen.urls]), renderer, chosen) as app,
    ):
        context = await browser.new_context(viewport=PHONE, color_scheme="dark")  # type: ignore[arg-type]
        page = await context.new_page()
        await visit(page, app)
        pill = page.locator("details.engine > summary")
        await expect(pill).to_contain_text("ready")
        await pill.press("Enter")
        panel = page.get_by_role("region", name="Server")
        await expect(panel).to_contain_text("best text")
        await panel.get_by_text("Ways to LightOnOCR").click()
        await expect(panel.get_by_label("Command").first).to_contain_text("vllm serve")
        box = await panel.bounding_box()
        assert box
        assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, PHONE["width"], PHONE["height"])
        await panel.get_by_text("Change server").click()
        async with scripted_server(serving(word_by_word, key="k3y")) as other:
            await panel.get_by_label("Address").fill(other.url)
            await panel.get_by_label("API key").fill("k3y")
            await panel.get_by_label("API key").press("Enter")
            await expect(panel.get_by_role("listitem").filter(has_text="Result")).to_contain_text("can read pages")
        host = urlsplit(other.url).netloc
        await expect(pill).to_contain_text(f"LightOnOCR-3-1B · {host}")
        await expect(panel.get_by_label("API key")).to_have_value("")
        assert "k3y" not in await page.content()
        assert await complaints(page, "the server's panel") == []
        await page.keyboard.press("Escape")
        await expect(panel).to_be_hidden()
        await expect(pill).to_be_focused()
        await context.close()
