"""The page on the desk: looked at closely, its regions told apart, pointed at, pinned, copied."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Locator, Page, Route, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import DESKTOP, Witness, add, read, visit
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio
TEXT = (
    "![title](100,40,900,90) A Title\n\n![text](100,110,480,400) First words.\n\n![text](520,110,900,400) Second words."
    "\n\n![image](100,450,900,800)\n\n![text](400,600,600,650) Words within a picture."
)
LABELS = ["title", "text", "text", "image", "text"]


@pytest.fixture(scope="module")
def desk(renderer: Renderer) -> Iterator[Served]:
    """Every page of every document has the same five regions."""
    with served(ScriptedReader([[TEXT]]), renderer) as app:
        yield app


@pytest.fixture
async def page(context: BrowserContext, desk: Served, tmp_path: Path) -> AsyncIterator[Page]:
    """A tab with the first of three pages on the desk, all of them read; it hears what the viewer says of regions."""
    page = await context.new_page()
    witness = Witness(urlsplit(desk.url).netloc)
    witness.watch(page)
    await page.add_init_script("""window.said = []; document.addEventListener("pl:region", event =>
        event.detail.from === "viewer" && said.push([event.detail.kind, event.detail.index]))""")
    await opened(page, desk, tmp_path)
    yield page
    assert (witness.outside, witness.complaints) == ([], [])


async def opened(page: Page, desk: Served, folder: Path) -> None:
    path = pdf(folder / "paper.pdf", *[text_page(number) for number in (1, 2, 3)])
    await visit(page, desk)
    await add(page, path)
    await page.get_by_role("button", name="paper.pdf page 3: waiting").wait_for()
    await read(page)
    await page.get_by_role("button", name="paper.pdf page 3: done").wait_for()
    await expect(regions(page)).to_have_count(5)


def regions(page: Page) -> Locator:
    return page.get_by_role("group", name="Regions", exact=True).get_by_role("button", include_hidden=True)


def well(page: Page) -> Locator:
    return page.get_by_role("group", name="Image of the page")


def percent(page: Page) -> Locator:
    return page.get_by_label("Zoom, in percent")


async def box(locator: Locator) -> dict[str, float]:
    found = await locator.bounding_box()
    assert found is not None
    return dict(found)


async def middle(locator: Locator) -> tuple[float, float]:
    at = await box(locator)
    return at["x"] + at["width"] / 2, at["y"] + at["height"] / 2


async def width(page: Page) -> float:
    """Of the page's image, as a share of the room that it has."""
    room = await well(page).evaluate("node => node.clientWidth - 40")
    return (await box(page.locator(".viewer .sheet")))["width"] / float(room)


async def region_point(page: Page, index: int) -> tuple[float, float]:
    return await middle(regions(page).nth(index).locator(".box"))


async def said(page: Page) -> list[list[Any]]:
    return list(await page.evaluate("said.splice(0)"))


async def test_viewer_zooms_by_its_buttons(page: Page) -> None:
    """From half the width to four times of it, to the width, to the whole page; the number says where one is."""
    await expect(page.get_by_role("button", name="Fit page")).to_have_attribute("aria-pressed", "true")
    sheet, room = await box(page.locator(".viewer .sheet")), await box(well(page))
    assert sheet["y"] + sheet["height"] <= room["y"] + room["height"]
    await page.get_by_role("button", name="Fit width").click()
    assert await width(page) == pytest.approx(1, abs=0.01)
    await expect(percent(page)).to_have_text("100 %")
    await page.get_by_role("button", name="Zoom in").click()
    assert await width(page) == pytest.approx(1.25, abs=0.01)
    for _ in range(6):
        await page.get_by_role("button", name="Zoom in").click()
    await expect(percent(page)).to_have_text("400 %")
    await expect(page.get_by_role("button", name="Zoom in")).to_be_disabled()
    while await page.get_by_role("button", name="Zoom out").is_enabled():
        await page.get_by_role("button", name="Zoom out").click()
    await expect(percent(page)).to_have_text("50 %")
    await page.get_by_role("button", name="Fit page").click()
    assert (await box(page.locator(".viewer .sheet")))["height"] == pytest.approx(sheet["height"], abs=1)


async def test_viewer_zooms_under_the_pointer_and_pans(page: Page) -> None:
    """Ctrl and the wheel keep what is under the pointer there; dragging moves the page and pins nothing."""
    await page.get_by_role("button", name="Fit width").click()
    await page.get_by_role("button", name="Zoom in").click()
    x, y = await region_point(page, 2)
    await page.mouse.move(x, y)
    await page.keyboard.down("Control")
    await page.mouse.wheel(0, -60)
    await page.keyboard.up("Control")
    await expect(percent(page)).not_to_have_text("125 %")
    assert await region_point(page, 2) == pytest.approx((x, y), abs=2)
    await page.mouse.down()
    await page.mouse.move(x - 60, y - 40, steps=4)
    await page.mouse.up()
    assert await region_point(page, 2) == pytest.approx((x - 60, y - 40), abs=3)
    assert ["pin", 2] not in await said(page)


async def test_viewer_pinch_zooms(browser: Browser, desk: Served, tmp_path: Path) -> None:
    """On a phone two fingers enlarge the page, not the window; it is never wider than the screen."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.set_default_timeout(60_000)
    try:
        page = await context.new_page()
        await opened(page, desk, tmp_path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await well(page).scroll_into_view_if_needed()
        before, (x, y) = await width(page), await middle(page.locator(".viewer .sheet"))
        touch = await context.new_cdp_session(page)
        for kind, apart in (("touchStart", 40), ("touchMove", 60), ("touchMove", 80), ("touchEnd", 0)):
            points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}] if apart else []
            await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        async with asyncio.timeout(60):
            while await width(page) != pytest.approx(2 * before, rel=0.1):
                pass
        assert await page.evaluate("visualViewport.scale") == 1
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    finally:
        await context.close()


async def test_viewer_keys(page: Page) -> None:
    """With the focus in the viewer, keys zoom and turn pages; an arrow moves a page that is larger than its place."""
    title = page.locator(".viewer .title")
    await well(page).focus()
    for key, number in (("ArrowRight", 2), ("PageDown", 3), ("PageUp", 2), ("Home", 1), ("End", 3), ("ArrowUp", 2)):
        await page.keyboard.press(key)
        await expect(title).to_have_text(f"paper.pdf, page {number}")
    for key in ("+", "+", "-"):
        await page.keyboard.press(key)
    assert await width(page) > 1
    await page.keyboard.press("ArrowDown")
    await page.wait_for_function("document.querySelector('.viewer .well').scrollTop > 0")
    await expect(title).to_have_text("paper.pdf, page 2")
    await page.keyboard.press("0")
    await expect(page.get_by_role("button", name="Fit page")).to_have_attribute("aria-pressed", "true")


async def test_viewer_legend_hides_labels(page: Page) -> None:
    """One chip for each label with its count; pressing it hides that label's boxes, on the next page too."""
    chips = page.get_by_role("group", name="Labels").get_by_role("button")
    assert [await chip.get_attribute("aria-label") for chip in await chips.all()] == ["title, 1", "text, 3", "image, 1"]
    await chips.nth(1).click()
    await expect(chips.nth(1)).to_have_attribute("aria-pressed", "false")
    visible = [await one.is_visible() for one in await regions(page).all()]
    assert visible == [label != "text" for label in LABELS]
    await page.get_by_role("button", name="Next page").click()
    await expect(page.locator(".viewer .title")).to_have_text("paper.pdf, page 2")
    await expect(page.locator(".region:not(.off)")).to_have_count(2)
    await chips.nth(1).click()
    await expect(page.locator(".region:not(.off)")).to_have_count(5)
    await page.get_by_role("checkbox", name="Regions").uncheck()
    assert not any([await one.is_visible() for one in await regions(page).all()])


async def test_viewer_hover_and_pin_are_told(page: Page) -> None:
    """Hovering lights a region up, the smallest there; a click pins it, Escape or another page lets it go."""
    await said(page)
    await page.mouse.move(*await region_point(page, 1))
    await expect(regions(page).nth(1)).to_have_class("region kind-text lit")
    await page.mouse.move(*await region_point(page, 4))
    await page.mouse.click(*await region_point(page, 4))
    await expect(regions(page).nth(4)).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_role("group", name="Pinned region")).to_contain_text("text")
    await page.mouse.move(5, 700)
    await expect(regions(page).nth(4)).to_have_class("region kind-text lit")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("group", name="Pinned region")).to_be_hidden()
    assert await said(page) == [["hover", 1], ["hover", 4], ["pin", 4], ["hover", None], ["pin", None]]
    await page.mouse.click(*await region_point(page, 0))
    await page.get_by_role("button", name="Next page").click()
    await expect(page.get_by_role("group", name="Pinned region")).to_be_hidden()
    assert (await said(page))[-1] == ["pin", None]


async def test_viewer_follows_the_text(page: Page) -> None:
    """What the text says of a region lights its box up and brings it into view, and is not said back."""
    tell = "detail => document.dispatchEvent(new CustomEvent('pl:region', { detail: { from: 'text', ...detail } }))"
    await page.get_by_role("button", name="Fit width").click()
    for _ in range(3):
        await page.get_by_role("button", name="Zoom in").click()
    await said(page)
    assert await well(page).evaluate("node => { node.scrollTo(0, 0); return node.scrollTop; }") == 0
    await page.evaluate(tell, {"index": 3, "kind": "hover"})
    await expect(regions(page).nth(3)).to_have_class("region kind-figure lit")
    await expect(regions(page).nth(3).locator(".box")).to_be_in_viewport()
    await page.evaluate(tell, {"index": 3, "kind": "pin"})
    await page.evaluate(tell, {"index": None, "kind": "hover"})
    await expect(regions(page).nth(3)).to_have_attribute("aria-pressed", "true")
    await page.evaluate(tell, {"index": 99, "kind": "pin"})
    await expect(regions(page).nth(3)).to_have_attribute("aria-pressed", "false")
    assert await said(page) == []


async def test_viewer_copies_the_text_of_a_region(page: Page, context: BrowserContext) -> None:
    """Of the pinned region, and nothing else."""
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.mouse.click(*await region_point(page, 2))
    await page.get_by_role("button", name="Copy text").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert (await page.evaluate("navigator.clipboard.readText()")).strip() == "Second words."


async def test_viewer_opens_figures_large(page: Page) -> None:
    """As a dialog that Escape closes; the region stays pinned, and other regions have no such button."""
    at = await box(regions(page).nth(3).locator(".box"))
    await page.mouse.click(at["x"] + 10, at["y"] + 10)
    await page.get_by_role("button", name="Open large", exact=True).click()
    figure = page.get_by_role("dialog", name="Figure").get_by_role("img")
    await expect(figure).to_be_visible()
    await page.wait_for_function("document.querySelector('dialog.large img').naturalWidth > 800")
    assert (await box(figure))["width"] > DESKTOP["width"] / 2
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Figure")).to_be_hidden()
    await expect(page.get_by_role("group", name="Pinned region")).to_contain_text("image")
    await page.mouse.click(*await region_point(page, 1))
    await expect(page.get_by_role("button", name="Open large", exact=True)).to_be_hidden()


async def test_viewer_regions_by_keyboard(page: Page) -> None:
    """Tab reaches the regions once, arrows go along them, Enter pins; a hidden label is passed over."""
    await page.get_by_role("button", name="title, 1").click()
    await well(page).focus()
    await page.keyboard.press("Tab")
    await expect(regions(page).nth(1)).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await expect(regions(page).nth(2)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(regions(page).nth(2)).to_have_attribute("aria-pressed", "true")
    await expect(regions(page).nth(2)).to_have_attribute("aria-description", "Second words.")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Copy text")).to_be_focused()


async def test_viewer_shows_no_page_under_another_pages_boxes(page: Page) -> None:
    """Until the next page's image has come, the sheet is white: the last one would stand under the wrong boxes."""
    come = asyncio.Event()

    async def held(route: Route) -> None:
        await come.wait()
        await route.continue_()

    await page.route(re.compile(r"/0-2-\d+x"), held)
    await page.get_by_role("button", name="Next page").click()
    image = page.locator(".sheet img")
    await expect(image).to_have_attribute("alt", "paper.pdf, page 2")
    await expect(image).to_be_hidden()
    come.set()
    await expect(image).to_be_visible()


async def test_viewer_on_the_whole_screen(page: Page) -> None:
    """By its button and by `f`; the page has all of the screen, and the keys go on working."""
    button = page.get_by_role("button", name="Full screen")
    before = await box(well(page))
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    viewer = await box(page.get_by_role("region", name="Page", exact=True))
    assert (viewer["width"], (await box(well(page)))["width"]) == (DESKTOP["width"], DESKTOP["width"])
    await well(page).focus()
    await page.keyboard.press("PageDown")
    await expect(page.locator(".viewer .title")).to_have_text("paper.pdf, page 2")
    await page.keyboard.press("f")
    await expect(button).to_have_attribute("aria-pressed", "false")
    assert (await box(well(page)))["width"] == before["width"]


async def test_viewer_turns_a_page(page: Page) -> None:
    """By quarters, its regions with it; it stays so after a reload, and other pages are not turned."""
    sheet = page.locator(".viewer .sheet")
    upright, title = await box(sheet), await box(regions(page).nth(0).locator(".box"))
    await page.get_by_role("button", name="Turn", exact=True).click()
    await expect(sheet).to_have_css("aspect-ratio", re.compile(r"^15\d\d / 10\d\d$"))
    turned, there = await box(sheet), await box(regions(page).nth(0).locator(".box"))
    assert turned["width"] > turned["height"]
    assert there["width"] < there["height"]
    scale = turned["width"] / upright["height"]
    to_the_right = (title["y"] - upright["y"]) * scale
    assert turned["x"] + turned["width"] - there["x"] - there["width"] == pytest.approx(to_the_right, abs=2)
    await page.mouse.move(*await region_point(page, 0))
    await expect(regions(page).nth(0)).to_have_class("region kind-heading lit")
    await expect(tags(page)).to_have_text("title")
    await page.reload()
    await expect(regions(page)).to_have_count(5)
    assert (await box(sheet))["width"] > (await box(sheet))["height"]
    await page.get_by_role("button", name="Next page").click()
    await expect(page.locator(".viewer .title")).to_have_text("paper.pdf, page 2")
    assert (await box(sheet))["width"] < (await box(sheet))["height"]


async def test_viewer_reads_a_page_as_it_is_turned(page: Page) -> None:
    """Its image comes turned from then on, and the page says how it was read; `r` turns it as the button does."""
    await well(page).focus()
    await page.keyboard.press("r")
    sheet = page.locator(".viewer .sheet")
    await expect(page.locator(".viewer .turner")).to_have_css("rotate", "90deg")
    await page.get_by_text("Read page again with…").click()
    await page.get_by_role("button", name="Read page again", exact=True).click()
    await expect(page.get_by_role("group", name="State of this page")).to_contain_text("rotated by 90°")
    await expect(page.locator(".viewer .turner")).to_have_css("rotate", "none")
    await expect(page.locator(".sheet img")).to_have_attribute("src", re.compile(r"-90\."))
    assert (await box(sheet))["width"] > (await box(sheet))["height"]


MARKS = (
    "![title](100,40,900,90) A Title\n\n![page_number](100,92,900,120) 7\n\n"
    "![table](100,121,900,400) <table><tr><td>1</td></tr></table>\n\n![caption](100,450,900,480) With room above."
)
"""Regions with room around them, and one between two others."""


def tags(page: Page) -> Locator:
    """The names of regions that are drawn on the page."""
    return page.locator(".sheet .tag:not(.nowhere)")


async def test_viewer_names_lie_on_no_ink(context: BrowserContext, renderer: Renderer, tmp_path: Path) -> None:
    """At rest no name is on the page; that of the region pointed at is, beside the ink, and it is lit in the legend."""
    with served(ScriptedReader([[MARKS]]), renderer) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, pdf(tmp_path / "marks.pdf", text_page(1, lines=30)))
        await page.get_by_role("button", name="marks.pdf page 1: waiting").wait_for()
        await read(page)
        await expect(regions(page)).to_have_count(4)
        await expect(page.locator(".sheet img")).to_be_visible()
        await expect(tags(page)).to_have_count(0)
        for zoom in ("Fit page", "Fit width", "Zoom in"):
            await page.get_by_role("button", name=zoom).click()
            for index, name in enumerate(("title", "page number", "table", "caption")):
                await regions(page).nth(index).locator(".box").scroll_into_view_if_needed()
                await page.mouse.move(*await region_point(page, index))
                chip = page.get_by_role("group", name="Labels").get_by_role("button", name=f"{name}, 1")
                await expect(chip).to_have_class(re.compile(r"\blit\b"))
                if await tags(page).count():
                    await expect(tags(page)).to_have_text(name)
                    assert await contrast_under(page, tags(page)) < 40
            labels = page.get_by_role("group", name="Labels")
            await expect(labels).not_to_have_js_property("scrollLeft", 0)  # to show the last of them
            await page.mouse.move(5, 700)
            await expect(page.locator(".sheet .tag")).to_have_count(0)
            await expect(labels).to_have_js_property("scrollLeft", 0)
        await page.get_by_role("button", name="Fit page").click()
        await page.mouse.move(*await region_point(page, 0))
        await expect(tags(page)).to_have_text("title")


@pytest.mark.parametrize("comes", [True, False])
async def test_viewer_names_wait_for_the_image(
    context: BrowserContext, renderer: Renderer, tmp_path: Path, comes: bool
) -> None:
    """No name is placed by the ink of the page before; without an image its words are there in place of it."""
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await (route.continue_() if comes else route.abort())

    path = pdf(tmp_path / "two.pdf", *[text_page(number, lines=8) for number in (1, 2)])
    with served(ScriptedReader([[MARKS]]), renderer) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, path)
        await page.get_by_role("button", name="two.pdf page 2: waiting").wait_for()
        await read(page)
        await page.get_by_role("button", name="two.pdf page 2: done").wait_for()
        await page.route("**/*.png", hold)
        await page.get_by_role("button", name="two.pdf page 2: done").click()
        await expect(page.locator(".viewer .title")).to_have_text("two.pdf, page 2")
        await expect(regions(page)).to_have_count(4)
        await page.mouse.move(*await region_point(page, 0))
        await expect(page.locator(".sheet .tag")).to_have_text("title")
        await expect(page.locator(".sheet .tag")).to_be_hidden()
        image = page.get_by_role("img", name="two.pdf, page 2")
        await expect(image).to_be_hidden()
        held.set()
        await expect(image).to_be_visible()
        await expect(page.locator(".sheet .tag")).to_be_visible(visible=comes)


async def contrast_under(page: Page, tag: Locator) -> int:
    """How far the brightness varies where the name lies, 0 to 255, without the name and the marks."""
    at = await box(tag)
    clip = {"x": at["x"] + 1, "y": at["y"] + 1, "width": at["width"] - 2, "height": at["height"] - 2}
    bare = ".sheet .tags, .sheet .regions, .sheet .words { visibility: hidden }"
    picture = await page.screenshot(clip=clip, style=bare)  # type: ignore[arg-type]
    least, most = Image.open(io.BytesIO(picture)).convert("L").getextrema()
    return int(most) - int(least)  # type: ignore[arg-type]


async def test_viewer_names_the_region_that_is_written(
    context: BrowserContext, renderer: Renderer, tmp_path: Path
) -> None:
    """While a page is read, the region whose text arrives is named; once it is done, none is."""
    go = asyncio.Event()

    async def held() -> None:
        await go.wait()

    loops: list[asyncio.AbstractEventLoop] = []

    async def noted() -> None:
        loops.append(asyncio.get_running_loop())

    turns = ["![title](100,40,900,90) A Title\n\n![page_number](450,920,550,950) 7", noted, held, " of 9"]
    with served(ScriptedReader([turns]), renderer) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, pdf(tmp_path / "one.pdf", text_page(1, lines=8)))
        await page.get_by_role("button", name="one.pdf page 1: waiting").wait_for()
        await read(page)
        await expect(tags(page)).to_have_text("page number")
        loops[0].call_soon_threadsafe(go.set)
        await page.get_by_role("button", name="one.pdf page 1: done").wait_for()
        await expect(page.locator(".sheet .tag")).to_have_count(0)


async def test_viewer_legend_outlines_its_regions(page: Page) -> None:
    """Pointing at a label, or reaching it with Tab, outlines its regions: which they are is told without colours."""
    chip = page.get_by_role("group", name="Labels").get_by_role("button", name="text, 3")
    outlined = "all => all.map(one => getComputedStyle(one).strokeOpacity > 0)"
    boxes = page.locator(".region .box")
    assert await boxes.evaluate_all(outlined) == [False] * 5
    await chip.hover()
    assert await boxes.evaluate_all(outlined) == [label == "text" for label in LABELS]
    await page.mouse.move(5, 700)
    assert await boxes.evaluate_all(outlined) == [False] * 5
    await chip.focus()
    assert await boxes.evaluate_all(outlined) == [label == "text" for label in LABELS]
