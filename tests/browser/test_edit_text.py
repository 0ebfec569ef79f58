"""Paragraphs are corrected where they stand; the reader is an imitation."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import DESKTOP, add, read, read_to_end, view, visit
from tests.browser.test_accessibility import ONE_AT_A_TIME, PHONE, complaints, tab
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio
FIRST = (
    "![title](50,20,950,60) Lamps of 1961\n\n![text](50,100,480,200) Wear is $a^2$ and the lamp burned lang.\n\n"
    "![table](50,210,480,400) <table><tr><td>East</td><td>7</td></tr></table>\n\n"
    "![text](50,500,480,600) The last words."
)
SECOND = "![text](50,100,480,200) A second page"


@pytest.fixture
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([[FIRST], [SECOND]]), renderer, ONE_AT_A_TIME) as app:
        yield app


@pytest.fixture
async def two(context: BrowserContext, app: Served, tmp_path: Path) -> AsyncIterator[Page]:
    """The first of two pages that were read."""
    page = await context.new_page()
    await visit(page, app)
    await add(page, pdf(tmp_path / "two.pdf", text_page(1, 3), text_page(2, 3)))
    await read_to_end(page)
    await page.get_by_role("button", name="two.pdf page 1: done").click()
    await expect(text_of(page)).to_contain_text("Lamps")
    yield page


def text_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Text of this page")


def field_of(page: Page) -> Locator:
    return page.get_by_label("Markdown of the paragraph")


async def test_paragraph_is_edited_by_a_double_click_and_saved_when_it_is_left(two: Page) -> None:
    """Its region stays lit; Undo and Redo take it back and again; the reading by hand stands beside the model's."""
    text, field = text_of(two), field_of(two)
    await text.get_by_text("burned lang").dblclick()
    await expect(field).to_be_focused()
    await expect(field).to_have_value("Wear is $a^2$ and the lamp burned lang.")
    regions = two.get_by_role("group", name="Regions")
    await expect(regions.get_by_role("button", name="text").first).to_have_attribute("aria-pressed", "true")
    await field.fill("Wear is $b^2$ and the <script>lamp</script> burned long.\n\nA new paragraph.")
    await two.get_by_label("Search all pages").click()
    await expect(field).to_be_hidden()
    await expect(text).to_contain_text("burned long.")
    await expect(text.locator(".paragraph")).to_have_count(5)
    assert await text.locator("script").count() == 0
    for key, words in (("Control+z", "burned lang."), ("Control+Shift+z", "burned long.")):
        await text.focus()
        await two.keyboard.press(key)
        await expect(text).to_contain_text(words)
    await two.get_by_role("tab", name="Compare").click()
    await expect(two.get_by_role("tabpanel")).to_contain_text("by hand, after")
    await two.get_by_label("Search all pages").fill("burned long")
    await expect(two.get_by_role("button", name="two.pdf page 1: done")).to_contain_text("1")


async def test_paragraphs_are_edited_one_after_the_other_by_keys(two: Page) -> None:
    """`e` opens the first in view, Ctrl+Enter saves it and opens the next, Escape leaves the text as it was."""
    text, field = text_of(two), field_of(two)
    await text.focus()
    await two.keyboard.press("e")
    await expect(field).to_have_value("# Lamps of 1961")
    await field.fill("# Lamps of 1967")
    await field.press("Control+Enter")
    await expect(field).to_have_value("Wear is $a^2$ and the lamp burned lang.")
    await expect(text).to_contain_text("Lamps of 1967")
    await field.press("Control+Enter")
    await expect(field).to_have_value("<table><tr><td>East</td><td>7</td></tr></table>")
    await field.fill("gone")
    await field.press("Escape")
    await expect(field).to_be_hidden()
    await expect(text).to_be_focused()
    await expect(text.get_by_role("cell", name="East")).to_be_visible()
    await text.get_by_text("The last words.").dblclick()
    await field.fill("")
    await field.press("Control+Enter")
    await expect(field).to_be_hidden()
    await expect(text.locator(".paragraph")).to_have_count(3)


async def test_ctrl_a_selects_what_is_typed(two: Page) -> None:
    """Not the text around the field, which would be left alone by the next key."""
    await text_of(two).get_by_text("burned lang").dblclick()
    await two.keyboard.press("Control+A")
    await two.keyboard.type("All of it")
    await expect(field_of(two)).to_have_value("All of it")


async def test_edit_is_saved_when_another_page_is_chosen(two: Page) -> None:
    """What was typed is there when the page is shown again."""
    await text_of(two).get_by_text("burned lang").dblclick()
    await field_of(two).fill("burned long")
    await two.get_by_role("button", name="two.pdf page 2: done").click()
    await expect(text_of(two)).to_contain_text("A second page")
    await expect(field_of(two)).to_be_hidden()
    await two.get_by_role("button", name="two.pdf page 1: done").click()
    await expect(text_of(two)).to_contain_text("burned long")


async def test_edits_in_two_tabs_do_not_lose_each_other(two: Page, context: BrowserContext) -> None:
    """The later one is refused, with what the other has written; saved again it replaces that."""
    other = await context.new_page()
    keep = "Object.entries(sessionStorage)"
    stored = await two.evaluate(keep)
    await other.add_init_script(f"for (const [key, value] of {stored!r}) sessionStorage.setItem(key, value)")
    await other.goto(two.url)
    await expect(text_of(other)).to_contain_text("burned lang")
    for page, words in ((two, "typed here"), (other, "typed there")):
        await text_of(page).get_by_text("burned lang").dblclick()
        await field_of(page).fill(words)
    await two.bring_to_front()
    await two.get_by_role("button", name="Save", exact=True).click()
    await expect(text_of(two)).to_contain_text("typed here")
    await other.bring_to_front()
    await other.get_by_role("button", name="Save", exact=True).click()
    await expect(other.get_by_role("alert").filter(has_text="changed meanwhile")).to_be_visible()
    await expect(other.get_by_role("form", name="Edit the paragraph")).to_contain_text("typed here")
    await expect(field_of(other)).to_have_value("typed there")
    await other.get_by_role("button", name="two.pdf page 2: done").click()
    await expect(other.get_by_role("form", name="Edit the paragraph")).to_contain_text("Text of page 1, not saved yet")
    await expect(field_of(other)).to_be_editable()
    await expect(other.get_by_role("alert").filter(has_text="changed meanwhile")).to_be_visible()
    await other.get_by_role("button", name="two.pdf page 1: done").click()
    await expect(text_of(other)).to_contain_text("typed here")
    await other.get_by_role("button", name="Save", exact=True).click()
    await expect(text_of(other)).to_contain_text("typed there")


async def test_edit_is_refused_while_the_page_is_read(
    context: BrowserContext, renderer: Renderer, tmp_path: Path
) -> None:
    """The reason is said; when it has been read it can be edited."""
    gate = threading.Event()
    reader = ScriptedReader([["![text](50,100,480,200) Some words", lambda: asyncio.to_thread(gate.wait, 60)]])
    try:
        with served(reader, renderer, ONE_AT_A_TIME) as app:
            page = await context.new_page()
            await visit(page, app)
            await add(page, pdf(tmp_path / "one.pdf", text_page(1, 3)))
            await read(page)
            await page.get_by_role("button", name="one.pdf page 1: reading").wait_for()
            await page.get_by_role("button", name="Edit", exact=True).click()
            tools = page.get_by_role("group", name="Correct the text")
            await expect(tools.get_by_role("status")).to_contain_text("The page is being read.")
            await expect(field_of(page)).to_be_hidden()
            gate.set()
            await expect(text_of(page)).to_contain_text("Some words")
            await page.get_by_role("button", name="one.pdf page 1: done").wait_for()
            await page.get_by_role("button", name="Edit", exact=True).click()
            await expect(field_of(page)).to_have_value("Some words")
    finally:
        gate.set()


async def read_two(page: Page, app: Served, folder: Path) -> None:
    """Two pages are read, and the text of the first is in view."""
    await visit(page, app)
    await add(page, pdf(folder / "two.pdf", text_page(1, 3), text_page(2, 3)))
    await page.get_by_role("button", name="two.pdf page 2: waiting").wait_for()
    await read(page)
    await page.get_by_role("button", name="two.pdf page 2: done").wait_for()
    await page.get_by_role("button", name="two.pdf page 1: done").click()
    await view(page, "Text")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_editor_is_accessible(browser: Browser, app: Served, tmp_path: Path, scheme: str, size: Any) -> None:
    """It fits the window, and axe finds nothing serious in it."""
    async with tab(browser, scheme, size) as page:
        await read_two(page, app, tmp_path)
        await text_of(page).get_by_text("burned lang").dblclick()
        box = await field_of(page).bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= size["width"]
        assert await complaints(page, f"{scheme} editor") == []


async def test_words_are_replaced_in_the_whole_document(two: Page) -> None:
    """Each place is shown before; one that is unchecked stays; a page's step is undone by a press."""
    await two.get_by_role("button", name="Replace…").click()
    dialog = two.get_by_role("dialog", name="Find and replace in the document")
    await dialog.get_by_label("Find").fill("la")
    await dialog.get_by_label("Replace with").fill("LU")
    await expect(dialog.get_by_role("status")).to_contain_text("4 places")
    await dialog.get_by_label("Match case").check()
    await expect(dialog.get_by_role("status")).to_contain_text("3 places on 1 page.")
    box = dialog.get_by_role("checkbox", name="burned").nth(1)
    assert await box.evaluate("(node) => getComputedStyle(node).appearance") == "auto"  # else it has no mark
    await box.uncheck()
    await dialog.get_by_role("button", name="Replace 2 places").click()
    await expect(dialog.get_by_role("status")).to_contain_text("2 places replaced on 1 page.")
    await dialog.get_by_role("button", name="Close").click()
    await expect(text_of(two)).to_contain_text("LUmp burned lang. ")
    await expect(text_of(two)).to_contain_text("The LUst words.")
    await text_of(two).focus()
    await two.keyboard.press("Control+z")
    await expect(text_of(two)).to_contain_text("The last words.")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_replace_is_accessible(browser: Browser, app: Served, tmp_path: Path, scheme: str, size: Any) -> None:
    """The dialog fits the window, axe finds nothing serious in it, and Escape closes it."""
    async with tab(browser, scheme, size) as page:
        await read_two(page, app, tmp_path)
        await page.get_by_role("button", name="Replace…").click()
        dialog = page.get_by_role("dialog", name="Find and replace in the document")
        await dialog.get_by_label("Find").fill("la")
        await dialog.get_by_label("Replace with").fill("lu")
        await expect(dialog.get_by_role("button", name="Replace 4 places")).to_be_enabled()
        box = await dialog.bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= size["width"]
        assert await complaints(page, f"{scheme} replace") == []
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()


async def test_dialogs_stay_closed_until_they_are_opened(two: Page) -> None:
    """The styles of the text's editor touch nothing else."""
    await expect(two.locator("dialog:visible")).to_have_count(0)
    await text_of(two).get_by_text("burned lang").dblclick()
    await expect(two.locator("dialog:visible")).to_have_count(0)
