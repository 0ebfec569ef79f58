"""The text beside the page: in step with it, as one document, searched."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import add, read_to_end, view
from tests.conftest import SAMPLES

pytestmark = pytest.mark.anyio


@pytest.fixture
async def article(page: Page) -> Page:
    """The sample article, read, its first page on the desk."""
    await add(page, SAMPLES / "article.pdf")
    await page.get_by_role("button", name="article.pdf page 3: waiting").wait_for()
    await read_to_end(page)
    return page


async def test_paper_document_is_one_text(article: Page) -> None:
    """All pages follow each other under their numbers."""
    await article.get_by_role("tab", name="Document").click()
    document = article.get_by_role("region", name="Text of the document")
    await expect(document.get_by_role("heading", name="Page 3", exact=True)).to_be_attached()
    await expect(document).to_contain_text("Every park has two plans.")
    await expect(document.locator("table td").filter(has_text="Library green")).to_be_attached()


async def test_paper_search_finds_on_all_pages(article: Page) -> None:
    """Hits are counted on all pages and marked on the one shown; Enter goes to the next page that has some."""
    field = article.get_by_role("searchbox", name="Search all pages")
    await article.keyboard.press("/")
    await expect(field).to_be_focused()
    await field.fill("half recovery (days)")
    await expect(article.get_by_role("search").get_by_role("status")).to_have_text("1 on 1 page")
    await field.press("Enter")
    await expect(article.locator(".viewer .title")).to_have_text("article.pdf, page 2")
    await expect(article.get_by_role("search").get_by_role("status")).to_have_text("1 / 1 on 1 page")
    marked = "CSS.highlights.get('pl-hits')?.size"
    await article.wait_for_function(f"{marked} === 1")
    await expect(article.locator(".viewer .words .hits .now")).not_to_have_count(0)
    await field.press("Escape")
    await article.wait_for_function(f"{marked} === undefined")
    await field.fill("no such words")
    await expect(article.get_by_text("No results")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 1024, 768, 390])
async def test_paper_search_field_keeps_its_room(article: Page, width: int) -> None:
    """While one types and hits are counted beside it, the field shows what is typed, and no tab lies under it."""
    await article.set_viewport_size({"width": width, "height": 844})
    await view(article, "Text")
    field = article.get_by_role("searchbox", name="Search all pages")
    for text in ("the", "no such words"):
        await field.fill(text)
        found = article.get_by_role("search").get_by_role("status")
        await expect(found).to_have_text("No results" if " " in text else re.compile(r"\d+ on 3 pages"))
        boxes = [await part.bounding_box() for part in (field, found, article.get_by_role("tab", name="Compare"))]
        field_box, found_box, tab_box = boxes
        assert field_box and found_box and tab_box
        assert field_box["width"] >= 140
        left, right = sorted((field_box, found_box), key=lambda box: box["x"])
        outline = await field.evaluate("one => parseFloat(getComputedStyle(one).outlineOffset) + 2")
        assert right["x"] - left["x"] - left["width"] >= outline + 2, (
            "the outline of the field in use touches the count"
        )
        assert await found.evaluate("node => node.scrollWidth <= node.clientWidth")
        assert (
            tab_box["x"] + tab_box["width"] <= min(field_box["x"], found_box["x"])
            or tab_box["y"] >= field_box["y"] + field_box["height"]
        )


async def test_paper_text_and_raw_light_up_together(article: Page) -> None:
    """Pointing at a paragraph lights its place in the raw text; a click pins it."""
    paragraph = article.locator(".page-text .paragraph").filter(has_text="Every park has two plans.")
    await paragraph.click()
    await expect(paragraph).to_have_class("paragraph lit pinned")
    await article.get_by_role("tab", name="Raw").click()
    lit = article.get_by_label("Raw text of this page").locator(".lit")
    await expect(lit).to_contain_text("Every park has two plans.")


async def test_paper_text_size_is_kept(article: Page) -> None:
    """Larger and smaller, within bounds, under every tab, and after a reload."""
    paragraph = article.locator(".page-text .paragraph").filter(has_text="Every park has two plans.")
    larger, smaller = (article.get_by_role("button", name=f"{size} text") for size in ("Larger", "Smaller"))
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    usual = await paragraph.evaluate(size)
    await larger.click()
    assert await paragraph.evaluate(size) == pytest.approx(1.15 * usual)
    await article.reload()
    await paragraph.wait_for()
    assert await paragraph.evaluate(size) == pytest.approx(1.15 * usual)
    while await larger.is_enabled():
        await larger.click()
    assert await paragraph.evaluate(size) == pytest.approx(2 * usual)
    while await smaller.is_enabled():
        await smaller.click()
    assert await paragraph.evaluate(size) == pytest.approx(0.8 * usual)
