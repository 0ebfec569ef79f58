"""The real vLLM behind the real screen: what the model writes is what the browser shows."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from ocr.documents.renderer import Renderer
from ocr.engines.waiting_reader import patient
from ocr.inference.client import Client
from tests.browser.conftest import DESKTOP, QUIET, visit
from tests.browser.walk import walk
from tests.tiny_model.model import WHOLE
from tests.vllm.conftest import Running
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

LAYOUT = next(answer for answer in WHOLE if "3-1B" in answer.model)


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    system = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=system, args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture(scope="module")
def app(vllm: Running, renderer: Renderer) -> Iterator[Served]:
    """The whole app, with the real vLLM."""
    reader = patient(Client(vllm.server.url, vllm.server.api_key), vllm.server)
    with served(reader, renderer, vllm.server) as app:
        yield app


async def test_browser_exact(browser: Browser, app: Served) -> None:
    """The article's second page, asked of LightOnOCR-3: its boxes, its table, and its very letters in the download."""
    page = await browser.new_page(viewport=DESKTOP, accept_downloads=True)  # type: ignore[arg-type]
    await visit(page, app)
    await page.get_by_label("Model").first.select_option(LAYOUT.model)
    await page.get_by_role("button", name="Sample: Article").click()
    await page.get_by_role("button", name="article.pdf page 2: waiting").wait_for()
    await page.get_by_role("textbox", name="Pages").fill("2")
    await page.get_by_role("button", name="Read", exact=True).click()
    await expect(page.get_by_role("button", name="article.pdf page 2: done")).to_be_visible(timeout=60_000)
    await page.get_by_role("button", name="article.pdf page 2: done").click()
    boxes = re.findall(r"!\[\w+\]\(\d+,\d+,\d+,\d+\)", LAYOUT.answer)
    await expect(page.locator(".regions > .region")).to_have_count(len(boxes))
    await expect(page.locator("#pl-text table td").first).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="article.json").click()
    result = json.loads((await (await download.value).path()).read_text())
    await page.context.close()
    assert [(entry["number"], entry["raw"]) for entry in result["pages"]] == [(2, LAYOUT.answer)]


async def test_browser_walk(browser: Browser, app: Served, tmp_path: Path) -> None:
    """Everything that the desk can do, read by LightOnOCR-3."""
    witness = await walk(browser, app, tmp_path, ("Temperature", "0.1", "temperature 0.1"), LAYOUT.model)
    assert witness.outside == []
