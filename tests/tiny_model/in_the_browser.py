"""A page that the tiny model knows, read on the real screen."""

from __future__ import annotations

import json
import re

from playwright.async_api import Browser, expect

from tests.browser.conftest import DESKTOP, visit
from tests.tiny_model.model import Answer
from tests.web.serving import Served


async def read_in_the_browser(browser: Browser, app: Served, answer: Answer) -> None:
    """Read the article's second page with the model that knows it; the download holds its very letters."""
    page = await browser.new_page(viewport=DESKTOP, accept_downloads=True)  # type: ignore[arg-type]
    await visit(page, app)
    await page.get_by_label("Model").first.select_option(answer.model)
    await page.get_by_role("button", name="Sample: Article").click()
    await page.get_by_role("button", name="article.pdf page 2: waiting").wait_for()
    await page.get_by_role("textbox", name="Pages").fill("2")
    await page.get_by_role("button", name="Read", exact=True).click()
    await expect(page.get_by_role("button", name="article.pdf page 2: done")).to_be_visible(timeout=60_000)
    await page.get_by_role("button", name="article.pdf page 2: done").click()
    boxes = re.findall(r"!\[\w+\]\(\d+,\d+,\d+,\d+\)", answer.answer)
    await expect(page.locator(".regions > .region")).to_have_count(len(boxes))
    await expect(page.locator("#pl-text table td").first).to_be_visible()
    await page.get_by_text("Download as…").click()
    async with page.expect_download() as download:
        await page.get_by_role("group", name="Formats").get_by_role("button", name="JSON", exact=True).click()
    result = json.loads((await (await download.value).path()).read_text())
    await page.context.close()
    assert [(entry["number"], entry["raw"]) for entry in result["pages"]] == [(2, answer.answer)]
