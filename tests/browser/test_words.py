"""The words of a page: lit in the text and on the page together, found, and marked where the two differ."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from ocr.documents.renderer import Renderer
from ocr.grounding.page_verifier import grounded_result
from ocr.page_words import WordSource
from ocr.types import PageId
from ocr.web.state.page_state import PageState
from ocr.web.state.verified_text import VerifiedText, place_id
from tests.browser.conftest import DESKTOP, Witness, add, read, view, visit
from tests.browser.test_accessibility import complaints
from tests.documents.papers import pdf
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

TITLE = ((100, "On the keeping of street lamps"),)
OIL = (
    (140, "Every lamp is trimmed at noon by the keeper, who notes the oil it took,"),
    (158, "in all 12.5 litres for the 48 lamps of the harbour and the upper town."),
)
GLASS = (
    (200, "Glass that has cracked in the frost is replaced before the next evening,"),
    (218, "and the old panes are counted and sent back to the glazier every month."),
)
WICKS = (
    (260, "The wicks are cut on Mondays. Where a wick burns unevenly the keeper"),
    (278, "turns it by a quarter and looks again after the second hour of the night."),
)
BOOK = (
    (320, "A lamp that went out is entered in the book with its number and the hour,"),
    (338, "so that the engineer can tell a bad lot of oil from a draughty corner."),
)
TABLE = ((380, "Eastern quay   19 lamps"),)
BURNING = ((420, "The burning constant Km is written on the lid of each lamp."),)
"""Lines of a page: distance from its top in points, and the words there."""

_DRAWN = (
    f"1 0 0 1 72 {842 - top} Tm ({words}) Tj" for top, words in TITLE + OIL + GLASS + WICKS + BOOK + TABLE + BURNING
)
PAGE = f"BT /F 13 Tf {' '.join(_DRAWN)} ET".encode()


def _region(label: str, lines: tuple[tuple[int, str], ...], markdown: str = "") -> str:
    """What a model writes of these lines; `markdown` where it is not their words as they are."""
    top, bottom = round((lines[0][0] - 14) / 0.842), round((lines[-1][0] + 6) / 0.842)
    return f"![{label}](110,{top},910,{bottom}) {markdown or ' '.join(words for _, words in lines)}"


ANSWER = "\n\n".join((
    _region("title", TITLE),
    _region("text", OIL, f"{OIL[0][1]} and how the weather had been, in all **12.8** litres for the 48 lamps "
            "of the [harbour](https://harbour.example) and the upper town."),
    _region("text", BOOK),
    _region("text", WICKS),
    _region("table", TABLE, "<table><tr><td>Eastern quay</td><td>19 lamps</td></tr></table>"),
    _region("text", BURNING, BURNING[0][1].replace("Km", "$K_m$")),
))  # fmt: skip
"""As a model might read the page, with one fault of each kind: made up, misread, left out (the glass), exchanged."""

KINDS = ["unsupported", "differs", "missing", "moved"]


@pytest.fixture(scope="module")
def desk(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([[ANSWER]]), renderer) as app:
        yield app


@pytest.fixture(scope="module")
async def tab(
    browser: Browser, desk: Served, renderer: Renderer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Page]:
    """A tab with the page in it, read and compared with its words."""
    context = await browser.new_context(viewport=DESKTOP, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    page = await context.new_page()
    witness = Witness(urlsplit(desk.url).netloc)
    witness.watch(page)
    await visit(page, desk)
    await add(page, pdf(tmp_path_factory.mktemp("pdf") / "lamps.pdf", PAGE))
    await page.get_by_role("button", name="lamps.pdf page 1: waiting").wait_for()
    await read(page)
    await page.get_by_role("button", name="lamps.pdf page 1: done").wait_for()
    await verify(page, desk, renderer)
    yield page
    assert (witness.outside, witness.complaints) == ([], [])
    await context.close()


@pytest.fixture
async def page(tab: Page) -> Page:
    """The tab with nothing pointed at, pinned, chosen or looked for."""
    await tab.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    await tab.mouse.move(5, 5)
    await tab.keyboard.press("Escape")
    await tab.evaluate("getSelection().removeAllRanges()")
    await tab.evaluate(CHOOSE, None)
    field = tab.get_by_role("searchbox", name="Search all pages")
    if await field.input_value():
        await field.fill("")
        await expect(tab.locator(".words .hits rect")).to_have_count(0)
    await tab.get_by_role("button", name="Fit page").click()
    await expect(tab.locator(".words .lit rect")).to_have_count(0)
    return tab


def state_of(app: Served) -> PageState:
    """The page that the tab shows."""
    (session,) = [one for one in app.desk.sessions._tabs.values() if one.uploads]
    return session.pages[PageId(0, 1)]


async def verify(page: Page, app: Served, renderer: Renderer) -> None:
    """Compare the page with its words, and have the tab learn of it."""
    (server,) = app.desk.web.servers

    async def compared() -> None:
        (session,) = [one for one in app.desk.sessions._tabs.values() if one.uploads]
        state, document = state_of(app), session.uploads[0].document
        assert document and state.result
        layer = await renderer.text_layer(document, 1, 0)
        result = grounded_result(state.result, layer.words, WordSource.TEXT_LAYER)
        assert result.check
        state.verified = VerifiedText(result.words, result.check)

    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(compared(), server.get_loop()))
    await redraw(page)
    await expect(marks(page)).not_to_have_count(0)


async def redraw(page: Page) -> None:
    """Have the tab receive its values anew."""
    await page.get_by_role("tab", name="Raw").click()
    await page.get_by_role("tab", name="Text").click()


CHOOSE = "index => document.dispatchEvent(new CustomEvent('pl:finding', { detail: { index, from: 'test' } }))"
HIGHLIGHTED = "name => [...(CSS.highlights.get(name) ?? [])].map(String)"
POINT = """words => {
    const walker = document.createTreeWalker(document.querySelector(".page-text"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const at = walker.currentNode.data.indexOf(words);
        if (at < 0) continue;
        const range = new Range();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + words.length);
        const { left, right, top, bottom } = range.getBoundingClientRect();
        return [(left + right) / 2, (top + bottom) / 2];
    }
}"""
"""The middle of these words in the text."""


def marks(page: Page) -> Locator:
    """The places that are marked in the text."""
    return page.get_by_role("region", name="Text of this page").locator(".finding")


def lit(page: Page) -> Locator:
    return page.locator(".words .lit rect")


async def point_at(page: Page, words: str) -> None:
    """Move the pointer on these words of the text."""
    await page.mouse.move(*await page.evaluate(POINT, words))


async def place(page: Page, app: Served, word: str) -> tuple[float, float]:
    """Where a word of the text is on the screen's image of the page, in the middle of its first box."""
    verified = state_of(app).verified
    assert verified
    left, top, right, bottom = next(one.boxes[0] for one in verified.words if one.text == word)
    sheet = await page.locator(".viewer .sheet").bounding_box()
    assert sheet
    return sheet["x"] + sheet["width"] * (left + right) / 2000, sheet["y"] + sheet["height"] * (top + bottom) / 2000


async def middle(locator: Locator) -> tuple[float, float]:
    box = await locator.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize(
    ("shown", "word"),
    [("keeper", "keeper,"), ("12.8", "12.8"), ("harbour", "harbour"), ("quay", "quay"), ("K", "K_m")],
    ids=["plain", "bold and otherwise", "link", "cell", "formula"],
)
async def test_words_under_the_pointer_are_lit_on_both_sides(page: Page, desk: Served, shown: str, word: str) -> None:
    """A word of the text at its place on the page, and a word of the page in the text, at any zoom."""
    await point_at(page, shown)
    await expect(lit(page)).to_have_count(1)
    assert await middle(lit(page)) == pytest.approx(await place(page, desk, word), abs=2)
    await page.mouse.move(5, 5)
    await expect(lit(page)).to_have_count(0)
    await page.get_by_role("button", name="Zoom in").click()
    await page.mouse.move(*await place(page, desk, word))
    await expect(lit(page)).to_have_count(1)
    assert await middle(lit(page)) == pytest.approx(await place(page, desk, word), abs=2)
    (said,) = await page.evaluate(HIGHLIGHTED, "pl-word")
    assert said.startswith(shown)


async def test_words_that_are_clicked_on_the_page_are_brought_into_view(page: Page, desk: Served) -> None:
    """In a text that is longer than its room; the word stays lit until it is let go of."""
    await page.set_viewport_size({"width": DESKTOP["width"], "height": 420})
    await page.mouse.click(*await place(page, desk, "burning"))
    _, y = await page.evaluate(POINT, "burning")
    room = await page.locator(".tab-panel").first.bounding_box()
    assert room
    assert room["y"] < y < room["y"] + room["height"]
    await page.mouse.move(5, 5)
    assert await page.evaluate(HIGHLIGHTED, "pl-word") == ["burning"]
    await page.keyboard.press("Escape")
    assert await page.evaluate(HIGHLIGHTED, "pl-word") == []


async def test_words_that_are_selected_are_lit_on_the_page(page: Page, desk: Served) -> None:
    """The way of a keyboard and of a finger: each word of the selection, across paragraphs."""
    await page.get_by_role("heading", name="street lamps").dblclick()
    await expect(lit(page)).to_have_count(1)
    await page.get_by_role("region", name="Text of this page").focus()
    await page.keyboard.press("Control+a")
    verified = state_of(desk).verified
    assert verified
    await expect(lit(page)).to_have_count(sum(len(word.boxes) for word in verified.words))
    await page.evaluate("getSelection().removeAllRanges()")
    await page.keyboard.press("Escape")  # the double click has pinned its word too
    await expect(lit(page)).to_have_count(0)


async def test_words_that_are_found_are_marked_on_the_page(page: Page) -> None:
    """All of them in place of their regions, the current one in another way; Enter goes from one to the next."""
    field = page.get_by_role("searchbox", name="Search all pages")
    await field.fill("lamp")
    hits, now = page.locator(".words .hits rect"), page.locator(".words .hits .now")
    await expect(hits).to_have_count(6)
    await expect(now).to_have_count(1)
    await expect(page.locator(".region.hit")).to_have_count(0)
    first = await middle(now)
    await field.press("Enter")
    await field.press("Enter")
    assert (await middle(now))[1] > first[1]
    assert await page.evaluate("[...CSS.highlights.get('pl-hit')].length") == 1
    await field.press("Shift+Enter")
    await field.press("Shift+Enter")
    assert await middle(now) == first
    await field.press("Shift+Enter")
    assert (await middle(now))[1] > first[1], "before the first comes the last"


async def test_words_that_differ_are_marked_on_both_sides(page: Page) -> None:
    """Each kind as a button in the text that says what the page has; the page has a mark for each."""
    buttons = page.get_by_role("region", name="Text of this page").get_by_role("button")
    await expect(buttons).to_have_count(len(KINDS))
    assert [str(await one.get_attribute("class")).split()[1] for one in await buttons.all()] == KINDS
    made_up, misread, left_out, exchanged = await buttons.all()
    await expect(made_up).to_have_text("and how the weather had been")
    await expect(misread).to_have_accessible_name("12.8")
    await expect(misread).to_have_accessible_description("The page has: 12.5")
    await expect(left_out).to_have_accessible_name(f"Left out here: {GLASS[0][1]} {GLASS[1][1]}")
    await expect(exchanged).to_have_accessible_name("On the page, this stands above what comes before it here.")
    await expect(page.locator(".words .findings .finding")).to_have_count(len(KINDS))
    await expect(page.locator(".page-text .paragraph").nth(1)).to_contain_text(
        "took, and how the weather had been, in all"
    )


async def test_words_that_differ_are_chosen_on_either_side(page: Page) -> None:
    """By a click on the page, by a key in the text, or by whatever else tells of it; each is told once."""
    await page.evaluate("window.told = []; addEventListener('pl:finding', event => told.push(event.detail), true)")
    chosen, drawn = page.locator(".page-text .chosen"), page.locator(".words .chosen")
    await page.mouse.click(*await middle(page.locator(".words .missing .box")))
    await expect(chosen).to_have_class("finding missing chosen")
    await expect(drawn).to_have_class("finding missing chosen")
    await page.get_by_role("button", name="12.8").focus()
    await page.keyboard.press("Enter")
    await expect(drawn).to_have_class("finding differs chosen")
    assert await page.evaluate("told") == [{"index": 2, "from": "viewer"}, {"index": 1, "from": "text"}]
    await page.evaluate(CHOOSE, 3)
    await expect(chosen).to_have_class("finding moved chosen")
    (said,) = await page.evaluate(HIGHLIGHTED, "pl-chosen")
    assert said == " ".join(words for _, words in WICKS).rstrip(".")
    await page.evaluate(CHOOSE, None)
    await expect(drawn).to_have_count(0)
    await expect(page.get_by_role("group", name="Pinned region")).to_be_hidden()


async def test_words_that_are_settled_lose_their_marks(page: Page, desk: Served) -> None:
    """The text is then as it was, and its words are found in it as before."""
    state = state_of(desk)
    before = await page.get_by_role("region", name="Text of this page").inner_text()
    ids = {place_id(place) for place in state.places}
    try:
        state.dismissed |= ids
        await redraw(page)
        await expect(marks(page)).to_have_count(0)
        assert (
            await page.locator(".page-text .paragraph").nth(3).evaluate("node => node.firstChild.childNodes.length")
            == 1
        )
        await point_at(page, "12.8")
        await expect(lit(page)).to_have_count(1)
    finally:
        state.dismissed -= ids
        await redraw(page)
    await expect(marks(page)).to_have_count(len(KINDS))
    assert (await page.get_by_role("region", name="Text of this page").inner_text()).split() == before.split()


@pytest.mark.parametrize("width", [768, 390])
async def test_words_are_marked_where_they_stand_on_small_screens(page: Page, desk: Served, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 844})
    await view(page, "Page")
    await page.locator(".viewer .sheet").scroll_into_view_if_needed()
    x, y = await place(page, desk, "burning")
    await page.mouse.move(x, y)
    await expect(lit(page)).to_have_count(1)
    assert await middle(lit(page)) == pytest.approx(await place(page, desk, "burning"), abs=2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_words_marks_can_be_told_by_everybody(page: Page, scheme: Any) -> None:
    """Axe finds nothing serious, with a place chosen and words found."""
    await page.emulate_media(color_scheme=scheme)
    try:
        await page.get_by_role("searchbox", name="Search all pages").fill("oil")
        await expect(page.locator(".words .hits rect")).not_to_have_count(0)
        await page.evaluate(CHOOSE, 1)
        assert await complaints(page, scheme) == []
    finally:
        await page.emulate_media(color_scheme="light")
