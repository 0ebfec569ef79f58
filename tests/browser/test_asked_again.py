"""A page that is asked for again: what was read of it stays in view, and a good end is no cause for alarm."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Locator, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import add, read, visit
from tests.pipeline.repeating import cells, table
from tests.web.readers import ScriptedReader, Turn
from tests.web.serving import served

pytestmark = pytest.mark.anyio
FORM = "# Register\n\n" + table(cells("Name", "Street", "Town", "Signed"), *[cells("", "", "", "")] * 24)
PIECES: list[Turn] = re.findall(r".{1,4}", FORM, re.DOTALL)


async def height(row: Locator) -> float:
    box = await row.bounding_box()
    assert box
    return box["height"]


async def colour(node: Locator) -> str:
    return str(await node.evaluate("node => getComputedStyle(node).color"))


async def test_asked_again_form_keeps_its_rows_and_ends_well(
    context: BrowserContext, renderer: Renderer, letter: Path
) -> None:
    """The rows stay while the same text comes again, with the reason; then it is done, calmly, and nothing is urged."""
    gates = [threading.Event(), threading.Event()]
    waits: list[Turn] = [lambda: asyncio.to_thread(gates[0].wait, 60), lambda: asyncio.to_thread(gates[1].wait, 60)]
    second = [waits[0], *PIECES[:40], waits[1], *PIECES[40:]]
    with served(ScriptedReader([PIECES, second]), renderer) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, letter)
        await read(page)
        state, rows = page.get_by_label("State of this page"), page.get_by_role("tabpanel").get_by_role("row")
        chip = page.get_by_role("button", name=re.compile("letter.pdf page 1:"))
        await expect(state).to_contain_text("at temperature 0.2")
        before = await rows.count()
        assert before > 5
        await expect(page.get_by_role("heading", name="Register")).to_be_attached()
        gates[0].set()
        await expect(state).to_contain_text("40 tokens")
        assert await rows.count() == before
        await expect(chip).to_have_accessible_name("letter.pdf page 1: reading, attempt 2")
        gates[1].set()
        await expect(chip).to_have_accessible_name("letter.pdf page 1: done, attempt 2")
        await expect(rows).to_have_count(25)
        await expect(state).to_contain_text("2 attempts")
        await expect(state).to_contain_text("The model repeated itself in an earlier attempt.")
        await expect(state.get_by_role("button", name="Read page again", exact=True)).to_have_count(0)
        assert await colour(state.get_by_text("2 attempts")) == await colour(state.get_by_text("7 tokens"))
        assert await height(rows.last) >= await height(rows.first) - 1, "a blank row is as high as one with words"


async def test_read_again_draws_the_new_regions(context: BrowserContext, renderer: Renderer, letter: Path) -> None:
    """While the page is read a second time its regions are those of the new answer, and so are its paragraphs."""
    gate = threading.Event()
    labels = ["title", "text", "table", "code", "list"]
    text = [f"![{label}](100,{at}00,900,{at}80) Words {at}.\n\n" for at, label in enumerate(labels, start=1)]
    again: list[Turn] = [text[0], lambda: asyncio.to_thread(gate.wait, 60), *text[1:]]
    with served(ScriptedReader([[*text], again]), renderer) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, letter)
        await read(page)
        regions = page.get_by_role("group", name="Regions", exact=True).get_by_role("button", include_hidden=True)
        await expect(regions).to_have_count(5)
        await page.get_by_role("button", name="Read again").click()
        try:
            await expect(regions).to_have_count(1)
            await expect(regions).to_have_accessible_name("title")
        finally:
            gate.set()
        await page.get_by_role("button", name="Read again").wait_for()
        assert [await one.get_attribute("aria-label") for one in await regions.all()] == labels
