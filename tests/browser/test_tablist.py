"""The tabs over the text: by the pointer and by the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import read, view
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

REGIONS = "".join(f"![text](50,{10 * at},900,{10 * at + 9}) Line {at}.\n\n" for at in range(1, 90))


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([[REGIONS]]), renderer) as app:
        yield app


@pytest.fixture
async def text(page: Page, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """A tab in which a page has been read."""
    path = pdf(tmp_path_factory.mktemp("pdf") / "one.pdf", text_page(1, 3))
    await page.get_by_label("Add documents").set_input_files(path)
    await page.get_by_role("button", name="one.pdf page 1: waiting").wait_for()
    await read(page)
    await page.get_by_role("button", name="Download Markdown").wait_for()
    return page


async def test_tabs_arrow_keys_go_from_tab_to_tab(text: Page) -> None:
    """Round at the ends; Tab reaches the open one only, and its panel has its name."""
    tabs = text.get_by_role("tablist").get_by_role("tab")
    await tabs.first.focus()
    for key, name in (("ArrowRight", "Document"), ("End", "Compare"), ("ArrowRight", "Text"), ("ArrowLeft", "Compare")):
        await text.keyboard.press(key)
        tab = text.get_by_role("tab", name=name, exact=True)
        await expect(tab).to_be_focused()
        await expect(tab).to_have_attribute("aria-selected", "true")
        await expect(text.get_by_role("tabpanel")).to_have_count(1)
        await expect(text.get_by_role("tabpanel", name=name, exact=True)).to_be_visible()
    await expect(text.get_by_role("tabpanel")).to_contain_text("read only once")  # the server has been told
    assert await tabs.evaluate_all("(all) => all.filter((tab) => tab.tabIndex === 0).length") == 1
    await text.keyboard.press("Home")
    await expect(text.get_by_role("tabpanel", name="Text", exact=True)).to_contain_text("Line 1.")


async def test_tabs_raw_text_opens_at_the_region_that_is_pinned(text: Page) -> None:
    await text.locator(".regions").get_by_role("button").nth(79).press("Enter")
    await text.get_by_role("tab", name="Raw").click()
    lit = text.get_by_role("tabpanel").get_by_text("Line 80.")
    await expect(lit).to_be_in_viewport()
    await expect(lit).to_have_class("lit")


async def test_tabs_have_room_beside_what_copies(text: Page) -> None:
    """In windows of any width."""
    last, copy = text.get_by_role("tab", name="Compare"), text.get_by_role("button", name="Copy the page", exact=True)
    for width in (1280, 1100, 1000, 910, 899, 768, 700, 640, 390):
        await text.set_viewport_size({"width": width, "height": 800})
        await view(text, "Text")
        await expect(copy).to_be_visible()
        tab, button = await last.bounding_box(), await copy.bounding_box()
        assert tab and button
        assert tab["x"] + tab["width"] <= button["x"], width
