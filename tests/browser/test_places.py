"""The places where the text and the pages disagree, stepped through and put right; the reader is an imitation."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import add, read_to_end, visit
from tests.documents.papers import pdf
from tests.web.readers import ScriptedReader
from tests.web.serving import served

pytestmark = pytest.mark.anyio
LINES = ["The committee agrees to the railing on three", "conditions of which 14 were in writing already"]
RIGHT = " ".join(LINES)
WRONG = RIGHT.replace("14", "74") + ". Nobody had foreseen any of this at all"
SHORT = LINES[0]


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """Three pages that have the same two lines."""
    drawn = " ".join(f"({line}) '" for line in LINES)
    return pdf(tmp_path / "paper.pdf", *[f"BT /F 14 Tf 20 TL 60 700 Td {drawn} ET".encode()] * 3)


async def test_places_are_stepped_through_and_put_right(
    context: BrowserContext, renderer: Renderer, paper: Path
) -> None:
    """By keys over all pages; the page's word, a dismissal and their undoing by a press each; the page list tells."""
    reader = ScriptedReader([[WRONG], [RIGHT], [SHORT]])
    with served(reader, renderer, concurrency=1) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, paper)
        await read_to_end(page)
        places = page.get_by_role("region", name="Places to look at")
        card, text = places.get_by_role("group", name="Place"), page.get_by_role("tabpanel")
        first, third = (page.get_by_role("button", name=f"paper.pdf page {number}:") for number in (1, 3))
        await expect(places.get_by_role("button", name="Look here first: 3 places")).to_be_visible()
        await expect(first).to_have_attribute("title", "Page 1: done, 2 places to look at")
        await expect(third).to_contain_text("1 place")
        await expect(card).to_be_hidden()
        for key, at in (("n", 1), ("n", 2), ("n", 3), ("n", 1), ("p", 3)):
            await page.keyboard.press(key)
            await expect(places.get_by_text(f"{at} of 3")).to_be_visible()
        await expect(third).to_have_attribute("aria-current", "page")
        await expect(card).to_contain_text(LINES[1])
        await card.get_by_role("button", name="Insert the page's words").click()
        await expect(text).to_contain_text(LINES[1])
        await expect(places.get_by_role("button", name="Look here first: 2 places")).to_be_visible()
        await expect(third).to_have_attribute("title", "Page 3: done, corrected")
        await places.get_by_role("button", name="Look here first").click()
        await expect(card).to_contain_text("74")
        await card.get_by_role("button", name="Take the page's word").click()
        await expect(text).to_contain_text("which 14 were")
        await expect(card).to_contain_text("Nobody had foreseen")
        await card.get_by_role("button", name="Fine as it is").click()
        await expect(places).to_contain_text("100.0 % of the words")
        await expect(card).to_be_hidden()
        for _ in range(2):
            await places.get_by_role("button", name="Undo").click()
        await expect(text).to_contain_text("which 74 were")
        await expect(places.get_by_role("button", name="Undo")).to_be_hidden()
        await page.get_by_role("tab", name="Raw").focus()
        await page.keyboard.press("n")
        await expect(card).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(card).to_be_hidden()


@pytest.mark.parametrize("tab", ["Document", "Raw"])
async def test_places_of_another_page_are_marked_on_it_whatever_tab_is_open(
    context: BrowserContext, renderer: Renderer, paper: Path, tab: str
) -> None:
    """The page's own text lies under the tab, and its marks on the page are those of the page that is shown."""
    with served(ScriptedReader([[WRONG], [RIGHT], [SHORT]]), renderer, concurrency=1) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, paper)
        await read_to_end(page)
        await page.get_by_role("tab", name=tab, exact=True).click()
        places, marks = page.get_by_role("region", name="Places to look at"), page.locator("#pl-viewer .finding")
        for key, at, of_page in (("n", 1, 2), ("n", 2, 2), ("n", 3, 1), ("n", 1, 2), ("p", 3, 1)):
            await page.keyboard.press(key)
            await expect(places.get_by_text(f"{at} of 3")).to_be_visible()
            await expect(marks).to_have_count(of_page)
            await expect(page.locator("#pl-viewer .finding.chosen")).to_have_count(1)
        await page.get_by_role("button", name="paper.pdf page 2:").click()
        await expect(page.get_by_role("button", name="paper.pdf page 2:")).to_have_attribute("aria-current", "page")
        await expect(marks).to_have_count(0)
