"""Printing: the text that is open, and nothing of the program."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from playwright.async_api import Page, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import add, read
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

LINES = "".join(f"\n\nLine {number} of a page that is longer than the window." for number in range(120))


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([["The page begins." + LINES]]), renderer) as app:
        yield app


@pytest.fixture
async def two(page: Page, tmp_path: Path) -> Page:
    await add(page, pdf(tmp_path / "two.pdf", text_page(1, 3), text_page(2, 3)))
    await page.get_by_role("button", name="two.pdf page 2: waiting").wait_for()
    await read(page)
    await page.get_by_role("button", name="two.pdf page 2: done").wait_for()
    await expect(page.get_by_role("region", name="Text of this page")).to_contain_text("Line 119")
    return page


async def printed(page: Page) -> str:
    """The text of what a printer gets."""
    document = pypdfium2.PdfDocument(io.BytesIO(await page.pdf(format="A4")))
    return "\n".join(sheet.get_textpage().get_text_bounded() for sheet in document)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_print_is_the_text_of_the_page(two: Page, scheme: Any) -> None:
    """From its first line to its last over several sheets, in dark ink; no button, no name of the program."""
    await two.get_by_label("Search all pages").fill("page")
    await expect(two.get_by_role("search")).to_contain_text("on 2 pages")
    await two.emulate_media(color_scheme=scheme, media="print")
    text = await printed(two)
    assert text.split()[:4] == ["The", "page", "begins.", "Line"]
    assert "Line 0 of" in text and "Line 119 of" in text
    assert not [word for word in ("Pagelight", "Read", "Regions", "Document", "two.pdf", "done") if word in text]
    color, background = (
        await two.get_by_role("region", name="Text of this page")
        .locator(".paragraph")
        .first.evaluate("node => [getComputedStyle(node).color, getComputedStyle(document.body).backgroundColor]")
    )
    assert color == "rgb(0, 0, 0)"
    await expect(two.get_by_label("Search all pages")).to_have_value("page")
    hit = "getComputedStyle(document.querySelector('.paragraph'), '::highlight(pl-hits)').color"
    assert await two.evaluate(hit) == color, "what is looked for is printed like the rest"
    assert background in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")


async def test_print_is_the_document_where_that_is_open(two: Page) -> None:
    await two.get_by_role("tab", name="Document").click()
    document = two.get_by_role("region", name="Text of the document")
    await expect(document.locator("section").nth(1)).to_contain_text("Line 119 of")
    await two.emulate_media(media="print")
    text = await printed(two)
    assert text.index("Page 1") < text.index("Line 119 of") < text.index("Page 2") < text.rindex("Line 119 of")
    assert "Pagelight" not in text
