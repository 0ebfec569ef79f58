"""The page as an application of its own: what Chromium asks of it, and screens with a notch."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import add
from tests.browser.test_phone import phone
from tests.web.serving import Served

pytestmark = pytest.mark.anyio


async def test_install_criteria_are_met(page: Page) -> None:
    """Chromium finds nothing wrong with the manifest or its icons."""
    browser = await page.context.new_cdp_session(page)
    manifest = await browser.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/manifest.json")
    found = await browser.send("Page.getInstallabilityErrors")
    assert [error["errorId"] for error in found["installabilityErrors"] if error["errorId"] != "in-incognito"] == []


INSETS = {"upright": {"top": 40, "bottom": 34}, "on its side": {"left": 44, "right": 44, "bottom": 21}}
SIZES = {"upright": {"width": 390, "height": 844}, "on its side": {"width": 844, "height": 390}}
PRESSED = """() => [...document.querySelectorAll(':is(.masthead, .view-bar, .viewer) button')]
    .filter((node) => node.checkVisibility() && node.getBoundingClientRect().width)
    .map((node) => node.getBoundingClientRect())
    .map(({ left, top, right, bottom }) => ({ left, top, right: innerWidth - right, bottom: innerHeight - bottom }))"""
"""How far each is from the sides of the window."""


@pytest.mark.parametrize("held", INSETS)
async def test_install_leaves_the_notch_and_the_lower_edge_free(
    browser: Browser, app: Served, letter: Path, held: str
) -> None:
    """What is pressed lies within the safe area, and nothing is wider than the screen."""
    async with phone(browser, app, SIZES[held]) as page:
        screen = await page.context.new_cdp_session(page)
        await screen.send("Emulation.setSafeAreaInsetsOverride", {"insets": INSETS[held]})
        await add(page, letter)
        await expect(page.get_by_role("img", name="letter.pdf, page 1")).to_be_in_viewport()
        places = await page.evaluate(PRESSED)
        assert len(places) > 5
        for side, inset in INSETS[held].items():
            assert min(place[side] for place in places) >= inset, side
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
