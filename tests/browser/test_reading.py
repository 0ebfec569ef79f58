"""The app driven as a person would, with the real engine."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pypdfium2
import pytest
from pikepdf import Encryption
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import WHOLE_RUN, add, read, read_to_end, visit
from tests.conftest import SAMPLES
from tests.documents.papers import pdf, text_page
from tests.web.serving import Served

pytestmark = pytest.mark.anyio
ARTICLE = SAMPLES / "article.pdf"


def place_of(words: str, path: Path, number: int) -> tuple[float, float]:
    """Where on a PDF's page these words begin, as shares of its width and height."""
    with pypdfium2.PdfDocument(path) as document:
        page = document[number - 1]
        text = page.get_textpage()
        found = text.search(words).get_next()
        assert found is not None
        left, bottom, _, top = text.get_charbox(found[0])
        return left / page.get_width(), 1 - (top + bottom) / 2 / page.get_height()


async def labels_at(page: Page, across: float, down: float) -> list[str]:
    """Labels of the regions drawn over that place of the page's image."""
    image = await page.get_by_role("img", name="article.pdf, page 1").bounding_box()
    assert image is not None
    labels = []
    for region in await page.locator(".regions .region").all():
        box = await region.locator(".box").bounding_box()
        assert box is not None
        x, y = image["x"] + across * image["width"], image["y"] + down * image["height"]
        if box["x"] <= x <= box["x"] + box["width"] and box["y"] <= y <= box["y"] + box["height"]:
            labels.append(await region.get_attribute("aria-label") or "")
    return labels


async def test_browser_article_from_upload_to_download(page: Page, tmp_path: Path) -> None:
    """Three pages stream; regions lie over their paragraphs; the downloads hold what is on the screen."""
    await add(page, ARTICLE)
    await expect(page.get_by_role("img", name="article.pdf, page 1")).to_be_visible()
    await read_to_end(page)
    for number in (1, 2, 3):
        await expect(page.get_by_role("button", name=f"article.pdf page {number}: done")).to_be_visible()
    await expect(page.get_by_role("status").filter(has_text="3 of 3 pages read")).to_be_visible()

    text = page.locator("#pl-text")
    await expect(text).to_contain_text("Every park has two plans.")
    labels = await labels_at(page, *place_of("Every park has two plans", ARTICLE, 1))
    assert labels == ["text"]
    await page.get_by_role("tab", name="Raw").click()
    await expect(page.get_by_label("Raw text of this page")).to_contain_text("](")
    raw = await page.get_by_label("Raw text of this page").inner_text()

    for label, name in (("Download Markdown", "article.md"), ("JSON", "article.json")):
        if label == "JSON":
            await page.get_by_text("Download as…").click()
        async with page.expect_download() as download:
            await page.get_by_role("button", name=label, exact=True).click()
        assert (await download.value).suggested_filename == name
        await (await download.value).save_as(tmp_path / name)
    result = json.loads((tmp_path / "article.json").read_text())
    assert [one["number"] for one in result["pages"]] == [1, 2, 3]
    assert result["pages"][0]["raw"].strip() == raw.strip()
    assert len(result["pages"][0]["regions"]) == await page.locator(".regions .region").count()
    assert result["pages"][2]["markdown"] in (tmp_path / "article.md").read_text()


async def test_browser_table_is_a_table(page: Page) -> None:
    """The article's table is rendered as one, with its cells."""
    await page.get_by_role("button", name="Sample: Article").click()
    await page.get_by_role("button", name="article.pdf page 1: waiting").wait_for()
    await page.get_by_role("textbox", name="Pages").fill("2")
    await read(page)
    await expect(page.locator("#pl-text table tr")).to_have_count(7)
    await expect(page.locator("#pl-text table td").filter(has_text="Library green")).to_be_visible()


async def test_browser_stop_stops(page: Page, long: Path) -> None:
    """Stop ends the run: pages are marked as stopped, what was read can be taken away."""
    await add(page, long)
    await page.get_by_role("button", name="long.pdf page 12: waiting").wait_for()
    await read(page)
    await expect(page.locator("#pl-text")).to_contain_text("Page 1, line 1")
    await page.get_by_role("button", name="Stop", exact=True).click()
    await expect(page.get_by_role("button", name="Read the other")).to_be_visible()
    await expect(page.get_by_role("button", name="long.pdf page 12: stopped")).to_be_visible()
    await expect(page.get_by_role("button", name="Download Markdown")).to_be_visible()


async def test_browser_page_range_and_other_pages(page: Page, long: Path) -> None:
    """Only the pages of the range are read; a bad range is said beside the button; any page can be looked at."""
    await add(page, long)
    await page.get_by_role("button", name="long.pdf page 12: waiting").wait_for()
    await page.get_by_role("textbox", name="Pages").fill("5-3")
    await read(page)
    await expect(page.get_by_role("alert").filter(has_text="5-3")).to_be_visible()
    await page.get_by_role("textbox", name="Pages").fill("2")
    await read(page)
    await page.get_by_role("button", name="long.pdf page 2: done").wait_for(timeout=WHOLE_RUN)
    await expect(page.get_by_role("button", name="long.pdf page 3: waiting")).to_be_visible()
    await expect(page.locator(".viewer .title")).to_have_text("long.pdf, page 2")
    await page.get_by_role("button", name="Next page").click()
    await expect(page.get_by_role("img", name="long.pdf, page 3")).to_be_visible()
    await expect(page.get_by_label("State of this page")).to_contain_text("Waiting", ignore_case=True)


async def test_browser_bad_files_say_what_is_wrong(page: Page, letter: Path, tmp_path: Path) -> None:
    """Each has its message beside its name; the good one among them is read; a password opens the locked one."""
    plain = tmp_path / "notes.txt"
    plain.write_text("only words, no document")
    damaged = tmp_path / "damaged.pdf"
    damaged.write_bytes(b"%PDF-1.7\nthis is not the rest of one")
    locked = pdf(tmp_path / "locked.pdf", text_page(1, 3), encryption=Encryption(owner="boss", user="sesame"))
    await add(page, plain, damaged, locked, letter)
    files = page.get_by_role("list", name="Files").get_by_role("listitem")
    for name in ("notes.txt", "damaged.pdf", "locked.pdf"):
        await expect(files.filter(has_text=name).get_by_role("alert")).not_to_be_empty()
    await expect(page.get_by_role("button", name="letter.pdf page 1: waiting")).to_be_visible()

    field = page.get_by_label("Password for locked.pdf")
    await field.fill("wrong")
    await field.press("Enter")
    await expect(files.filter(has_text="locked.pdf").get_by_role("alert")).to_contain_text("password")
    await field.fill("sesame")
    await page.get_by_role("button", name="Unlock").click()
    await page.get_by_role("button", name="locked.pdf page 1: waiting").wait_for()
    await page.get_by_role("button", name="Remove notes.txt").click()
    await expect(files.filter(has_text="notes.txt")).to_have_count(0)


async def test_browser_visitors_are_separate(page: Page, browser: Browser, app: Served, letter: Path) -> None:
    """A second visitor sees an empty desk while the first one reads."""
    await add(page, letter)
    await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
    other = await browser.new_context()
    try:
        tab = await other.new_page()
        await visit(tab, app)
        await expect(tab.get_by_role("list", name="Files").get_by_role("listitem")).to_have_count(0)
        await expect(tab.get_by_text("Drop a PDF or an image anywhere")).to_be_visible()
        await read_to_end(page)
        await expect(tab.get_by_role("button", name="Download Markdown")).to_have_count(0)
    finally:
        await other.close()


async def test_browser_engine_says_what_it_is(page: Page) -> None:
    """The CPU engine never passes for LightOnOCR, and says how to get that."""
    await page.get_by_text("CPU engine (Tesseract)", exact=True).click()
    panel = page.get_by_role("region", name="Server")
    await expect(panel.get_by_text(re.compile("start Pagelight with --local|with --server-url")).first).to_be_visible()
