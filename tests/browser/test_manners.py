"""What happens when things take long, go wrong, or the visitor leaves."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from ocr.documents.renderer import Renderer
from ocr.errors import Refused, Unreachable
from ocr.types import Finish
from ocr.web.state import session_tasks
from tests.browser.conftest import add, visit
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader, forever
from tests.web.serving import Served, served
from tests.web.waiting import until

pytestmark = pytest.mark.anyio


async def test_manners_closed_tab_stops_its_requests(
    browser: Browser, renderer: Renderer, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A while after a tab is closed (LINGER_S; it might come back) the server is no longer asked for anything.

    Even if it says nothing; not at once, for a reload looks the same.
    """
    monkeypatch.setattr(session_tasks, "LINGER_S", 3.0)
    reader = ScriptedReader([["some text", forever]])
    with served(reader, renderer) as app:
        context = await browser.new_context()
        page = await context.new_page()
        await visit(page, app)
        await page.get_by_label("Add documents").set_input_files(letter)
        await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
        await page.get_by_role("button", name="Read", exact=True).click()
        await expect(page.locator("#pl-text")).to_contain_text("some text")
        began = time.monotonic()
        await context.close()
        assert await asyncio.to_thread(reader.closed.wait, 60)
        assert time.monotonic() - began >= session_tasks.LINGER_S


ENDS = (
    ("done", ""),
    ("blank", "no text"),
    ("cut off", "token limit"),
    ("repeating", "repeat"),
    ("failed", "It said no. Do this."),
)


async def test_manners_every_end_of_a_page_is_shown(browser: Browser, renderer: Renderer, tmp_path: Path) -> None:
    """Done, blank, cut off, repeating and failed pages are told apart, with their reason and next step."""
    path = pdf(tmp_path / "five.pdf", *[text_page(number, 3) for number in range(1, 6)])
    # a family that is asked once for each page, whatever its answer
    script = [["text"], [], ["cut", Finish.LENGTH], ["again", Finish.REPETITION], [Refused("It said no.", "Do this.")]]
    with served(ScriptedReader(script, names=("tesseract",)), renderer) as app:  # type: ignore[arg-type]
        context = await browser.new_context()
        try:
            page = await context.new_page()
            await visit(page, app)
            await page.get_by_label("Add documents").set_input_files(path)
            await page.get_by_role("button", name="five.pdf page 5: waiting").wait_for()
            await page.get_by_role("button", name="Read", exact=True).click()
            await page.get_by_role("button", name="Download Markdown").wait_for()
            note = page.get_by_label("State of this page")
            for word, said in ENDS:
                await page.get_by_role("button", name=f": {word}").click()
                await expect(note).to_contain_text(word, ignore_case=True)
                await expect(note).to_contain_text(said)
        finally:
            await context.close()


async def test_manners_server_down_is_a_state(browser: Browser, renderer: Renderer) -> None:
    """A server that is down is told with its next step, and asked again at a press."""
    reader = ScriptedReader(
        [["text"]], down=Unreachable("Nothing answers at gpu.example.", "Start it, then try again.")
    )
    with served(reader, renderer) as app:
        context = await browser.new_context()
        try:
            page = await context.new_page()
            await visit(page, app)
            await expect(page.get_by_role("alert")).to_contain_text("Start it, then try again.")
            await expect(page.get_by_label("Model").locator("option:checked")).to_have_text(
                "The server does not answer"
            )
            reader.down = None
            await page.get_by_role("button", name="Try again").click()
            await expect(page.get_by_role("alert")).to_have_count(0)
            await expect(page.get_by_label("Model")).to_have_value("LightOnOCR-3-1B")
        finally:
            await context.close()


async def test_manners_server_down_is_asked_again_by_itself(browser: Browser, renderer: Renderer, letter: Path) -> None:
    """The page says when; nobody is told to press a button that cannot be pressed; once it answers all is well."""
    down = Unreachable("Nothing answers at gpu.example.", "Start it, then try again.")
    reader = ScriptedReader([["text"]], down=down)
    with served(reader, renderer) as app:
        context = await browser.new_context()
        try:
            page = await context.new_page()
            await page.clock.install()
            await visit(page, app)
            await page.get_by_label("Add documents").set_input_files(letter)
            await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
            server, note = (
                page.locator("#pl-masthead details.engine > summary"),
                page.get_by_label("State of this page"),
            )
            await expect(server).to_contain_text(re.compile(r"again in \d s"))
            await expect(note).to_contain_text("when the server answers again")
            await expect(note).not_to_contain_text("Press Read")
            asked = reader.models_asked
            await page.clock.fast_forward(6_000)
            await until(lambda: reader.models_asked > asked)
            await expect(server).to_contain_text(re.compile(r"again in \d+ s"))
            reader.down = None
            await page.clock.fast_forward(60_000)
            await expect(page.get_by_role("button", name="Read", exact=True)).to_be_enabled()
            await expect(note).to_contain_text("Press Read to start.")
            await expect(server).not_to_contain_text("again in")
        finally:
            await context.close()


async def test_manners_maths_and_tables_are_rendered(browser: Browser, renderer: Renderer, letter: Path) -> None:
    """All four delimiters are set as formulas, inline or on their own line; an HTML table is a table; lists nest."""
    text = (
        "Inline $a^2$ and \\(b^2\\).\n\n$$c^2$$\n\n\\[d^2\\]\n\nIt costs \\$5 or \\$6.\n\n- one\n  - two\n\n"
        "<table><tr><th>Lamp</th><th>Hours</th></tr><tr><td>Oil</td><td>12</td></tr></table>\n\nEnd."
    )
    with served(ScriptedReader([list(text)]), renderer) as app:
        context = await browser.new_context()
        try:
            page = await context.new_page()
            await visit(page, app)
            await page.get_by_label("Add documents").set_input_files(letter)
            await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
            await page.get_by_role("button", name="Read", exact=True).click()
            page_text = page.locator("#pl-text")
            await expect(page_text).to_contain_text("End.")
            await expect(page_text.locator("math")).to_have_count(4)
            await expect(page_text.locator("math[display='block']")).to_have_count(2)
            await expect(page_text.locator("table td")).to_have_text(["Oil", "12"])
            await expect(page_text.locator("li li")).to_have_text(["two"])
        finally:
            await context.close()


async def test_manners_login(browser: Browser, renderer: Renderer) -> None:
    """With a password set, a visitor gets in by the form and only with it."""
    with served(ScriptedReader([["text"]]), renderer, auth=("ada", "lovelace")) as app:
        context = await browser.new_context()
        try:
            page = await context.new_page()
            await page.goto(app.url)
            await page.get_by_label("username").fill("ada")
            await page.get_by_label("password").fill("lovelace")
            await expect(page.get_by_label("Add documents")).to_have_count(0)
            await page.get_by_role("button", name="Login").click()
            await expect(page.get_by_label("Add documents")).to_be_attached()
        finally:
            await context.close()


COUNT_FRAMES = """
    const request = window.requestAnimationFrame.bind(window);
    window.frames_asked = 0;
    const counted = (callback) => { window.frames_asked++; return request(callback); };
"""
GRANT_ALL = "Object.defineProperty(window, 'requestAnimationFrame', { get: () => counted, set: () => {} });"
"""What still.js puts in place of the function is not taken."""
FRAMES_IN_HALF_A_SECOND = """() => new Promise((done) => {
    const before = window.frames_asked;
    setTimeout(() => done(window.frames_asked - before), 500);
})"""


async def open_at_rest(page: Page, app: Served, letter: Path) -> None:
    await visit(page, app)
    await add(page, letter)
    await page.wait_for_function("document.querySelector('.thumb img')?.naturalWidth")


async def test_manners_page_at_rest_draws_nothing(page: Page, app: Served, letter: Path) -> None:
    """A page that nobody does anything with asks for no frames, and animates nothing: a battery lasts longer."""
    await page.add_init_script(COUNT_FRAMES + "window.requestAnimationFrame = counted;")
    await open_at_rest(page, app, letter)
    async with asyncio.timeout(60):  # what moved at the start comes to rest
        while [await page.evaluate(FRAMES_IN_HALF_A_SECOND) for _ in range(4)] != [0] * 4:
            pass
    running = "document.getAnimations().filter(({ playState }) => playState === 'running').length"
    assert await page.evaluate(running) == 0


async def test_manners_gradio_still_asks_for_frames(page: Page, app: Served, letter: Path) -> None:
    """Without still.js a page at rest asks for frames for ever; once it does not, remove still.js and this test."""
    await page.add_init_script(COUNT_FRAMES + GRANT_ALL)
    await open_at_rest(page, app, letter)
    assert all([await page.evaluate(FRAMES_IN_HALF_A_SECOND) for _ in range(4)])
