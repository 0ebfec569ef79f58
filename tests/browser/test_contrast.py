"""What is chosen is told apart where the system chooses the colours, and where more contrast is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import add, read
from tests.documents.papers import pdf
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

TEXT = "![title](50,20,950,60) Lamps\n\n![text](50,100,950,200) Wear is told.\n\n![text](50,300,950,400) And more."
LINES = b"BT /F 11 Tf 60 800 Td 18 TL (Lamps) ' (Wear is told.) ' (And more.) ' ET"
"""The page has the same words, so that there is nothing to look at."""
LOOKS = """node => {
    const seen = [];
    for (const part of [node, ...node.querySelectorAll("*")]) {
        const style = getComputedStyle(part);
        const outline = style.outlineStyle === "none" ? "" : style.outline;
        const lines = [style.borderLeft, style.borderBottom, outline];
        seen.push([style.backgroundColor, style.color, style.fontWeight, ...lines]);
    }
    return JSON.stringify(seen);
}"""
"""All that is drawn where shadows and background pictures are not."""


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([[TEXT]]), renderer) as app:
        yield app


@pytest.fixture
async def two(page: Page, tmp_path: Path) -> Page:
    """Two pages, read, the second paragraph of the first one pinned."""
    await add(page, pdf(tmp_path / "two.pdf", *[LINES] * 2))
    await page.get_by_role("button", name="two.pdf page 2: waiting").wait_for()
    await read(page)
    await page.get_by_role("button", name="two.pdf page 2: done").wait_for()
    await page.get_by_role("region", name="Text of this page").get_by_text("Wear is told.").click()
    return page


async def differ(chosen: Locator, other: Locator) -> bool:
    return bool(await chosen.evaluate(LOOKS) != await other.evaluate(LOOKS))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("mode", [{"forced_colors": "active"}, {"contrast": "more"}], ids=lambda mode: next(iter(mode)))
async def test_contrast_tells_what_is_chosen(two: Page, mode: dict[str, Any], scheme: Any) -> None:
    """The page, the tab, the language, the zoom, the paragraph: what is chosen looks otherwise than its neighbour."""
    await two.emulate_media(color_scheme=scheme, **mode)
    await two.mouse.move(640, 790)
    button, tab = two.get_by_role("button", name="two.pdf page"), two.get_by_role("tab")
    paragraphs = two.get_by_role("region", name="Text of this page").locator(".paragraph")
    await expect(button.first).to_have_attribute("aria-current", "page")
    assert await differ(button.first, button.last), "page"
    assert await differ(tab.filter(has_text="Text"), tab.filter(has_text="Raw")), "tab"
    assert await differ(
        two.get_by_role("button", name="EN", exact=True), two.get_by_role("button", name="FR", exact=True)
    ), "language"
    assert await differ(two.get_by_label("Fit page"), two.get_by_label("Fit width")), "zoom"
    assert await differ(paragraphs.nth(1), paragraphs.nth(2)), "paragraph"
    bar = two.get_by_role("button", name="Copy text").locator("..")
    assert await bar.evaluate("node => parseFloat(getComputedStyle(node).borderTopWidth)") >= 1, (
        "the pinned region's bar"
    )
    title = two.get_by_role("button", name="title", exact=True)
    label = two.get_by_role("group", name="Labels").get_by_role("button", name="title")
    await label.click()
    await expect(title).to_be_hidden()
    assert await differ(label, two.get_by_role("group", name="Labels").get_by_role("button", name="text")), "label"


async def test_contrast_outlines_only_the_pinned_paragraph(two: Page) -> None:
    """The system draws transparent borders too, so that every paragraph would have the mark of the pinned one."""
    await two.emulate_media(forced_colors="active")
    await two.mouse.move(640, 790)
    paragraphs = two.get_by_role("region", name="Text of this page").locator(".paragraph")
    edges = await paragraphs.evaluate_all(
        "all => all.map(one => { const s = getComputedStyle(one); return s.borderLeftColor === s.backgroundColor"
        " || s.borderLeftColor === getComputedStyle(document.body).backgroundColor })"
    )
    assert edges == [True, False, True]


RATIO = """(node, property) => {
    const levels = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (colour) => {
        const [r, g, b] = levels(colour).map((level) => level / 255).map(
            (level) => (level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    let ground = node;
    while (levels(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
    const pair = [getComputedStyle(node)[property], getComputedStyle(ground).backgroundColor].map(light);
    return Math.max(...pair) / Math.min(...pair);
}"""
"""The contrast of a colour of an element with what is behind it, as WCAG 2.2 defines it."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_contrast_is_higher_where_it_is_asked_for(two: Page, scheme: Any) -> None:
    """The pale text reaches WCAG's 7 (1.4.6), the line round a field its 3 (1.4.11)."""
    await two.emulate_media(color_scheme=scheme, contrast="more")
    assert await two.get_by_text("2 pages", exact=True).first.evaluate(RATIO, "color") >= 7
    assert await two.get_by_role("textbox", name="Pages").evaluate(RATIO, "borderTopColor") >= 3
