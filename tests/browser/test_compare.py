"""Two readings of a page beside each other, as the engineer who judges a model looks at them."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import DESKTOP, add, view, visit
from tests.browser.test_accessibility import PHONE, complaints, tab
from tests.browser.test_print import printed
from tests.web.conftest import LIGHTON
from tests.web.readers import ScriptedReader
from tests.web.serving import served

pytestmark = pytest.mark.anyio
MODELS = ("LightOnOCR-2-1B", "LightOnOCR-3-1B")
OLD = "# On lamps\n\nThe modem lamp.\n\n<table><tr><td>Oil</td><td>7.4</td></tr></table>\n\nNobody knows why."
NEW = "# On lamps\n\nThe modern lamp.\n\n<table><tr><td>Oil</td><td>7,4</td></tr></table>\n\nNobody knows why. The end."
HOSTILE = "The modern <img src=x onerror=alert(1)> lamp ${alert(2)}."


def compare(page: Page) -> Locator:
    return page.get_by_role("group", name="Compare two readings of this page")


def texts(page: Page) -> Locator:
    return compare(page).get_by_role("region", name="Both texts, with their differences marked")


async def opened(page: Page) -> None:
    await view(page, "Text")
    await page.get_by_role("tab", name="Compare").click()


async def test_compare_is_led_to_from_nothing(page: Page, letter: Path) -> None:
    """Never read, read once, read another way: each state says how to go on, and the real engine goes on.

    At few pixels it misreads words; the one that is kept is the page's text and what is downloaded.
    """
    await add(page, letter)
    await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
    await opened(page)
    await expect(compare(page).get_by_role("heading", name="This page has not been read yet")).to_be_visible()
    await compare(page).get_by_role("button", name="Read this page").click()
    await expect(compare(page).get_by_role("heading", name="This page has been read only once")).to_be_visible()
    await expect(compare(page).get_by_role("button", name="Read at 3300 px")).to_be_visible()
    await compare(page).get_by_role("button", name="Other settings…").click()
    await expect(page.get_by_role("combobox", name="Rotation")).to_be_focused()
    await page.get_by_label("State of this page").get_by_label("Longest side, px").fill("560")
    await page.keyboard.press("Enter")
    await expect(compare(page).get_by_text("similar")).to_be_visible()
    assert await texts(page).get_by_role("deletion").count() > 0
    a, b = (compare(page).get_by_role("group", name=f"Reading {letter}") for letter in "AB")
    await expect(a).to_contain_text("2200 px")
    await expect(b).to_contain_text("560 px")
    await expect(b.get_by_text("The page’s text")).to_be_visible()
    await a.get_by_role("button", name="Keep this one").click()
    await expect(a.get_by_text("The page’s text")).to_be_visible()
    await expect(b.get_by_role("button", name="Keep this one")).to_be_visible()
    await expect(page.get_by_label("State of this page")).not_to_contain_text("560 px")
    await page.get_by_role("tab", name="Text", exact=True).click()
    await expect(page.get_by_role("region", name="Text of this page")).to_be_visible()
    await expect(texts(page)).to_be_hidden()
    await page.get_by_role("button", name="Compare 2 readings").click()
    await expect(texts(page)).to_be_visible()


async def test_compare_watches_it_grow_then_marks_places(browser: Browser, renderer: Renderer, letter: Path) -> None:
    """At one press with the other model; n and p go from place to place, and each is said aloud."""
    gate = threading.Event()
    reader = ScriptedReader([[OLD], [NEW[:20], lambda: asyncio.to_thread(gate.wait, 60), NEW[20:]]], names=MODELS)
    with served(reader, renderer, LIGHTON) as app:
        async with tab(browser, "light", DESKTOP) as page:
            await visit(page, app)
            await add(page, letter)
            await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
            await opened(page)
            await compare(page).get_by_role("button", name="Read this page").click()
            await compare(page).get_by_role("button", name="Read with LightOnOCR-3-1B").click()
            await expect(texts(page).locator(".growing")).to_have_text("# On lamps\n\nThe mode")
            await expect(texts(page)).to_contain_text("The modem lamp.")
            await expect(compare(page).get_by_text("Being read.")).to_be_visible()
            await expect(compare(page).get_by_role("combobox", name="Reading B")).to_be_disabled()
            gate.set()
            await expect(compare(page).get_by_text("5 words differ · ")).to_be_visible()
            await expect(texts(page).get_by_role("deletion")).to_have_text(["modem", "7.4"])
            await expect(texts(page).get_by_role("insertion")).to_have_text(["modern", "7,4", "The end."])
            await page.keyboard.press("n")
            await expect(compare(page).get_by_text("Difference 1 of 3: A has modem, B has modern")).to_be_attached()
            await page.keyboard.press("p")
            await expect(compare(page).get_by_text("Difference 3 of 3: A has nothing, B has The end.")).to_be_attached()
            await compare(page).get_by_role("button", name="Next difference").click()
            await expect(texts(page).locator(".now")).to_have_text(["modem", "modern"])
            await compare(page).get_by_role("button", name="One text").click()
            await expect(texts(page)).to_contain_text("The modem modern lamp.")
            await page.get_by_role("tab", name="Text", exact=True).click()
            session = next(iter(app.desk.sessions._sessions.values()))
            await page.wait_for_function("!document.querySelector('.compare.open')")
            assert not session.history.open


async def test_compare_any_two_of_the_last_readings(browser: Browser, renderer: Renderer, letter: Path) -> None:
    """A third stands beside the two; the same on both sides changes places; a text is never markup."""
    reader = ScriptedReader([[OLD], [NEW], [HOSTILE]], names=MODELS)
    with served(reader, renderer, LIGHTON) as app:
        async with tab(browser, "light", DESKTOP) as page:
            page.on("dialog", lambda dialog: pytest.fail(dialog.message))
            await visit(page, app)
            await add(page, letter)
            await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
            await opened(page)
            for press in ("Read this page", "Read at temperature 0.5"):
                await compare(page).get_by_role("button", name=press).click()
            await expect(texts(page).get_by_role("deletion").first).to_have_text("modem")
            state = page.get_by_label("State of this page")
            await state.get_by_text("Read page again with…").click()
            await state.get_by_role("button", name="Read page again", exact=True).click()
            await expect(texts(page)).to_contain_text("<img src=x onerror=alert(1)> lamp ${alert(2)}")
            a, b = (compare(page).get_by_role("combobox", name=f"Reading {letter}") for letter in "AB")
            await expect(a).to_have_value("2")
            await a.select_option("1")
            await expect(texts(page).get_by_role("deletion").filter(has_text="modem")).to_have_count(1)
            await b.select_option("1")
            await expect(a).to_have_value("3")
            await expect(texts(page).get_by_role("insertion").filter(has_text="modem")).to_have_count(1)


async def test_compare_leaves_room_for_names(browser: Browser, renderer: Renderer, letter: Path) -> None:
    """The page beside the texts is narrow; what is pinned on it has its whole name. On paper there are no buttons."""
    regions = "![figure_title](100,90,900,110) A lamp\n\n![header_image](100,200,900,400)"
    with served(ScriptedReader([[f"{OLD}\n\n{regions}"]], names=MODELS), renderer, LIGHTON) as app:
        async with tab(browser, "light", DESKTOP) as page:
            await visit(page, app)
            await add(page, letter)
            await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
            await opened(page)
            for press in ("Read this page", "Read with LightOnOCR-3-1B"):
                await compare(page).get_by_role("button", name=press).click()
            await expect(compare(page).get_by_role("button", name="Keep this one")).to_be_visible()
            await page.get_by_role("button", name="header image", exact=True).click()
            pinned = page.get_by_role("group", name="Pinned region")
            await expect(pinned.get_by_role("button", name="Open large")).to_be_visible()
            assert await pinned.locator(".name").evaluate("node => node.scrollWidth <= node.clientWidth")
            assert await page.locator(".viewer .title .file").evaluate("node => node.scrollWidth <= node.clientWidth")
            await page.emulate_media(media="print")
            text = await printed(page)
    assert "The modem lamp." in text
    assert not [word for word in ("Keep this one", "Side by side", "Read again") if word in text]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_compare_is_accessible(
    browser: Browser, renderer: Renderer, letter: Path, scheme: str, size: dict[str, int]
) -> None:
    """Nothing to compare, two readings in both views: axe finds nothing serious, nothing is too wide for the screen."""
    found = []
    with served(ScriptedReader([[OLD], [NEW]], names=MODELS), renderer, LIGHTON) as app:
        async with tab(browser, scheme, size) as page:
            await visit(page, app)
            await add(page, letter)
            await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
            await opened(page)
            await compare(page).get_by_role("button", name="Read this page").click()
            await expect(compare(page).get_by_role("heading", name="This page has been read only once")).to_be_visible()
            await compare(page).locator(".primary").hover()
            found += await complaints(page, "one reading")
            await compare(page).get_by_role("button", name="Read with LightOnOCR-3-1B").click()
            await expect(texts(page).get_by_role("insertion").first).to_be_visible()
            await page.keyboard.press("n")
            for view in ("Side by side", "One text"):
                await compare(page).get_by_role("button", name=view).click()
                found += await complaints(page, view)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            marks = "getComputedStyle(document.querySelector('.compare {}')).textDecorationLine"
            assert await page.evaluate(marks.format("del")) == "line-through"
            assert await page.evaluate(marks.format("ins")) == "underline"
    assert not found, "\n".join(found)
