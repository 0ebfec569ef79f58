"""Small screens, by finger: one view at a time with a bar below it, what is pressed large enough, nothing cut off."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import WHOLE_RUN, add, tab_of, view
from tests.browser.test_accessibility import EVERYTHING, ONE_AT_A_TIME, PHONE, complaints
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

TABLET = {"width": 768, "height": 1024}
ZOOMED = {"width": 640, "height": 400}
"""1280 × 800 at 200 %."""
TOO_SMALL = """() => [...document.querySelectorAll('.pl-part *')]
    .filter((node) => node.matches('button, summary, select, .switch, .ways label, input:not([type=checkbox])'))
    .filter((node) => node.checkVisibility())
    .map((node) => [node.outerHTML.slice(0, 90), node.getBoundingClientRect()])
    .filter(([, { width, height }]) => width && (width < 39.5 || height < 39.5))
    .map(([name, { width, height }]) => `${name} ${width}x${height}`)"""
"""What is pressed and is smaller than a finger."""


def phone(
    browser: Browser, app: Served, size: dict[str, int] = PHONE, **options: Any
) -> AbstractAsyncContextManager[Page]:
    return tab_of(browser, app, size, has_touch=True, is_mobile=True, **options)


def views(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Views")


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return pdf(tmp_path / "three.pdf", *[text_page(number, 8) for number in (1, 2, 3)])


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Closed while the first page is being read; always opened in the end, for a thread waits at it."""
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.fixture
def app(renderer: Renderer, gate: threading.Event) -> Iterator[Served]:
    turns = [EVERYTHING, lambda: asyncio.to_thread(gate.wait), "The end."]
    with served(ScriptedReader([turns, ["Second."], ["Third."]]), renderer, ONE_AT_A_TIME) as app:
        yield app


async def test_phone_shows_one_view_at_a_time(
    browser: Browser, app: Served, gate: threading.Event, three: Path
) -> None:
    """Files first; a document leads to its page, which is read from there; its text and the result follow."""
    async with phone(browser, app) as page:
        await expect(views(page)).to_be_hidden()
        await add(page, three)
        await expect(page.get_by_role("img", name="three.pdf, page 1")).to_be_in_viewport()
        await expect(views(page).locator("[aria-current]")).to_have_text("Page")
        await expect(page.get_by_label("Add documents")).to_be_hidden()
        progress = page.get_by_role("group", name="Progress")
        await expect(progress).to_contain_text("3 pages")
        await progress.get_by_role("button", name="Read").tap()
        await expect(progress).to_contain_text("0 of 3 · ")
        await expect(progress.get_by_role("button", name="Stop")).to_be_visible()
        await view(page, "Text")
        await expect(page.get_by_role("region", name="Text of this page")).to_contain_text("A lamp.")
        await expect(page.get_by_role("img", name="three.pdf, page 1")).to_be_hidden()
        await expect(progress.get_by_role("button", name="Stop")).to_be_visible()
        gate.set()
        await progress.get_by_role("button", name="Result").tap(timeout=WHOLE_RUN)
        await expect(page.get_by_role("button", name="Download Markdown")).to_be_in_viewport()
        await page.get_by_role("button", name="three.pdf", exact=True).tap()
        await expect(page.get_by_role("img", name="three.pdf, page 1")).to_be_in_viewport()
        await page.reload()
        await expect(page.get_by_role("img", name="three.pdf, page 1")).to_be_in_viewport()


async def test_phone_stays_with_the_files_when_one_goes(
    browser: Browser, app: Served, three: Path, letter: Path
) -> None:
    """Another page is shown then, and nobody asked for it."""
    async with phone(browser, app) as page:
        await add(page, three, letter)
        await expect(page.get_by_role("img", name="three.pdf, page 1")).to_be_visible()
        await view(page, "Files")
        await page.get_by_role("button", name="Remove three.pdf").tap()
        await expect(page.locator(".viewer .title")).to_contain_text("letter.pdf")
        await expect(page.get_by_role("button", name="Remove letter.pdf")).to_be_visible()
        await page.get_by_role("button", name="Remove letter.pdf").tap()
        await expect(views(page)).to_be_hidden()
        await expect(page.get_by_label("Take a photo")).to_be_visible()


async def test_phone_leaves_a_page_out_after_a_choice_made_out_of_its_sight(
    browser: Browser, app: Served, three: Path
) -> None:
    """The button lies on its page again once the list is seen."""
    async with phone(browser, app) as page:
        await add(page, three)
        leave_out = page.get_by_role("button", name="Leave out three.pdf page 1")
        await expect(leave_out).to_be_in_viewport(ratio=1)
        await expect(page.locator(".thumb img")).to_have_count(3)
        before = await leave_out.bounding_box()
        await view(page, "Files")
        await page.get_by_role("textbox", name="Pages", exact=True).fill("1-2")
        await view(page, "Page")
        await page.evaluate("new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
        assert await leave_out.bounding_box() == pytest.approx(before, abs=2)
        await leave_out.tap()
        await expect(page.get_by_role("button", name="2 left out")).to_be_visible()


async def test_phone_tablet_has_page_and_text_beside_each_other(browser: Browser, app: Served, three: Path) -> None:
    """The page list is above both; turned to a phone's width, the text that was looked at alone is one of the views."""
    async with phone(browser, app, TABLET) as page:
        await add(page, three)
        image, text = page.get_by_role("img", name="three.pdf, page 1"), page.get_by_role("tab", name="Text")
        left, right = await image.bounding_box(), await text.bounding_box()
        assert left and right
        assert left["x"] + left["width"] <= right["x"]
        both = views(page).get_by_role("button", name="Page and text")
        await expect(both).to_have_attribute("aria-current", "true")
        await expect(views(page).get_by_role("button")).to_have_count(2)
        await page.set_viewport_size({"width": 1280, "height": 800})
        await expect(views(page)).to_be_hidden()
        await expect(page.get_by_label("Add documents")).to_be_visible()


async def test_phone_takes_a_photograph(browser: Browser, app: Served) -> None:
    """The camera's picture goes the way of any file."""
    async with phone(browser, app) as page:
        camera = page.get_by_label("Take a photo")
        assert await camera.get_attribute("capture") == "environment"
        await camera.set_input_files("assets/samples/receipt.jpg")
        await expect(page.get_by_role("img", name="receipt.jpg, page 1")).to_be_visible()


async def test_phone_says_how_far_reading_is_and_not_each_second(
    browser: Browser, app: Served, gate: threading.Event, three: Path
) -> None:
    """The line counts seconds; what a screen reader hears does not change with them."""
    async with phone(browser, app) as page:
        await add(page, three)
        progress, said = page.get_by_role("group", name="Progress"), page.locator(".view-bar [role=status]")
        await progress.get_by_role("button", name="Read").tap()
        await expect(said).to_contain_text("0 of 3 pages read")
        heard = await said.text_content()
        await expect(progress).to_contain_text("0 of 3 · 2 s")
        assert await said.text_content() == heard
        gate.set()
        await expect(said).to_contain_text("3 of 3 pages read", timeout=WHOLE_RUN)


@pytest.mark.parametrize("size", [PHONE, TABLET, ZOOMED], ids=["phone", "tablet", "zoomed"])
@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "fr")])
async def test_phone_fits_fingers_and_everybody(
    browser: Browser, app: Served, gate: threading.Event, three: Path, size: dict[str, int], scheme: Any, language: str
) -> None:
    """In every view: targets of 40 px, nothing beside the window, nothing that axe finds serious."""
    gate.set()
    found: list[str] = []
    options = {"color_scheme": scheme, "locale": language, "reduced_motion": "reduce"}
    context = await browser.new_context(viewport=size, has_touch=True, is_mobile=True, **options)  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    page = await context.new_page()

    async def look(state: str) -> None:
        found.extend(f"{state}: {one}" for one in await page.evaluate(TOO_SMALL))
        if not await page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{state}: wider than the window")
        found.extend(await complaints(page, state))

    await page.goto(app.url)
    await page.locator(".documents input").first.wait_for()
    await look("empty")
    await page.locator(".documents input").first.set_input_files(three)
    await page.locator(".view-bar .read-now").tap()
    await page.locator(".view-bar .details").wait_for(timeout=WHOLE_RUN)
    for button in await page.locator(".view-bar .views button:visible").all():
        await button.tap()
        await look(await button.inner_text())
    await page.locator(".text-tools .open-replace").tap()
    await look("replace")
    await page.locator("dialog.replace .close").tap()
    await page.locator('.view-bar .views [data-view="page"]').tap()
    if size != ZOOMED:  # the list of pages is out of the way there
        await page.locator(".strip .leave-out").tap()
        await page.locator(".strip .all").wait_for()
        await look("left out")
    await context.close()
    assert not found, "\n".join(found)
