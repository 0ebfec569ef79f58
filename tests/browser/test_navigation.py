"""The ways through a long document: the page's number, the outline, the minimap, one hit after the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import DESKTOP, add, read, visit
from tests.web.readers import ScriptedReader
from tests.web.serving import served

pytestmark = pytest.mark.anyio


async def test_page_field_goes_to_the_page_that_is_typed(page: Page, long: Path) -> None:
    """`g` and a number lead there; Escape leads back, and a number that there is not is answered beside the field."""
    await add(page, long)
    field, title = page.get_by_role("textbox", name="Page number"), page.locator(".viewer .title")
    await expect(field).to_have_value("1")
    await page.keyboard.press("g")
    await expect(field).to_be_focused()
    await page.keyboard.type("12")
    await page.keyboard.press("Enter")
    await expect(title).to_have_text("long.pdf, page 12")
    await expect(field).to_have_value("12")
    well = page.get_by_role("group", name="Image of the page")
    await expect(well).to_be_focused()
    await page.keyboard.press("g")
    await page.keyboard.type("13")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="Page", exact=True).get_by_role("alert")).to_contain_text("1 to 12")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await page.keyboard.press("Escape")
    await expect(field).to_have_value("12")
    await expect(well).to_be_focused()
    await expect(field).not_to_have_attribute("aria-invalid", "true")
    await expect(title).to_have_text("long.pdf, page 12")


async def test_search_says_which_match_is_looked_at(renderer: Renderer, browser: Browser, long: Path) -> None:
    """Matches are counted through all pages, forward and back, and from the page that is shown."""
    script = [["lamp and lamp"], ["nothing here"], ["one lamp"], ["nothing"]]
    with served(ScriptedReader(script), renderer) as app:
        context = await browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
        tab = await context.new_page()
        await visit(tab, app)
        await add(tab, long)
        await tab.get_by_role("textbox", name="Pages").fill("1-4")
        await read(tab)
        await tab.get_by_role("button", name="long.pdf page 4: done").wait_for()
        field, found = (
            tab.get_by_role("searchbox", name="Search all pages"),
            tab.get_by_role("search").get_by_role("status"),
        )
        await field.fill("lamp")
        await expect(found).to_have_text("1 / 3 on 2 pages")
        for key, position in (("Enter", 2), ("Enter", 3), ("Enter", 1), ("Shift+Enter", 3), ("Shift+Enter", 2)):
            await field.press(key)
            await expect(found).to_have_text(f"{position} / 3 on 2 pages")
        await tab.keyboard.press("Tab")
        await tab.get_by_role("textbox", name="Page number").fill("2")
        await tab.keyboard.press("Enter")
        await expect(found).to_have_text("3 on 2 pages")
        await field.press("Shift+Enter")
        await expect(found).to_have_text("2 / 3 on 2 pages")
        await context.close()
