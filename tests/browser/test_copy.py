"""Copying a page, its document, a table and a formula, and what another program is given by Paste."""

from __future__ import annotations

import asyncio
import csv
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from playwright.async_api import TimeoutError as NothingPasted

from ocr.documents.renderer import Renderer
from ocr.types import Finish
from tests.browser.conftest import DESKTOP, add, launched, read, view, visit
from tests.browser.test_accessibility import ONE_AT_A_TIME, PHONE, complaints, tab
from tests.browser.test_french import not_french
from tests.documents.papers import pdf, text_page
from tests.export.libreoffice import converted, needs_libreoffice
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

FIRST = (
    "![title](50,20,950,60) # Lamps\n\n![text](50,100,480,200) Wear is $a^2$ and <b>told</b>.\n\n"
    "![table](50,210,480,400) <table><tr><th colspan='2'>Quay</th><th>No.</th></tr><tr><td rowspan='2'>East</td>"
    "<td>$m_1$</td><td>007</td></tr><tr><td>7</td><td>=1+1</td></tr></table>\n\n"
    "![formula](50,410,480,450) \\[ \\frac{a}{b} \\]"
)
SECOND = "![text](50,100,480,200) A half"
READER = ScriptedReader([[FIRST], [SECOND, Finish.LENGTH]])
CELLS = [["Quay", "", "No."], ["East", "m_1", "007"], ["", "7", "=1+1"]]
REFUSE_ONCE = """() => {
    const copy = document.execCommand.bind(document);
    document.execCommand = () => {
        document.execCommand = copy;
        return false;
    };
}"""
LISTEN = """() => document.addEventListener("paste", ({ clipboardData }) => {
    window.pasted = Object.fromEntries(clipboardData.types.map((type) => [type, clipboardData.getData(type)]));
})"""


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(READER, renderer, ONE_AT_A_TIME) as app:
        yield app


async def open_two(page: Page, folder: Path) -> None:
    """Add a document of two pages, which are read as above."""
    READER.asked = 0
    await add(page, pdf(folder / "two.pdf", text_page(1, 3), text_page(2, 3)))
    await page.get_by_role("button", name="two.pdf page 2: waiting").wait_for()


async def read_two(page: Page, folder: Path) -> None:
    """Read a document of two pages; the second is cut off."""
    await open_two(page, folder)
    await read(page)
    await page.get_by_role("button", name="two.pdf page 2: cut off").wait_for()
    await page.get_by_role("button", name="two.pdf page 1: done").click()
    await view(page, "Text")
    await expect(page.get_by_role("region", name="Text of this page")).to_contain_text("Lamps")


@pytest.fixture
async def two(page: Page, tmp_path: Path) -> Page:
    await read_two(page, tmp_path)
    return page


async def pasted(page: Page) -> dict[str, str]:
    """What another tab is given where somebody pastes into it."""
    other = await page.context.new_page()
    await other.set_content("<p contenteditable>here</p>")
    await other.locator("p").focus()
    await other.evaluate(LISTEN)
    while True:  # a key that is pressed before the new tab has the keyboard goes nowhere
        await other.keyboard.press("Control+V")
        with suppress(NothingPasted):
            await other.wait_for_function("window.pasted", timeout=3_000)
            break
    texts: dict[str, str] = await other.evaluate("window.pasted")
    await other.close()
    await page.bring_to_front()
    return texts


async def told(page: Page, words: str) -> None:
    """Wait until the page says what was copied, or why not."""
    await expect(page.get_by_role("group", name="Copy", exact=True).get_by_role("status")).to_contain_text(words)


async def choose(page: Page, way: str, what: str) -> None:
    """Copy by the menu."""
    await page.get_by_label("Other ways to copy").click()
    await page.get_by_role("group", name=way).get_by_role("button", name=what).click()


async def test_copy_page_and_document(two: Page) -> None:
    """The button and `c` copy the page, Shift+C the document, as rich text and as Markdown in one."""
    await two.get_by_role("button", name="Copy the page").click()
    await told(two, "Page copied.")
    page = await pasted(two)
    assert page["text/plain"].startswith("# Lamps\n\nWear is $a^2$ and <b>told</b>.\n\n<table>")
    assert "<h1>Lamps</h1>" in page["text/html"]
    assert page["text/html"].count("<math ") == 3
    assert "A half" not in page["text/html"]
    await two.keyboard.press("Shift+C")
    await told(two, "2 pages copied. 1 page lacks text, as the copy says.")
    document = await pasted(two)
    for text in document.values():
        assert text.index("Lamps") < text.index("Page 2 was cut at the token limit") < text.index("A half")
    await two.keyboard.press("c")
    await told(two, "Page copied.")
    assert await pasted(two) == page


async def test_copy_as_text(two: Page) -> None:
    """Plain text and the HTML's source are text alone; the menu closes."""
    await choose(two, "Plain text", "Document")
    await told(two, "2 pages copied.")
    plain = await pasted(two)
    assert plain.keys() == {"text/plain"}
    assert plain["text/plain"].startswith("Lamps\n\nWear is a^2 and told.\n\nQuay\t\tNo.\n")
    await choose(two, "HTML source", "Page")
    await told(two, "Page copied.")
    source = await pasted(two)
    assert source.keys() == {"text/plain"}
    assert source["text/plain"].startswith("<h1>Lamps</h1>")
    await expect(two.get_by_role("group", name="Plain text")).to_be_hidden()


async def test_copy_a_table_and_a_formula(two: Page) -> None:
    """At the pointer, or by the menu with the keyboard alone: of the page, or of the region that is pinned."""
    text = two.get_by_role("region", name="Text of this page")
    await text.get_by_text("East").hover()
    await two.get_by_role("button", name="Copy table").click()
    await told(two, "1 table copied.")
    table = await pasted(two)
    assert [line.split("\t") for line in table["text/plain"].split("\n")] == CELLS
    await text.locator("math[display=block]").hover()
    await two.get_by_role("button", name="Copy LaTeX").click()
    await told(two, "LaTeX of 1 formula copied.")
    assert await pasted(two) == {"text/plain": "\\frac{a}{b}"}
    menu = two.get_by_label("Other ways to copy")
    await menu.focus()
    await two.keyboard.press("Enter")
    await two.get_by_role("button", name="3 formulas, as LaTeX").focus()
    await two.keyboard.press("Enter")
    await told(two, "LaTeX of 3 formulas copied.")
    await expect(menu).to_be_focused()
    assert await pasted(two) == {"text/plain": "a^2\nm_1\n\\frac{a}{b}"}
    await two.get_by_role("group", name="Regions").get_by_role("button", name="text").press("Enter")
    await menu.click()
    await two.get_by_role("button", name="1 formula, as LaTeX").click()
    await told(two, "LaTeX of 1 formula copied.")
    assert await pasted(two) == {"text/plain": "a^2"}


async def test_copy_takes_the_text_that_is_there_at_the_press(two: Page) -> None:
    """The text that the menu was opened over has been drawn anew meanwhile."""
    text = two.get_by_role("region", name="Text of this page")
    table = two.get_by_role("button", name="1 table, for a spreadsheet")
    image = two.get_by_role("group", name="Image of the page")
    await two.get_by_label("Other ways to copy").press("Enter")
    await expect(table).to_be_visible()
    await image.press("PageDown")
    await expect(text).to_contain_text("A half")
    await expect(table).to_be_hidden()
    await image.press("PageUp")
    await table.press("Enter")
    await told(two, "1 table copied.")


@needs_libreoffice
async def test_copy_into_libreoffice(two: Page, tmp_path: Path) -> None:
    """Calc has the table's cells, leading zeros too, and computes nothing; Writer has the page."""
    await two.get_by_role("region", name="Text of this page").get_by_text("East").hover()
    await two.get_by_role("button", name="Copy table").click()
    await told(two, "1 table copied.")
    sheet = await asyncio.to_thread(converted, (await pasted(two))["text/html"], tmp_path, "csv")
    assert list(csv.reader(sheet.read_text().splitlines())) == CELLS
    await two.keyboard.press("c")
    await told(two, "Page copied.")
    letter = await asyncio.to_thread(converted, (await pasted(two))["text/html"], tmp_path, "odt")
    with zipfile.ZipFile(letter) as odt:
        content = odt.read("content.xml").decode()
    assert re.search(r"<text:h [^>]*>(<[^>]*>)*Lamps", content)
    assert "table:number-rows-spanned" in content
    assert "\\frac{a}{b}" in content


async def test_copy_of_nothing_keeps_the_clipboard(page: Page, tmp_path: Path) -> None:
    """Before the page is read there is nothing to copy, which is said."""
    await page.get_by_label("Pages").first.fill("2")
    await page.get_by_label("Pages").first.press("Control+A")
    await page.keyboard.press("Control+C")
    before = await pasted(page)
    await open_two(page, tmp_path)
    await page.get_by_role("button", name="Copy the page").click()
    await told(page, "There is no text to copy yet. Read the page first.")
    assert await pasted(page) == before


async def test_copy_keys_are_for_the_page(two: Page) -> None:
    """In a field a `c` is a letter; Ctrl+A in the text selects the text and nothing else."""
    field = two.get_by_label("Search all pages")
    await field.press("c")
    await expect(field).to_have_value("c")
    await two.get_by_role("region", name="Text of this page").focus()
    await two.keyboard.press("Control+A")
    selected = await two.evaluate("getSelection().toString()")
    assert ("Lamps" in selected, "East" in selected, "Read again" in selected) == (True, True, False)
    status = two.get_by_role("group", name="Copy", exact=True).get_by_role("status")
    await expect(status).to_be_empty()


async def test_copy_without_the_clipboard_api(renderer: Renderer, tmp_path: Path) -> None:
    """Over plain HTTP on a network browsers have no asynchronous clipboard; both texts are copied all the same.

    A text that comes when the press no longer counts is copied by the next press, and not asked for again.
    """
    reader = ScriptedReader([[FIRST]])
    async with launched("--host-resolver-rules=MAP lan.example 127.0.0.1") as browser:
        with served(reader, renderer, ONE_AT_A_TIME, allowed_hosts=("lan.example",)) as app:
            context = await browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
            page = await context.new_page()
            await visit(page, replace(app, url=app.url.replace("127.0.0.1", "lan.example")))
            assert await page.evaluate("[isSecureContext, navigator.clipboard]") == [False, None]
            await add(page, pdf(tmp_path / "one.pdf", text_page(1, 3)))
            await read(page)
            await page.get_by_role("button", name="one.pdf page 1: done").wait_for()
            await page.get_by_role("button", name="Copy the page").click()
            await told(page, "Page copied.")
            texts = await pasted(page)
            assert "<h1>Lamps</h1>" in texts["text/html"]
            assert texts["text/plain"].startswith("# Lamps")
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            await page.evaluate(REFUSE_ONCE)  # Playwright's own evaluations count as presses, so that none gets too old
            await choose(page, "Plain text", "Page")
            await told(page, "Press Copy again")
            await choose(page, "Plain text", "Page")
            await told(page, "Page copied.")
            assert (await pasted(page)).keys() == {"text/plain"}
            assert len([url for url in asked if url.endswith("/copy")]) == 1


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_copy_menu_is_accessible(browser: Browser, app: Served, tmp_path: Path, scheme: str, size: Any) -> None:
    """The menu fits the window, axe finds nothing serious in it, and Escape closes it."""
    async with tab(browser, scheme, size) as page:
        await visit(page, app)
        await read_two(page, tmp_path)
        menu = page.get_by_label("Other ways to copy")
        await menu.click()
        item = page.get_by_role("button", name="3 formulas, as LaTeX")
        await item.scroll_into_view_if_needed()
        box = await item.bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= size["width"]
        assert await complaints(page, f"{scheme} menu") == []
        await item.focus()
        await page.keyboard.press("Escape")
        await expect(item).to_be_hidden()
        await expect(menu).to_be_focused()


async def test_copy_on_a_phone(browser: Browser, app: Served, tmp_path: Path) -> None:
    """What is pressed is large enough for a finger, and a tap on a table offers to copy it."""
    context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, locale="fr")  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    page = await context.new_page()
    await page.goto(app.url)
    await page.get_by_role("button", name="Lire", exact=True).wait_for()
    READER.asked = 0
    await page.get_by_label("Ajouter des documents").set_input_files(pdf(tmp_path / "two.pdf", text_page(1, 3)))
    await page.get_by_role("button", name="two.pdf page 1 : en attente").wait_for()
    await page.get_by_role("button", name="Lire", exact=True).click()
    await page.get_by_role("button", name="two.pdf page 1 : lue").wait_for()
    await view(page, "Texte", "Vues")
    await page.get_by_label("Texte de la page").get_by_text("East").tap()
    table = page.get_by_role("button", name="Copier le tableau")
    await table.wait_for()
    await page.get_by_label("Autres façons de copier").tap()
    pressed = [page.get_by_role("button", name="Copier la page"), page.get_by_label("Autres façons de copier")]
    pressed += await page.get_by_role("group", name="Copier", exact=True).get_by_role("button").all()
    for button in pressed:
        box = await button.bounding_box()
        assert box
        assert box["height"] >= 38, await button.inner_text()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= PHONE["width"]
    assert [text for text in await not_french(page) if "frac" not in text] == []  # the document's own formula
    await context.close()
