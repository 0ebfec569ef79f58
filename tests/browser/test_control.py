"""What a visitor can do to one page, and to a run that is under way; a reload in the midst of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.errors import Refused
from ocr.types import Finish
from ocr.web.state import session_tasks
from tests.browser.conftest import read, view, visit
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader, Turn, forever
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio
TWO = ("LightOnOCR-2-1B", "LightOnOCR-3-1B")


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of four pages."""
    return pdf(tmp_path_factory.mktemp("pdf") / "four.pdf", *[text_page(number, 3) for number in range(1, 5)])


def app(renderer: Renderer, *script: list[Turn], concurrency: int = 1) -> tuple[ScriptedReader, object]:
    reader = ScriptedReader(list(script), names=TWO)
    return reader, served(reader, renderer, Server("http://gpu.example/v1", "", concurrency))


@pytest.fixture
async def tab(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(60_000)
    yield await context.new_page()
    await context.close()


async def take_in(page: Page, app: Served, path: Path) -> None:
    """Open the app and add the document."""
    await visit(page, app)
    await page.get_by_label("Add documents").set_input_files(path)
    await chip(page, 4, "waiting").wait_for()


def chip(page: Page, number: int, word: str):  # type: ignore[no-untyped-def]
    return page.get_by_role("button", name=f"four.pdf page {number}: {word}")


def state(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_label("State of this page")


async def test_control_page_chosen_is_read_next_and_stopped_alone(tab: Page, renderer: Renderer, four: Path) -> None:
    """With one page at a time: the page looked at comes before the others, and is stopped without them."""
    gate = threading.Event()

    async def held() -> None:
        await asyncio.to_thread(gate.wait, 60)

    _, serving = app(renderer, ["first", held], ["second", forever], ["third", forever])
    with serving as here:  # type: ignore[attr-defined]
        await take_in(tab, here, four)
        await read(tab)
        await expect(tab.locator("#pl-text")).to_contain_text("first")
        await chip(tab, 3, "waiting").click()
        await expect(state(tab)).to_contain_text("It is next.")
        gate.set()
        await expect(tab.locator("#pl-text")).to_contain_text("second")
        await expect(chip(tab, 2, "waiting")).to_be_visible()
        await state(tab).get_by_role("button", name="Stop this page").click()
        await expect(chip(tab, 3, "stopped")).to_be_visible()
        await expect(tab.locator("#pl-text")).to_contain_text("second")
        await expect(chip(tab, 2, "reading")).to_be_visible()
        await tab.get_by_role("button", name="Stop", exact=True).click()
        await expect(tab.get_by_role("button", name="Read the other")).to_be_visible()
        await expect(chip(tab, 1, "done")).to_be_visible()


async def test_control_remedies_are_one_press(tab: Page, renderer: Renderer, four: Path) -> None:
    """A page that repeated itself is read smaller, a failed one once more; then the failed ones all at once."""
    no = Refused("It said no.", "Do this.")
    loops, silences = [["again", Finish.REPETITION]] * 5, [[]] * 5  # at each of the family's temperatures, then smaller
    script = [*loops, [no], [no], *silences, ["calm"], ["better"], ["well"]]
    reader, serving = app(renderer, *script)  # type: ignore[arg-type]
    with serving as here:  # type: ignore[attr-defined]
        await take_in(tab, here, four)
        await read(tab)
        await chip(tab, 4, "blank").wait_for()
        await expect(state(tab)).to_contain_text("repeat")
        await state(tab).get_by_role("button", name="Read page again at 840 px").click()
        await expect(tab.locator("#pl-text")).to_contain_text("calm")
        assert reader.options is not None
        assert (reader.asked, reader.options.longest_side) == (13, 840)
        await chip(tab, 2, "failed").click()
        await expect(state(tab)).to_contain_text("It said no. Do this.")
        await state(tab).get_by_role("button", name="Read page again", exact=True).click()
        await expect(tab.locator("#pl-text")).to_contain_text("better")
        await tab.get_by_role("button", name="Read failed page (1)").click()
        await expect(chip(tab, 3, "done")).to_be_visible()
        await expect(tab.get_by_role("button", name="Read failed")).to_have_count(0)
        await chip(tab, 4, "blank").click()
        await expect(state(tab).get_by_role("button", name="Read page again at 2296 px")).to_be_visible()
        assert reader.asked == 15


async def test_control_page_is_read_again_in_another_way(tab: Page, renderer: Renderer, four: Path) -> None:
    """Another model, turned, larger: the menu sends what it says, refuses nonsense, and Escape closes it."""
    reader, serving = app(renderer, ["one"], ["two"])
    with serving as here:  # type: ignore[attr-defined]
        await take_in(tab, here, four)
        await state(tab).get_by_role("button", name="Read this page").click()
        await expect(chip(tab, 1, "done")).to_be_visible()
        await expect(chip(tab, 2, "waiting")).to_be_visible()
        menu = state(tab).get_by_text("Read page again with…")
        await menu.click()
        await tab.keyboard.press("Escape")
        await expect(state(tab).get_by_label("Rotation")).to_be_hidden()
        await menu.click()
        await state(tab).get_by_label("Model").select_option(TWO[1])
        await state(tab).get_by_label("Rotation").select_option("90° to the right")
        await state(tab).get_by_label("Temperature").fill("warm")
        again = state(tab).get_by_role("button", name="Read page again", exact=True)
        await again.click()
        await expect(state(tab).get_by_role("alert")).to_contain_text("a number from 0 to 2")
        await state(tab).get_by_label("Temperature").fill("0.6")
        await state(tab).get_by_label("Longest side, px").fill("700")
        await again.click()
        await expect(tab.locator("#pl-text")).to_contain_text("two")
        assert reader.options is not None
        asked = reader.options
        assert (asked.model, asked.rotation, asked.temperature, asked.longest_side) == (TWO[1], 90, 0.6, 700)
        await expect(state(tab)).to_contain_text("90°")
        await tab.wait_for_function("document.querySelector('.sheet img').naturalWidth === 700")


@pytest.mark.parametrize("height", [844, 480])
async def test_control_menu_fits_a_phone(tab: Page, renderer: Renderer, four: Path, height: int) -> None:
    """Wherever the page stands when it is opened, its button can be pressed; nothing sticks out at the side."""
    _, serving = app(renderer, [Refused("It said no.", "Do this.")])
    with serving as here:  # type: ignore[attr-defined]
        await take_in(tab, here, four)
        await tab.set_viewport_size({"width": 390, "height": height})
        await view(tab, "Text")
        await state(tab).get_by_role("button", name="Read this page").click()
        menu = state(tab).get_by_text("Read page again with…")
        await menu.click()
        form = tab.locator("#pl-page-status form")
        await expect(form).to_be_in_viewport(ratio=0.99)
        box = await form.bounding_box()
        assert box
        assert 0 <= box["x"] <= 390 - box["width"]
        await form.get_by_role("button", name="Read page again", exact=True).click(trial=True)


async def test_control_reload_brings_the_session_back(tab: Page, renderer: Renderer, four: Path) -> None:
    """A reload in the midst of a run costs nothing: pages, text and the run itself are there again."""
    reader, serving = app(renderer, ["kept"], ["under way", forever])
    with serving as here:  # type: ignore[attr-defined]
        await take_in(tab, here, four)
        await read(tab)
        await expect(chip(tab, 2, "reading")).to_be_visible()
        await tab.reload()
        await expect(chip(tab, 1, "done")).to_be_visible()
        await expect(chip(tab, 2, "reading")).to_be_visible()
        await expect(tab.locator("#pl-text")).to_contain_text("kept")
        assert reader.asked == 2
        await tab.get_by_role("button", name="Stop", exact=True).click()
        await expect(tab.get_by_role("button", name="Read the other")).to_be_visible()
        other = await tab.context.new_page()
        await visit(other, here)
        await expect(other.get_by_role("list", name="Files").get_by_role("listitem")).to_have_count(0)


async def test_control_lost_connection_comes_back(
    tab: Page, renderer: Renderer, four: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tab that was cut off follows its run again by itself."""
    monkeypatch.setattr(session_tasks, "LINGER_S", 60.0)
    gate = threading.Event()

    async def held() -> None:
        await asyncio.to_thread(gate.wait, 60)

    _, serving = app(renderer, ["begun", held, " and ended"])
    with serving as here:  # type: ignore[attr-defined]
        await take_in(tab, here, four)
        await tab.get_by_role("textbox", name="Pages").fill("1")
        await read(tab)
        await expect(tab.locator("#pl-text")).to_contain_text("begun")
        session = next(iter(here.desk.sessions._sessions.values()))
        session.tasks._followers.clear()  # what a dropped connection leaves: nobody follows any more
        gate.set()
        await expect(tab.locator("#pl-text")).to_contain_text("begun and ended")
