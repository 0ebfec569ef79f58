"""The script of the components: how it comes to the page, and what a visitor sees before it is there."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, BrowserContext, Route, expect

from ocr.web.components import SCRIPT_URL
from tests.browser.conftest import visit
from tests.web.serving import Served

pytestmark = pytest.mark.anyio


async def test_component_script_is_requested_once(context: BrowserContext, app: Served) -> None:
    """Ten components import it, the head preloads it, and a second visit takes it from the browser's cache."""
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    await visit(await context.new_page(), app)
    assert [url for url in requested if "/scripts/" in url] == [f"{app.url}{SCRIPT_URL}"]
    again = await context.new_page()
    await visit(again, app)
    assert await again.evaluate(f"performance.getEntriesByName('{app.url}{SCRIPT_URL}')[0].transferSize") == 0


async def test_component_script_is_waited_for(context: BrowserContext, app: Served) -> None:
    """Nothing that would not be heard can be pressed: a component is seen once its module has run."""
    arrived = asyncio.Event()

    async def hold(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    page = await context.new_page()
    await page.route(f"**/{SCRIPT_URL}", hold)
    await page.goto(app.url, wait_until="commit")
    read = page.locator("#pl-control .read")
    await read.wait_for(state="attached")
    await expect(read).to_be_hidden()
    arrived.set()
    await expect(page.get_by_role("button", name="Read", exact=True)).to_be_visible()


@pytest.mark.parametrize(("locale", "text"), [("en-GB", "Reload the page."), ("fr-FR", "Rechargez la page.")])
async def test_component_script_that_does_not_come_is_said(
    browser: Browser, app: Served, locale: str, text: str
) -> None:
    context = await browser.new_context(locale=locale)
    try:
        page = await context.new_page()
        await page.route(f"**/{SCRIPT_URL}", lambda route: route.abort())
        await page.goto(app.url)
        await expect(page.get_by_role("alert").filter(has_text=text)).to_have_count(1)
        await expect(page.get_by_role("alert").filter(has_text=text)).to_be_visible()
    finally:
        await context.close()
