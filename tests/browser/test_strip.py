"""The strip of pages: a thumbnail and a state for each, made only for those in view."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from ocr.documents.renderer import Renderer
from ocr.errors import Refused, Unreachable
from ocr.types import Finish
from tests.browser.conftest import WHOLE_RUN, add, read, visit
from tests.documents.papers import pdf, text_page
from tests.web.conftest import LIGHTON
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of a thousand pages."""
    return pdf(tmp_path_factory.mktemp("pdf") / "book.pdf", *[text_page(number, 2) for number in range(1, 1001)])


def thumb(page: Page, number: int) -> Locator:
    return page.get_by_role("button", name=re.compile(f"page {number}: "))


async def numbers_with_pictures(page: Page) -> list[int]:
    shown = "[...document.querySelectorAll('.thumb')].filter(one => one.querySelector('img')?.naturalWidth)"
    return list(await page.evaluate(f"{shown}.map(one => one.number)"))


async def test_strip_of_a_thousand_pages_makes_what_is_in_view(page: Page, app: Served, book: Path) -> None:
    """Only pages near the view get a thumbnail, wherever one scrolls to; the others are there, with their state."""
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if request.url.endswith("-small.jpg") else None)
    await add(page, book)
    await expect(thumb(page, 1000)).to_have_accessible_name("book.pdf page 1000: waiting")
    await expect(page.get_by_role("group", name="Pages of book.pdf").get_by_role("button")).to_have_count(1000)
    seen = "number => document.querySelectorAll('.thumb')[number - 1].querySelector('img')?.naturalWidth"
    await page.wait_for_function(seen, arg=1)
    await thumb(page, 700).click()
    await page.wait_for_function(seen, arg=700)
    await expect(page.locator(".viewer .title")).to_have_text("book.pdf, page 700")
    await expect(thumb(page, 700)).to_have_attribute("aria-current", "page")
    made = await numbers_with_pictures(page)
    assert all(number < 30 or 680 < number < 720 for number in made)
    assert len(set(fetched)) == len(fetched) < 60


async def test_strip_keys(page: Page, long: Path) -> None:
    """One stop for Tab; arrows, Home and End go along the strip and show the page they rest on."""
    await add(page, long)
    await thumb(page, 1).wait_for()
    await expect(page.locator(".strip [tabindex='0']")).to_have_count(1)
    await thumb(page, 1).focus()
    title = page.locator(".viewer .title")
    for key, number in (("ArrowDown", 2), ("ArrowRight", 3), ("End", 12), ("ArrowUp", 11), ("Home", 1)):
        await page.keyboard.press(key)
        await expect(thumb(page, number)).to_be_focused()
        await expect(thumb(page, number)).to_be_in_viewport()
        await expect(title).to_have_text(f"long.pdf, page {number}")
    await expect(page.locator(".strip [tabindex='0']")).to_have_count(1)


async def test_strip_tells_states_in_words(browser: Browser, renderer: Renderer, tmp_path: Path) -> None:
    """Under each thumbnail; a page that was asked for again says so, and how many are read stands above."""
    path = pdf(tmp_path / "five.pdf", *[text_page(number, 3) for number in range(1, 6)])
    # a family that is asked once for each page, whatever its answer
    script = [[Unreachable("It is away.", "")], ["text"], [], ["cut", Finish.LENGTH], ["x", Finish.REPETITION],
              [Refused("No.", "Do this.")]]  # fmt: skip
    with served(ScriptedReader(script, names=("tesseract",)), renderer, replace(LIGHTON, concurrency=1)) as app:  # type: ignore[arg-type]
        context = await browser.new_context(viewport={"width": 1280, "height": 800})
        try:
            page = await context.new_page()
            await visit(page, app)
            await add(page, path)
            await thumb(page, 5).wait_for()
            await read(page)
            await page.get_by_role("button", name="Download Markdown").wait_for(timeout=WHOLE_RUN)
            for number, word in enumerate(("2 places", "blank", "cut off", "repeating", "failed"), start=1):
                await expect(thumb(page, number)).to_contain_text(word)
            await expect(thumb(page, 1)).to_have_accessible_name("five.pdf page 1: done, attempt 2")
            await expect(thumb(page, 1)).to_contain_text("↻ 2")
            await expect(page.get_by_role("navigation", name="Pages")).to_contain_text("4 of 5 read")
        finally:
            await context.close()


async def test_strip_lies_above_the_page_on_a_phone(context: BrowserContext, app: Served, long: Path) -> None:
    """There it is a row, which scrolls by itself."""
    page = await context.new_page()
    await page.set_viewport_size({"width": 390, "height": 844})
    await visit(page, app)
    await add(page, long)
    await thumb(page, 12).wait_for()
    strip, sheet = page.get_by_role("navigation", name="Pages"), page.get_by_role("img", name="long.pdf, page 1")
    above, below = await strip.bounding_box(), await sheet.bounding_box()
    first, second = await thumb(page, 1).bounding_box(), await thumb(page, 2).bounding_box()
    assert above and below and first and second
    assert above["y"] + above["height"] <= below["y"]
    assert (first["y"], first["x"] < second["x"]) == (second["y"], True)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_strip_shows_the_page_shown_after_a_reload(context: BrowserContext, app: Served, long: Path) -> None:
    """The strip is there before it is on the screen; the page that is looked at is in view all the same."""
    page = await context.new_page()
    await visit(page, app)
    await add(page, long)
    await thumb(page, 12).wait_for(state="attached")
    await thumb(page, 12).click()
    await expect(page.locator(".viewer .title")).to_have_text("long.pdf, page 12")
    for size in ({"width": 1280, "height": 800}, {"width": 390, "height": 844}):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        await page.reload()
        await expect(thumb(page, 12)).to_have_attribute("aria-current", "page")
        strip = page.get_by_role("navigation", name="Pages")
        await strip.scroll_into_view_if_needed()
        await expect(thumb(page, 12)).to_be_in_viewport()


async def test_strip_of_several_documents(page: Page, long: Path, letter: Path) -> None:
    """Each has its own; a press on a file's name shows its first page; a file that is removed takes its pages along."""
    await add(page, letter, long)
    await page.get_by_role("button", name="long.pdf page 12: waiting").wait_for()
    files = page.get_by_role("list", name="Files")
    await files.get_by_role("button", name="long.pdf", exact=True).click()
    await expect(page.locator(".viewer .title")).to_have_text("long.pdf, page 1")
    await page.get_by_role("button", name="Remove long.pdf").click()
    await expect(page.get_by_role("group", name="Pages of long.pdf")).to_have_count(0)
    await expect(page.locator(".viewer .title")).to_have_text("letter.pdf, page 1")
    await expect(page.get_by_role("button", name="letter.pdf page 1: waiting")).to_have_attribute(
        "aria-current", "page"
    )


def pages_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Pages")


async def test_strip_leaves_pages_out(page: Page, long: Path) -> None:
    """By × and by Delete; the Pages field says so, and what is typed there is shown in the list."""
    await add(page, long)
    await thumb(page, 5).wait_for()
    await thumb(page, 2).hover()
    await page.get_by_role("button", name="Leave out long.pdf page 2").click()
    await expect(thumb(page, 2)).to_have_accessible_name("long.pdf page 2: waiting, left out")
    await expect(thumb(page, 2)).to_contain_text("left out")
    await expect(pages_field(page)).to_have_value("1,3-12")
    await thumb(page, 1).focus()
    await page.keyboard.press("Delete")
    await expect(pages_field(page)).to_have_value("3-12")
    await expect(page.get_by_role("button", name="Take in long.pdf page 1")).to_be_visible()
    await page.keyboard.press("Delete")
    await expect(pages_field(page)).to_have_value("1,3-12")
    await pages_field(page).fill("2,11-")
    await expect(thumb(page, 1)).to_have_accessible_name("long.pdf page 1: waiting, left out")
    await expect(thumb(page, 2)).to_have_accessible_name("long.pdf page 2: waiting")
    await page.get_by_role("button", name="9 left out").click()
    await expect(pages_field(page)).to_have_value("")
    await expect(page.locator(".thumb.left-out")).to_have_count(0)


async def test_strip_shift_chooses_a_range(page: Page, long: Path) -> None:
    """From the page chosen to the one that is clicked or reached with an arrow: those are read, the others not."""
    await add(page, long)
    await thumb(page, 4).wait_for()
    await thumb(page, 2).click()
    await expect(page.locator(".viewer .title")).to_have_text("long.pdf, page 2")
    await thumb(page, 4).click(modifiers=["Shift"])
    await expect(pages_field(page)).to_have_value("2-4")
    await expect(thumb(page, 5)).to_have_accessible_name("long.pdf page 5: waiting, left out")
    await thumb(page, 3).click()
    await page.keyboard.press("Shift+ArrowDown")
    await expect(pages_field(page)).to_have_value("3-4")
    await read(page)
    await page.get_by_role("button", name="long.pdf page 4: done").wait_for(timeout=WHOLE_RUN)
    await page.get_by_role("button", name="long.pdf page 3: done").wait_for(timeout=WHOLE_RUN)
    await page.get_by_role("button", name="Download Markdown").wait_for(timeout=WHOLE_RUN)
    await expect(thumb(page, 2)).to_have_accessible_name("long.pdf page 2: waiting, left out")


async def test_strip_leaves_out_pages_of_several_documents(page: Page, long: Path, letter: Path) -> None:
    """Each document has its own; the field says how many there are, a reload keeps it, and nothing else is read."""
    await add(page, letter, long)
    await page.get_by_role("button", name="long.pdf page 3: waiting").wait_for()
    await page.get_by_role("button", name="long.pdf page 1: waiting").click()
    await page.get_by_role("button", name="long.pdf page 1: waiting").click(modifiers=["Shift"])
    await expect(pages_field(page)).to_have_attribute("placeholder", "1 of 13, see the page list")
    await page.reload()
    left_out = page.get_by_role("button", name="letter.pdf page 1: waiting, left out")
    await left_out.wait_for()
    await expect(pages_field(page)).to_have_attribute("placeholder", "1 of 13, see the page list")
    await read(page)
    await page.get_by_role("button", name="long.pdf page 1: done").wait_for(timeout=WHOLE_RUN)
    await page.get_by_role("button", name="Download Markdown").wait_for(timeout=WHOLE_RUN)
    await expect(left_out).to_be_attached()
    await pages_field(page).fill("1")
    await expect(page.get_by_role("button", name="letter.pdf page 1: waiting, left out")).to_have_count(0)


async def test_strip_marks_the_pages_that_were_corrected(
    context: BrowserContext, renderer: Renderer, tmp_path: Path
) -> None:
    """By a sign, by a word and in the button's label, until the correction is taken back."""
    path = pdf(tmp_path / "two.pdf", text_page(1, 1), text_page(2, 1))
    lines = [[f"Page {number}, line 0, and words to fill the line with"] for number in (1, 2)]
    with served(ScriptedReader(lines), renderer, replace(LIGHTON, concurrency=1)) as app:  # type: ignore[arg-type]
        page = await context.new_page()
        await visit(page, app)
        await add(page, path)
        await read(page)
        await expect(thumb(page, 2)).to_have_accessible_name("two.pdf page 2: done")
        await page.get_by_role("region", name="Text of this page").get_by_text("words to fill").dblclick()
        field = page.get_by_label("Markdown of the paragraph")
        await field.fill("Page 1, line 0, and words to fill the line with!")  # only letters and digits are compared
        await field.press("Control+Enter")
        await expect(thumb(page, 1)).to_have_accessible_name("two.pdf page 1: done, corrected")
        await expect(thumb(page, 1)).to_have_attribute("title", "Page 1: done, corrected")
        await expect(thumb(page, 1)).to_contain_text("corrected")
        await expect(thumb(page, 1).locator(".by-hand")).to_be_visible()
        await expect(thumb(page, 2)).to_have_accessible_name("two.pdf page 2: done")
        await expect(thumb(page, 2).locator(".by-hand")).to_be_hidden()
        await page.get_by_role("button", name="Undo", exact=True).click()
        await expect(thumb(page, 1)).to_have_accessible_name("two.pdf page 1: done")
        await expect(thumb(page, 1).locator(".by-hand")).to_be_hidden()
