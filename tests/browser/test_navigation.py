"""The ways through a long document: the page's number, the outline, the minimap, one hit after the other."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from ocr.documents.renderer import Renderer
from ocr.types import Finish
from tests.browser.conftest import DESKTOP, WHOLE_RUN, add, read, read_to_end, visit
from tests.documents.papers import pdf, text_page
from tests.web.conftest import LIGHTON
from tests.web.readers import ScriptedReader, Turn
from tests.web.serving import served

pytestmark = pytest.mark.anyio
ONE_BY_ONE = replace(LIGHTON, concurrency=1)
"""A server that gives the pages the texts of a script in their order."""


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
    script: list[list[Turn]] = [["lamp and lamp"], ["nothing here"], ["one lamp"], ["nothing"]]
    with served(ScriptedReader(script, names=("tesseract",)), renderer, ONE_BY_ONE) as app:
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


async def test_minimap_shows_all_pages_and_leads_to_them(
    renderer: Renderer, browser: Browser, tmp_path: Path, long: Path
) -> None:
    """States and pages with matches are drawn beside a long list, and said in words; a press goes to the page there."""
    path = pdf(tmp_path / "thirty.pdf", *[text_page(number, 2) for number in range(1, 31)])
    script: list[list[Turn]] = [["lamp"], ["cut", Finish.LENGTH], ["lamp"], ["nothing"]]
    with served(ScriptedReader(script, names=("tesseract",)), renderer, ONE_BY_ONE) as app:
        context = await browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
        tab = await context.new_page()
        await visit(tab, app)
        map_of = tab.get_by_role("img", name=re.compile("Overview of"))
        await add(tab, long)
        await tab.get_by_role("button", name="long.pdf page 12: waiting").wait_for()
        await expect(map_of).to_have_count(0)
        await add(tab, path)
        await tab.get_by_role("textbox", name="Pages").fill("1-2")
        await expect(map_of).to_have_accessible_name("Overview of 42 pages: waiting 42")
        await read(tab)
        await expect(map_of).to_have_accessible_name("Overview of 42 pages: done 3, cut off 1, waiting 38")
        await tab.get_by_role("searchbox", name="Search all pages").fill("lamp")
        await expect(map_of).to_have_accessible_name(re.compile("matches on 2 pages$"))
        drawn = await map_of.evaluate(
            "one => one.getContext('2d').getImageData(0, 0, one.width, one.height).data.some(Boolean)"
        )
        assert drawn
        box = await map_of.bounding_box()
        assert box
        await map_of.click(position={"x": 4, "y": box["height"] - 2})
        await expect(tab.locator(".viewer .title")).to_have_text("thirty.pdf, page 30")
        await map_of.click(position={"x": 4, "y": box["height"] * 12.5 / 42})
        await expect(tab.locator(".viewer .title")).to_have_text("thirty.pdf, page 1")
        await context.close()


@pytest.fixture
async def book(renderer: Renderer, browser: Browser, tmp_path: Path) -> AsyncIterator[Page]:
    """A tab with a document of sixty pages, all of them read: each has a title, and two paragraphs in two regions."""
    path = pdf(tmp_path / "book.pdf", *[text_page(number, 2) for number in range(1, 61)])
    lines = "and burns through the night. " * 30
    script: list[list[Turn]] = [
        [
            f"![title](100,40,900,90) # Chapter {number}\n\n![text](100,110,480,400) Lamp {number} {lines}\n\n"
            f"![text](520,110,900,400) Wick {number} {lines}"
        ]
        for number in range(1, 61)
    ]
    with served(ScriptedReader(script), renderer, ONE_BY_ONE) as app:
        context = await browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
        tab = await context.new_page()
        await visit(tab, app)
        await add(tab, path)
        await tab.get_by_role("button", name="book.pdf page 60: waiting").wait_for()
        await read(tab)
        await tab.get_by_role("button", name="Read again", exact=True).wait_for(timeout=WHOLE_RUN)
        yield tab
        await context.close()


async def test_document_keeps_together_with_the_page(book: Page) -> None:
    """It opens for a long document. Scrolling turns the page, a page scrolls it, a click lights the region."""
    text, title = book.get_by_role("region", name="Text of the document"), book.locator(".viewer .title")
    await expect(book.get_by_role("tab", name="Document")).to_have_attribute("aria-selected", "true")
    await text.get_by_text("Lamp 1 and").hover()
    await book.mouse.wheel(0, 2_000)
    await expect(title).not_to_have_text("book.pdf, page 1")
    await book.get_by_role("textbox", name="Page number").fill("40")
    await book.keyboard.press("Enter")
    await expect(text.get_by_text("Lamp 40 and")).to_be_in_viewport()
    await text.get_by_text("Wick 40 and").click()
    await expect(book.get_by_role("group", name="Pinned region")).to_be_visible()
    await expect(book.locator(".region[aria-pressed=true]")).to_have_count(1)
    await expect(title).to_have_text("book.pdf, page 40")
    lock = book.get_by_role("button", name="Tied to the page")
    await lock.click()
    await expect(lock).to_have_attribute("aria-pressed", "false")
    await book.get_by_role("textbox", name="Page number").fill("5")
    await book.keyboard.press("Enter")
    await expect(title).to_have_text("book.pdf, page 5")
    await expect(text.get_by_text("Wick 40 and")).to_be_in_viewport()
    await text.get_by_text("Lamp 41 and").click()
    await expect(title).to_have_text("book.pdf, page 41")
    await expect(book.locator(".region[aria-pressed=true]")).to_have_count(1)


HIT_IN_VIEW = """page => [...(CSS.highlights.get("pl-hit") ?? [])].some((range) => {
  const node = range.startContainer.parentElement;
  const panel = node?.closest(".document-text")?.closest(".tab-panel");
  if (!panel || node.closest("section").dataset.key !== page) return false;
  const [inner, outer] = [range.getBoundingClientRect(), panel.getBoundingClientRect()];
  return inner.height > 0 && inner.top >= outer.top && inner.bottom <= outer.bottom;
})"""
"""Whether the current match is marked in the document's text, on this page, where it is seen."""


async def test_document_goes_to_the_current_match(book: Page) -> None:
    """The match that is looked at is marked there and scrolled to, on pages that are still to be loaded too."""
    field, found = (
        book.get_by_role("searchbox", name="Search all pages"),
        book.get_by_role("search").get_by_role("status"),
    )
    await field.fill("Wick")
    await expect(found).to_have_text("1 / 60 on 60 pages")
    await book.wait_for_function(HIT_IN_VIEW, arg="0-1")
    await field.press("Enter")
    await expect(found).to_have_text("2 / 60 on 60 pages")
    await book.wait_for_function(HIT_IN_VIEW, arg="0-2")
    for position, number in ((1, 1), (60, 60)):
        await field.press("Shift+Enter")
        await expect(found).to_have_text(f"{position} / 60 on 60 pages")
        await book.wait_for_function(HIT_IN_VIEW, arg=f"0-{number}")
    await field.fill("night")
    await expect(found).to_have_text("3,541 / 3,600 on 60 pages")
    await book.wait_for_function(HIT_IN_VIEW, arg="0-60")
    for position in (3540, 3539):
        await field.press("Shift+Enter")
        await expect(found).to_have_text(f"{position:,} / 3,600 on 60 pages")
    await book.wait_for_function(HIT_IN_VIEW, arg="0-59")


PRESS_AGAIN_AT_ONCE = """(button) => new Promise((pressed) => {
  const turned = new MutationObserver(() => {
    turned.disconnect();
    setTimeout(() => {
      button.click();
      pressed();
    });
  });
  turned.observe(document.querySelector(".viewer .title"), { childList: true, characterData: true, subtree: true });
  button.click();
})"""
"""Presses a button, and again when the page's title has changed: its text is not drawn yet."""


async def test_search_passes_over_no_match_of_a_page_that_is_only_just_shown(
    renderer: Renderer, context: BrowserContext, tmp_path: Path
) -> None:
    """The step waits until the text of the page is there, which lies under another tab."""
    line = "The committee agrees to the railing on both sides"
    paper = pdf(tmp_path / "paper.pdf", *[f"BT /F 14 Tf 60 700 Td ({line}) Tj ET".encode()] * 3)
    with served(ScriptedReader([[line]] * 3), renderer, concurrency=1) as app:
        tab = await context.new_page()
        await visit(tab, app)
        await add(tab, paper)
        await read_to_end(tab)
        await tab.get_by_role("tab", name="Document").click()
        await tab.get_by_role("searchbox", name="Search all pages").fill("the")
        found = tab.get_by_role("search").get_by_role("status")
        await expect(found).to_have_text("1 / 6 on 3 pages")
        await tab.get_by_role("button", name="Next hit").click()
        await expect(found).to_have_text("2 / 6 on 3 pages")
        await tab.get_by_role("button", name="Next hit").evaluate(PRESS_AGAIN_AT_ONCE)
        await expect(found).to_have_text("4 / 6 on 3 pages")
        await tab.get_by_role("button", name="Previous hit").click()
        await expect(found).to_have_text("3 / 6 on 3 pages")
        await tab.get_by_role("button", name="Previous hit").evaluate(PRESS_AGAIN_AT_ONCE)
        await expect(found).to_have_text("1 / 6 on 3 pages")


PANEL = "document.querySelector('#pl-document-text-panel')"
IN_VIEW = f"""() => {{
  const {{ left, top, width, height }} = {PANEL}.getBoundingClientRect();
  const node = document.elementFromPoint(left + width / 2, top + height / 2).closest(".paragraph, section");
  node.before = node.getBoundingClientRect().top;
  return node;
}}"""
"""The part of the document's text in the middle of the view; it remembers where it is."""


async def test_document_stays_where_its_reader_scrolls_while_words_are_looked_for(book: Page) -> None:
    """The page that is turned by that has matches too; the text is not taken to them."""
    text = book.get_by_role("region", name="Text of the document")
    await book.get_by_role("searchbox", name="Search all pages").fill("Chapter")
    await expect(book.get_by_role("search").get_by_role("status")).to_have_text("1 / 60 on 60 pages")
    await text.get_by_text("Lamp 1 and").hover()
    await book.mouse.wheel(0, 2_600)
    await book.wait_for_function(f"{PANEL}.scrollTop > 2_500", polling=10)
    in_view = (await book.evaluate_handle(IN_VIEW)).as_element()
    assert in_view
    await expect(book.locator(".viewer .title")).not_to_have_text("book.pdf, page 1")
    await expect(book.get_by_role("search").get_by_role("status")).not_to_contain_text("1 / 60")
    moved = "(node) => Math.abs(node.getBoundingClientRect().top - node.before)"
    assert await book.evaluate(moved, in_view) < 40  # sections get their heights meanwhile
