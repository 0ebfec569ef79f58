"""How the end of a run reaches a visitor who looks elsewhere: by the tab's title and by a notification."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.types import Finish
from tests.browser.conftest import add, read, visit
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio
RECORDED = """(permission) => {
  const told = [];
  class Recorded extends EventTarget {
    static permission = permission;
    static async requestPermission() { Recorded.permission = "granted"; }
    constructor(title, { body }) { super(); told.push([title, body]); }
  }
  Object.assign(window, { Notification: Recorded, told });
  Object.defineProperty(document, "hidden", { get: () => window.elsewhere === true });
}"""
"""In place of the browser's class: nobody can answer its question, or see what the system shows, in a test."""


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A PDF of two pages."""
    return pdf(tmp_path / "two.pdf", text_page(1, 3), text_page(2, 3))


async def at_the_second_page(context: BrowserContext, app: Served, paper: Path, permission: str) -> Page:
    """A tab in which the first of two pages is read, whose browser has this permission for notifications."""
    tab = await context.new_page()
    await tab.add_init_script(f"({RECORDED})({permission!r})")
    await visit(tab, app)
    await add(tab, paper)
    await tab.get_by_role("button", name="two.pdf page 2: waiting").wait_for()
    await read(tab)
    await tab.get_by_role("button", name="two.pdf page 1: done").wait_for()
    return tab


@pytest.mark.parametrize("permission", ["default", "granted", "denied"])
@pytest.mark.parametrize("seconds", [0.0, 3600.0], ids=["long", "short"])
async def test_run_end_is_told(
    context: BrowserContext,
    renderer: Renderer,
    two: Path,
    permission: str,
    seconds: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The title counts the pages; a long run offers to notify, and does it for a hidden tab where that is allowed."""
    monkeypatch.setattr("ocr.web.views.run_result.LONG_RUN_S", seconds)
    gate = threading.Event()

    async def held() -> None:
        await asyncio.to_thread(gate.wait, 60)

    with served(ScriptedReader([["One."], [held, "Two."]]), renderer, Server("http://gpu.example/v1", "", 1)) as app:
        tab = await at_the_second_page(context, app, two, permission)
        await expect(tab).to_have_title("1/2 · two.pdf – Pagelight")
        offer, said = tab.get_by_role("button", name="Notify me at the end"), tab.get_by_text("You will be notified")
        long = seconds == 0
        await expect(offer).to_be_visible(visible=long and permission == "default")
        await expect(said).to_be_visible(visible=long and permission == "granted")
        if long and permission == "default":
            await offer.click()
            await expect(said).to_be_visible()
        await tab.evaluate("window.elsewhere = true")
        gate.set()
        await expect(tab).to_have_title("✓ two.pdf – Pagelight")
        await tab.get_by_role("button", name="Download Markdown").wait_for()
        told = await tab.evaluate("told")
        if long and permission != "denied":
            ((title, body),) = told
            assert title == "✓ two.pdf"
            assert "2 of 2 pages read" in body
        else:
            assert told == []


async def test_run_end_leads_to_the_pages_that_need_a_look(
    context: BrowserContext, renderer: Renderer, tmp_path: Path
) -> None:
    """Each press shows the next page that was not read well or has other words than the text, by the keyboard too."""
    paper = pdf(tmp_path / "three.pdf", *[text_page(number, 3) for number in (1, 2, 3)])
    script = [["whole"], ["cut", Finish.LENGTH], ["cut too", Finish.LENGTH]]
    reader = ScriptedReader(script, names=("tesseract",))  # asked once for each page  # type: ignore[arg-type]
    with served(reader, renderer, Server("http://gpu.example/v1", "", 1)) as app:
        tab = await context.new_page()
        await visit(tab, app)
        await add(tab, paper)
        await tab.get_by_role("button", name="three.pdf page 3: waiting").wait_for()
        await read(tab)
        look, title = tab.get_by_role("button", name="3 pages need a look"), tab.locator(".viewer .title")
        for number in (2, 3, 1):
            await look.press("Enter")
            await expect(title).to_have_text(f"three.pdf, page {number}")
