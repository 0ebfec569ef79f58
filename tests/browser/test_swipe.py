"""Pages turned by a finger that swipes, and what a finger does otherwise."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import WHOLE_RUN, add, view
from tests.browser.test_accessibility import EVERYTHING, ONE_AT_A_TIME
from tests.browser.test_phone import phone
from tests.browser.touch import finger
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader
from tests.web.serving import served

pytestmark = pytest.mark.anyio

LEFT, RIGHT = 80, 310
"""Places of a finger on a screen 390 px wide."""
COUNT_CHOSEN = """() => {
    window.chosen = 0;
    document.addEventListener("pl:triggered", ({ detail }) => { window.chosen += detail.event === "chosen"; });
}"""
"""Count in the page how often another page is asked for, which a swipe that counts does as the finger goes."""


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return pdf(tmp_path / "three.pdf", *[text_page(number, 8) for number in (1, 2, 3)])


@pytest.fixture
async def page(browser: Browser, renderer: Renderer, three: Path) -> AsyncIterator[Page]:
    """The first of three pages, on a phone."""
    long = "".join(f"![text](50,{top},950,{top + 20}) Line {top} of many.\n\n" for top in range(510, 990, 20))
    reader = ScriptedReader([[EVERYTHING + long], ["Second."], ["Third."]])
    with served(reader, renderer, ONE_AT_A_TIME) as app:
        async with phone(browser, app) as page:
            await add(page, three)
            await shows(page, 1)
            yield page


def image(page: Page, number: int) -> Locator:
    return page.get_by_role("img", name=f"three.pdf, page {number}")


async def shows(page: Page, number: int) -> None:
    """The page is there, and lies where it belongs."""
    await expect(image(page, number)).to_be_in_viewport()
    await expect(page.locator(".well.swiped")).to_have_count(0)


async def swipe(page: Page, x: float, to_x: float, on: str = ".viewer .well") -> None:
    box = await page.locator(on).bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    await finger(page, (x, y), (to_x, y))


async def read(page: Page) -> None:
    progress = page.get_by_role("group", name="Progress")
    await progress.get_by_role("button", name="Read").tap()
    await progress.get_by_role("button", name="Result").wait_for(timeout=WHOLE_RUN)


async def test_swipe_turns_pages(page: Page) -> None:
    """To the left comes the next page, to the right the one before; beyond the ends there is none."""
    await swipe(page, RIGHT, LEFT)
    await shows(page, 2)
    await swipe(page, RIGHT, LEFT)
    await shows(page, 3)
    await swipe(page, RIGHT, LEFT)
    await shows(page, 3)
    await swipe(page, LEFT, RIGHT)
    await shows(page, 2)


async def test_swipe_that_is_taken_back_or_begins_at_an_edge_turns_nothing(page: Page) -> None:
    """The edges are the system's. There is a page on either side, and none is asked for; then one swipe does count."""
    await swipe(page, RIGHT, LEFT)
    await shows(page, 2)
    await page.evaluate(COUNT_CHOSEN)
    box = await page.locator(".viewer .well").bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    for name, places in {
        "taken back": [(RIGHT, y), (LEFT, y), (RIGHT - 20, y)],
        "at the right edge": [(385, y), (LEFT, y)],
        "at the left edge": [(5, y), (RIGHT, y)],
        "aslant": [(RIGHT, y - 60), (RIGHT - 160, y + 60)],
    }.items():
        await finger(page, *places)
        assert await page.evaluate("window.chosen") == 0, name
    await shows(page, 2)
    await swipe(page, RIGHT, LEFT)
    await shows(page, 3)
    assert await page.evaluate("window.chosen") == 1


@pytest.fixture
def damaged(three: Path) -> Path:
    """The same without its second page."""
    kids = re.search(rb"/Kids \[ *(\d+ 0 R) (\d+ 0 R)", whole := three.read_bytes())
    assert kids
    three.write_bytes(whole[: kids.start(2)] + b"9" * (len(kids[2]) - 4) + b" 0 R" + whole[kids.end(2) :])
    return three


async def test_swipe_leaves_a_page_that_has_no_image(browser: Browser, renderer: Renderer, damaged: Path) -> None:
    """Its file is damaged there."""
    with served(ScriptedReader([["First."]]), renderer, ONE_AT_A_TIME) as app:
        async with phone(browser, app) as page:
            await add(page, damaged)
            await shows(page, 1)
            await swipe(page, RIGHT, LEFT)
            await expect(page.get_by_label("Page number")).to_have_value("2")
            await expect(page.locator(".sheet")).to_be_hidden()
            await swipe(page, RIGHT, LEFT)
            await shows(page, 3)


async def test_swipe_on_a_magnified_page_moves_it(page: Page) -> None:
    """Once it fits again it is turned."""
    for _ in range(3):
        await page.get_by_role("button", name="Zoom in").tap()
    before = await page.locator(".well").evaluate("well => well.scrollLeft")
    await swipe(page, RIGHT, LEFT)
    await page.wait_for_function("before => document.querySelector('.well').scrollLeft > before + 50", arg=before)
    await shows(page, 1)
    await page.get_by_role("button", name="Fit page").tap()
    await swipe(page, RIGHT, LEFT)
    await shows(page, 2)


async def test_swipe_up_scrolls(page: Page) -> None:
    """The page at the width of a window that lies on its side."""
    await page.set_viewport_size({"width": 640, "height": 400})
    await page.wait_for_function(
        "(well => well.scrollHeight > well.clientHeight + 50)(document.querySelector('.well'))"
    )
    box = await page.locator(".well").bounding_box()
    assert box
    await finger(page, (300, box["y"] + box["height"] - 20), (290, box["y"] + 20))
    await page.wait_for_function("document.querySelector('.well').scrollTop > 30")
    await shows(page, 1)
    await swipe(page, RIGHT, LEFT)
    await shows(page, 2)


async def test_swipe_over_the_text_turns_pages(page: Page) -> None:
    """But a table that is wider than the screen is scrolled, and a finger that is held down first selects."""
    await read(page)
    await view(page, "Text")
    text, table = page.get_by_role("region", name="Text of this page"), page.locator(".page-text table")
    await expect(text).to_contain_text("A lamp.")
    await table.scroll_into_view_if_needed()
    await swipe(page, RIGHT, LEFT, ".page-text table")
    await page.wait_for_function("document.querySelector('.page-text table').scrollLeft > 50")
    await expect(text).to_contain_text("A lamp.")
    box = await page.locator(".page-text .paragraph").filter(has_text="Wear is").bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    await finger(page, (RIGHT, y), (LEFT, y), held_s=2)
    await swipe(page, RIGHT, LEFT, ".page-text p:has(code)")
    await expect(text).to_contain_text("Second.")
    await swipe(page, RIGHT, LEFT, ".page-text .paragraph")
    await expect(text).to_contain_text("Third.")
    await swipe(page, LEFT, RIGHT, ".page-text .paragraph")
    await expect(text).to_contain_text("Second.")
