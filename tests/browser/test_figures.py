"""Figures stand in the text where the page has them, and go along with it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser, Page, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import Witness, add, read, visit
from tests.conftest import SAMPLES
from tests.web.readers import ScriptedReader, forever
from tests.web.serving import served

pytestmark = pytest.mark.anyio
FIGURE = "figures/page-2-1.png"


async def test_figures_are_in_the_text_and_in_the_zip(page: Page, tmp_path: Path) -> None:
    """The chart of the article's second page is drawn over its caption, and is the file that the zip holds."""
    await add(page, SAMPLES / "article.pdf")
    await page.get_by_role("button", name="article.pdf page 3: waiting").wait_for()
    await page.get_by_role("textbox", name="Pages").fill("2")
    await read(page)
    figure = page.locator("#pl-text img")
    await expect(figure).to_be_visible()
    await page.wait_for_function("document.querySelector('#pl-text img[src^=\"gradio_api\"]')?.naturalWidth > 300")
    assert (await figure.get_attribute("alt") or "").startswith("Figure 1.")
    shown = await figure.evaluate("image => [image.naturalWidth, image.naturalHeight]")

    await page.get_by_text("Download as…").click()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Zip", exact=True).click()
    await (await download.value).save_as(tmp_path / "results.zip")
    with zipfile.ZipFile(tmp_path / "results.zip") as archive:
        assert {"document.md", "result.json", FIGURE} <= set(archive.namelist())
        assert f"]({FIGURE})" in archive.read("document.md").decode()
        with Image.open(io.BytesIO(archive.read(FIGURE))) as image:
            assert list(image.size) == shown


async def test_figures_in_the_text_open_large(page: Page) -> None:
    """By Enter or a click, from the page's text and the document's; Escape closes, and the focus is where it was."""
    await add(page, SAMPLES / "article.pdf")
    await page.get_by_role("button", name="article.pdf page 3: waiting").wait_for()
    await page.get_by_role("textbox", name="Pages").fill("2")
    await read(page)
    figure = page.locator("#pl-text").get_by_role("button", name="Open large: Figure 1.")
    large = page.get_by_role("dialog", name="Figure")
    await figure.focus()
    await page.keyboard.press("Enter")
    await expect(large.get_by_role("img", name="Figure 1.")).to_be_visible()
    await page.wait_for_function("document.querySelector('dialog.large img').naturalWidth > 300")
    await page.keyboard.press("Escape")
    await expect(large).to_be_hidden()
    await expect(figure).to_be_focused()
    await expect(page.locator(".paragraph.pinned")).to_have_count(0)
    await page.get_by_role("tab", name="Document").click()
    await page.locator("#pl-document-text").get_by_role("button", name="Open large: Figure 1.").click()
    await expect(large).to_be_visible()
    await large.get_by_role("button", name="Close").click()
    await expect(large).to_be_hidden()


async def test_figures_url_never_meets_page_text(browser: Browser, renderer: Renderer, letter: Path) -> None:
    """A text that refers to its own figures gets pictures, or their words, but no address that it could carry away."""
    own = "![x](figures/page-1-1.png)"
    text = (
        f"![image](100,100,900,500)\n\n![text](100,500,900,600) [click](https://evil.example/?{own}) "
        f"<a href='https://evil.example/?{own}'>here</a> `{own}` ![y](figures/page-1-9.png) End."
    )
    with served(ScriptedReader([[text, forever]]), renderer) as app:
        context = await browser.new_context()
        context.set_default_timeout(60_000)
        try:
            page = await context.new_page()
            witness = Witness(app.url.split("/")[2])
            witness.watch(page)
            await visit(page, app)
            await add(page, letter)
            await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
            await read(page)
            await page.locator("#pl-text img[src^='gradio_api/file=']").first.wait_for()
            found = await page.locator("#pl-text").evaluate(
                "text => [...text.querySelectorAll('*')].flatMap(one => [...one.attributes].map(own => "
                "[one.tagName, own.name, own.value])).filter(([,, value]) => value.includes('file='))"
            )
            assert {(tag, name) for tag, name, _ in found} == {("IMG", "src")}
            assert "file=" not in await page.locator("#pl-text").inner_text()
            await expect(page.locator("#pl-text")).to_contain_text("[y] End.")
        finally:
            await context.close()
    assert witness.complaints == []
    assert witness.outside == []
