"""A page's text while it is being written: it grows in place, and is where the reader wants it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from ocr.documents.renderer import Renderer
from ocr.html import render
from ocr.web.state.paragraphs import unclosed
from tests.browser.conftest import DESKTOP, add, read, visit
from tests.web.readers import ScriptedReader, Turn
from tests.web.serving import served

pytestmark = pytest.mark.anyio
WRITTEN = [f"Paragraph {number}. " + "Slow words are read twice. " * 12 + "\n\n" for number in range(1, 25)]
TOP = "document.querySelector('#pl-text').closest('.tab-panel').scrollTop"
SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => list.getEntries().forEach(
    (entry) => { shifted += entry.value; })).observe({ type: "layout-shift" });"""


async def test_streaming_follows_the_end_until_the_reader_scrolls(
    browser: Browser, renderer: Renderer, letter: Path
) -> None:
    """The end stays in view, a reader who scrolled up is left there; what is whole is set at once, and once."""
    shown, gates = threading.Semaphore(0), [threading.Event() for _ in range(2)]

    def held(gate: threading.Event) -> Turn:
        return lambda: asyncio.to_thread(gate.wait, 60)

    async def until_shown() -> None:
        await asyncio.to_thread(shown.acquire, timeout=60)

    closes = "It is $x^2$ there.\n\n<table><tr><td>East</td><td>7</td></tr></table>\n\nAnd on"
    script: list[Turn] = [turn for one in WRITTEN for turn in (one, until_shown)]
    script += [held(gates[0]), closes, held(gates[1])]
    with served(ScriptedReader([script]), renderer) as app:
        page = await browser.new_page(viewport=DESKTOP)  # type: ignore[arg-type]
        await visit(page, app)
        await add(page, letter)
        await read(page)
        first = await page.locator("#pl-text .paragraph").first.element_handle()
        await page.evaluate(SHIFTS)
        for number in range(len(WRITTEN)):
            await expect(page.locator("#pl-text .paragraph").nth(number)).to_be_in_viewport()
            shown.release()
        assert await page.evaluate("shifted") < 0.01
        assert await page.evaluate(TOP) > 0

        await page.locator("#pl-text").hover()
        await page.mouse.wheel(0, -100_000)
        await page.wait_for_function(f"{TOP} === 0")
        gates[0].set()
        await expect(page.locator("#pl-text math")).to_have_count(1)
        await expect(page.locator("#pl-text td").filter(has_text="East")).to_be_attached()
        await expect(page.get_by_label("State of this page")).to_contain_text("reading")
        assert await page.evaluate(TOP) == 0
        assert await page.evaluate("first => first === document.querySelector('#pl-text .paragraph')", first)
        gates[1].set()
        await expect(page.get_by_role("button", name="letter.pdf page 1: done")).to_be_visible()
        assert await page.evaluate(TOP) == 0
        await page.context.close()


async def test_streaming_of_all_at_once_begins_at_the_beginning(
    context: BrowserContext, renderer: Renderer, letter: Path
) -> None:
    """As Tesseract's, of which nobody could have followed the end."""
    gate = threading.Event()
    script: list[Turn] = ["".join(WRITTEN), lambda: asyncio.to_thread(gate.wait, 60), "The end."]
    with served(ScriptedReader([script]), renderer) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, letter)
        await read(page)
        await expect(page.locator("#pl-text .paragraph")).to_have_count(len(WRITTEN))
        await expect(page.get_by_label("State of this page")).to_contain_text("reading")
        assert await page.evaluate(TOP) == 0
        gate.set()
        await expect(page.get_by_role("button", name="letter.pdf page 1: done")).to_be_visible()
        assert await page.evaluate(TOP) == 0


@pytest.mark.parametrize(
    "markdown",
    [
        "Some *words* of [a text](https://example.org), **and $x^2$**",
        "\\[ \\int_0^{1} \\sqrt{x^2 + 1} \\, dx \\]",
        "<table><tr><th>Lamp</th></tr><tr><td>\\( 2 \\pm 1 \\)</td><td rowspan=2>oil</td></tr></table>",
        "| a | b |\n|---|---|\n| 1 | **2** |",
        "- one\n- two\n  1. three\n     > four",
        "```\nlamps\n\n```",
        "# Title `code`",
        "![A lamp](figures/page-1-1.png)",
    ],
)
async def test_streaming_html_is_closed_by_the_browser(browser: Browser, markdown: str) -> None:
    """The tags that are not sent at the end of a text are where they would be: the same elements with the same text."""
    whole = render(markdown, {"figures/page-1-1.png": "data:,"})
    assert whole and unclosed(whole) != whole
    page = await browser.new_page()
    drawn = (
        "html => { document.body.innerHTML = html; return document.body.innerHTML.replace(/\\s*(?=<\\/)|\\s*$/g, ''); }"
    )
    assert await page.evaluate(drawn, unclosed(whole)) == await page.evaluate(drawn, whole)
    await page.close()
