"""The outline of a document: its headings, which lead to their pages and to their places in the text."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import DESKTOP, WHOLE_RUN, add, read, view, visit
from tests.browser.test_accessibility import ONE_AT_A_TIME, PHONE, complaints
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader, Turn
from tests.web.serving import served

pytestmark = pytest.mark.anyio
WORDS = "and burns through the night until somebody puts it out. " * 20


def lamps(number: int) -> str:
    """A page with a title and two sections, far from each other."""
    return (
        f"![title](100,40,900,90) Lamp {number}\n\n![text](100,110,480,400) {WORDS}\n\n"
        f"![section](100,410,480,450) Wick {number}\n\n![text](100,460,480,700) {WORDS}\n\n"
        f"![section](100,710,480,750) Oil {number}\n\n![text](100,760,480,900) {WORDS}"
    )


@asynccontextmanager
async def opened(
    browser: Browser, renderer: Renderer, folder: Path, *script: list[Turn], size: dict[str, int] = DESKTOP
) -> AsyncIterator[Page]:
    """A tab with a document that has as many pages as the script, none of them read."""
    path = pdf(folder / "lamps.pdf", *[text_page(number, 2) for number in range(1, len(script) + 1)])
    with served(ScriptedReader(list(script)), renderer, ONE_AT_A_TIME) as app:
        context = await browser.new_context(viewport=size)  # type: ignore[arg-type]
        context.set_default_timeout(60_000)
        page = await context.new_page()
        await visit(page, app)
        await add(page, path)
        await page.locator(f".thumb[aria-label*='page {len(script)}:']").wait_for(state="attached")
        yield page
        await context.close()


async def read_all(page: Page) -> None:
    await page.locator(".control .read").evaluate("button => button.click()")  # on a phone it may be out of sight
    await page.locator(".control .read:has-text('Read again')").wait_for(state="attached", timeout=WHOLE_RUN)


def outline(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Outline")


def entries(page: Page) -> Locator:
    return outline(page).get_by_role("list", name="Headings").get_by_role("listitem")


def entry(page: Page, name: str) -> Locator:
    return outline(page).get_by_role("button", name=name, exact=True)


async def open_outline(page: Page) -> None:
    await outline(page).get_by_text("Outline", exact=True).click()


AT_TOP = """([panel, heading]) => {
  const outer = document.querySelector(`#pl-${panel}-panel`);
  const node = [...outer.querySelectorAll("h1, h2")].find((one) => one.textContent === heading);
  const off = node ? node.getBoundingClientRect().top - outer.getBoundingClientRect().top : -1;
  return off >= 0 && off < 60;
}"""
"""Whether this heading is at the top of the text under a tab."""


async def test_outline_leads_to_the_headings(browser: Browser, renderer: Renderer, tmp_path: Path) -> None:
    """Nested by level, each with its page; the page is shown and the text scrolled, in both texts."""
    async with opened(browser, renderer, tmp_path, *[[lamps(number)] for number in range(1, 7)]) as page:
        await expect(outline(page)).to_be_hidden()
        await read_all(page)
        await open_outline(page)
        await expect(entries(page)).to_have_count(18)
        await expect(entries(page).nth(3)).to_have_attribute("aria-level", "1")
        await expect(entries(page).nth(4)).to_have_attribute("aria-level", "2")
        await expect(entry(page, "Lamp 1, page 1")).to_have_attribute("aria-current", "true")
        title = page.locator(".viewer .title")
        await entry(page, "Oil 4, page 4").click()
        await expect(title).to_have_text("lamps.pdf, page 4")
        await page.wait_for_function(AT_TOP, arg=["text", "Oil 4"])
        await expect(entry(page, "Oil 4, page 4")).to_have_attribute("aria-current", "true")
        await expect(outline(page).locator("[aria-current]")).to_have_count(1)
        await entry(page, "Wick 4, page 4").click()
        await page.wait_for_function(AT_TOP, arg=["text", "Wick 4"])
        await page.get_by_role("tab", name="Document").click()
        await page.wait_for_function(AT_TOP, arg=["document-text", "Wick 4"])
        await entry(page, "Oil 2, page 2").click()
        await expect(title).to_have_text("lamps.pdf, page 2")
        await page.wait_for_function(AT_TOP, arg=["document-text", "Oil 2"])
        await page.get_by_role("textbox", name="Page number").fill("5")
        await page.keyboard.press("Enter")
        await expect(entry(page, "Lamp 5, page 5")).to_have_attribute("aria-current", "true")
        assert await complaints(page, "outline") == []


async def test_outline_leads_there_while_words_are_looked_for(
    browser: Browser, renderer: Renderer, tmp_path: Path
) -> None:
    """The heading that was chosen comes before the matches of its page; the next match that is asked for, before it."""
    async with opened(browser, renderer, tmp_path, [lamps(1)], [lamps(2)]) as page:
        await read_all(page)
        await open_outline(page)
        field, found = page.get_by_role("searchbox", name="Search all pages"), page.get_by_role("search")
        await field.fill("Lamp")
        await expect(found.get_by_role("status")).to_have_text("1 / 2 on 2 pages")
        for panel, name in (("text", "Text"), ("document-text", "Document")):
            await page.get_by_role("tab", name=name, exact=True).click()
            await entry(page, "Wick 2, page 2").click()
            await expect(found.get_by_role("status")).to_have_text("2 / 2 on 2 pages")
            await page.wait_for_function(AT_TOP, arg=[panel, "Wick 2"])
            await field.press("Enter")
            await expect(found.get_by_role("status")).to_have_text("1 / 2 on 2 pages")
            await expect(page.get_by_role("tabpanel").get_by_role("heading", name="Lamp 1")).to_be_in_viewport()


async def test_outline_grows_while_pages_arrive(browser: Browser, renderer: Renderer, tmp_path: Path) -> None:
    """What stands there is left alone; a page that is corrected has its new heading."""
    gate = threading.Event()

    async def held() -> None:
        await asyncio.to_thread(gate.wait, 60)

    async with opened(browser, renderer, tmp_path, [lamps(1)], [held, lamps(2)]) as page:
        await read(page)
        await open_outline(page)
        await expect(entries(page)).to_have_count(3)
        await entry(page, "Wick 1, page 1").evaluate("button => { button.stays = true; }")
        gate.set()
        await expect(entries(page)).to_have_count(6)
        assert await entry(page, "Wick 1, page 1").evaluate("button => button.stays")
        await page.get_by_role("button", name="Read again", exact=True).wait_for()
        await page.get_by_role("region", name="Text of this page").get_by_text("Wick 1").dblclick()
        field = page.get_by_label("Markdown of the paragraph")
        await field.fill("## Chimney")
        await field.press("Control+Enter")
        await expect(entry(page, "Chimney, page 1")).to_be_visible()
        await expect(entry(page, "Wick 1, page 1")).to_have_count(0)
        await expect(entries(page)).to_have_count(6)


async def test_outline_keys(browser: Browser, renderer: Renderer, tmp_path: Path) -> None:
    """One stop for Tab; arrows, Home and End go along it, Enter goes to the heading, Escape closes it."""
    async with opened(browser, renderer, tmp_path, *[[lamps(number)] for number in range(1, 4)]) as page:
        await read_all(page)
        summary = outline(page).get_by_text("Outline", exact=True)
        await summary.focus()
        await page.keyboard.press("Enter")
        await expect(entries(page)).to_have_count(9)
        await expect(outline(page).locator("[tabindex='0']")).to_have_count(1)
        await page.keyboard.press("Tab")
        await expect(entry(page, "Lamp 1, page 1")).to_be_focused()
        for key, name in (("ArrowDown", "Wick 1, page 1"), ("End", "Oil 3, page 3"), ("ArrowUp", "Wick 3, page 3")):
            await page.keyboard.press(key)
            await expect(entry(page, name)).to_be_focused()
            await expect(entry(page, name)).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await expect(page.locator(".viewer .title")).to_have_text("lamps.pdf, page 3")
        await page.wait_for_function(AT_TOP, arg=["text", "Wick 3"])
        await expect(entry(page, "Wick 3, page 3")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(summary).to_be_focused()
        await expect(entries(page)).to_have_count(0)


async def test_outline_on_a_phone(browser: Browser, renderer: Renderer, tmp_path: Path) -> None:
    """It stands in the Files view; a heading leads to its page, and its text is there where it is looked at."""
    script: list[list[Turn]] = [[lamps(number)] for number in range(1, 4)]
    async with opened(browser, renderer, tmp_path, *script, size=PHONE) as page:
        await read_all(page)
        await expect(outline(page)).to_be_hidden()
        await view(page, "Files")
        await open_outline(page)
        await expect(entry(page, "Oil 3, page 3")).to_be_visible()
        assert await complaints(page, "outline") == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await entry(page, "Oil 2, page 2").click()
        await expect(page.get_by_role("textbox", name="Page number")).to_have_value("2")
        await view(page, "Text")
        await page.wait_for_function(AT_TOP, arg=["text", "Oil 2"])
