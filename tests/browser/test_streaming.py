"""A page's text while it is being written: it grows in place, and is where the reader wants it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import DESKTOP, add, read, visit
from tests.web.readers import ScriptedReader, Turn
from tests.web.serving import served

pytestmark = pytest.mark.anyio
WRITTEN = "\n\n".join(f"Paragraph {number}. " + "Slow words are read twice. " * 12 for number in range(1, 13))
TOP = "document.querySelector('#pl-text').closest('.tab-panel').scrollTop"
SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => list.getEntries().forEach(
    (entry) => { shifted += entry.value; })).observe({ type: "layout-shift" });"""


async def test_streaming_follows_the_end_until_the_reader_scrolls(
    browser: Browser, renderer: Renderer, letter: Path
) -> None:
    """The end stays in view, a reader who scrolled up is left there; what is whole is set at once, and once."""
    gates = [threading.Event() for _ in range(3)]

    def held(gate: threading.Event) -> Turn:
        return lambda: asyncio.to_thread(gate.wait, 60)

    closes = "\n\nIt is $x^2$ there.\n\n<table><tr><td>East</td><td>7</td></tr></table>\n\nAnd on"
    script: list[Turn] = [WRITTEN, held(gates[0]), f"\n\n{WRITTEN}", held(gates[1]), closes, held(gates[2])]
    with served(ScriptedReader([script]), renderer) as app:
        page = await browser.new_page(viewport=DESKTOP)  # type: ignore[arg-type]
        await visit(page, app)
        await add(page, letter)
        await read(page)
        await page.locator("#pl-text .paragraph").nth(11).wait_for()
        await expect(page.locator("#pl-text .paragraph").nth(11)).to_be_in_viewport()
        first = await page.locator("#pl-text .paragraph").first.element_handle()
        await page.evaluate(SHIFTS)
        gates[0].set()
        last = page.locator("#pl-text .paragraph").nth(23)
        await expect(last).to_be_in_viewport()
        assert await page.evaluate("shifted") < 0.01
        assert await page.evaluate(TOP) > 0

        await page.locator("#pl-text").hover()
        await page.mouse.wheel(0, -100_000)
        await page.wait_for_function(f"{TOP} === 0")
        gates[1].set()
        await expect(page.locator("#pl-text math")).to_have_count(1)
        await expect(page.locator("#pl-text td").filter(has_text="East")).to_be_attached()
        await expect(page.get_by_label("State of this page")).to_contain_text("reading")
        assert await page.evaluate(TOP) == 0
        assert await page.evaluate("first => first === document.querySelector('#pl-text .paragraph')", first)
        gates[2].set()
        await expect(page.get_by_role("button", name="letter.pdf page 1: done")).to_be_visible()
        assert await page.evaluate(TOP) == 0
        await page.context.close()
