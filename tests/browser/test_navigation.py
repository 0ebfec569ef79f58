"""The ways through a long document: the page's number, the outline, the minimap, one hit after the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import add

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
