"""The rail beside the page: whatever the files are called and however many there are, all of it can be used."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import add, read, tab_of, view
from tests.web.readers import ScriptedReader, forever
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

SIZES = [(1280, 800), (1280, 600), (768, 1024), (390, 844)]
LONG = "Quarterly_report_of_the_municipal_lamp_works_second_revision_with_all_its_annexes_scan_{:02}.pdf"


END = """button => {
    const texts = document.createTreeWalker(button, NodeFilter.SHOW_TEXT);
    let last;
    while (texts.nextNode()) last = texts.currentNode;
    const range = document.createRange();
    range.setStart(last, last.length - 10);
    range.setEnd(last, last.length);
    const [end, box] = [range.getBoundingClientRect(), button.getBoundingClientRect()];
    return [range.toString(), end.left >= box.left && end.right <= box.right + 1];
}"""
"""The last ten letters of a button, and whether they lie in it; what overflows it is not seen."""


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([["Read."]]), renderer) as app:
        yield app


def tab(browser: Browser, app: Served, size: tuple[int, int]) -> AbstractAsyncContextManager[Page]:
    return tab_of(browser, app, {"width": size[0], "height": size[1]})


def copies(letter: Path, folder: Path, count: int) -> list[Path]:
    return [Path(shutil.copy(letter, folder / LONG.format(number))) for number in range(count)]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_rail_holds_long_names(
    browser: Browser, app: Served, letter: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    """The end of a long name, its number of pages and its × are in the window; who hears the name hears all of it."""
    async with tab(browser, app, size) as page:
        (path,) = copies(letter, tmp_path, 1)
        await add(page, path)
        await page.get_by_role("button", name=f"{path.name} page 1: waiting").wait_for()
        await view(page, "Files")
        file = page.get_by_role("list", name="Files").get_by_role("listitem")
        for part in (file.get_by_text("1 page"), file.get_by_role("button", name=f"Remove {path.name}")):
            await expect(part).to_be_in_viewport(ratio=0.99)
        name = file.get_by_role("button", name=path.name, exact=True)
        assert await name.evaluate(END) == ["can_00.pdf", True]
        boxes = [await part.bounding_box() for part in (name, file.get_by_text("1 page"), file)]
        assert all(boxes)
        assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]  # type: ignore[index]
        assert boxes[2]["x"] + boxes[2]["width"] <= size[0]  # type: ignore[index]
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_rail_keeps_read_in_reach(
    browser: Browser, app: Served, letter: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    """With twenty files Read is in the window without scrolling, and the last file is a scroll of the files away."""
    async with tab(browser, app, size) as page:
        await add(page, *copies(letter, tmp_path, 20))
        files = page.get_by_role("list", name="Files").get_by_role("listitem")
        await page.locator(".thumb[aria-label*='_19.pdf page 1: waiting']").wait_for(state="attached")
        await page.locator(".viewer .title").filter(has_text="page 1").wait_for(state="attached")
        await view(page, "Files")
        await expect(files).to_have_count(20)
        button = page.get_by_role("button", name="Read", exact=True)
        await expect(button).to_be_in_viewport(ratio=0.99)
        await button.click(trial=True)
        await expect(files.last).not_to_be_in_viewport()
        await files.last.get_by_role("button").first.focus()
        await expect(files.last).to_be_in_viewport()
        await page.get_by_text("Advanced").click()
        await expect(button).to_be_in_viewport(ratio=0.99)


async def test_rail_counts_what_is_there(browser: Browser, app: Served, letter: Path, tmp_path: Path) -> None:
    """Once a file has been removed, the rail and the strip count the same pages."""
    async with tab(browser, app, SIZES[0]) as page:
        first, second = copies(letter, tmp_path, 2)
        await add(page, first, second)
        await page.get_by_role("button", name="_01.pdf page 1: waiting").wait_for()
        await read(page)
        rail, strip = page.get_by_role("region", name="Reading"), page.get_by_role("navigation", name="Pages")
        await expect(rail.get_by_role("status").filter(has_text="2 of 2 pages read")).to_be_visible()
        await expect(strip.get_by_text("1 of 1 read")).to_have_count(2)
        await page.get_by_role("button", name=f"Remove {first.name}").click()
        await expect(rail.get_by_role("status").filter(has_text="1 of 1 page read")).to_be_visible()
        await expect(strip.get_by_text("1 of 1 read")).to_have_count(1)
        await page.get_by_role("button", name=f"Remove {second.name}").click()
        await expect(rail.get_by_role("status").filter(has_text="read")).to_have_count(0)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_rail_and_strip_show_the_end_of_long_names(
    browser: Browser, app: Served, letter: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    """What tells two long names apart is seen in the strip, and in the result, in one line."""
    async with tab(browser, app, size) as page:
        first, second = copies(letter, tmp_path, 2)
        await add(page, first)
        await page.get_by_role("button", name="_00.pdf page 1: waiting").wait_for()
        await read(page)
        await page.get_by_role("button", name="_00.pdf page 1: done").wait_for()
        await view(page, "Files")
        result = page.get_by_role("group", name="Result")
        end = result.get_by_text("_00.pdf")
        await end.scroll_into_view_if_needed()
        await expect(end).to_be_in_viewport(ratio=0.99)
        outer, inner = await result.bounding_box(), await end.bounding_box()
        line = await result.locator(".file-name").bounding_box()
        assert outer and inner and line
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
        assert line["height"] < 2 * inner["height"]
        await add(page, second)
        await view(page, "Page")
        group = page.get_by_role("group", name=f"Pages of {second.name}")
        end = group.get_by_text("can_01.pdf")
        await end.scroll_into_view_if_needed()
        outer, inner = await group.bounding_box(), await end.bounding_box()
        assert outer and inner
        assert outer["x"] <= inner["x"]
        assert inner["x"] + inner["width"] <= max(outer["x"] + outer["width"], size[0])
        await expect(end).to_be_in_viewport(ratio=0.99)


async def scrolled(page: Page) -> AsyncIterator[None]:
    """The rail at its top, in the middle and at its end."""
    for share in (0, 0.5, 1):
        await page.locator("#pl-rail").evaluate(
            "(rail, share) => { rail.scrollTop = share * (rail.scrollHeight - rail.clientHeight); }", share
        )
        yield


@pytest.mark.parametrize("size", [(1280, 800), (768, 1024), (1920, 1080)], ids=str)
async def test_rail_keeps_what_is_to_be_pressed_and_the_state_in_view(
    browser: Browser, renderer: Renderer, letter: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Before, during and after a run over forty documents, wherever the rail is scrolled to."""
    reader = ScriptedReader([["Read."], ["It begins", forever]])
    with served(reader, renderer, library_dir=tmp_path / "library") as app:
        async with tab(browser, app, size) as page:
            await add(page, *copies(letter, tmp_path, 40))
            await page.locator(".thumb[aria-label*='_39.pdf']").wait_for(state="attached")
            await view(page, "Files")
            await page.get_by_text("Advanced").click()
            rail = page.get_by_role("region", name="Reading")
            state = rail.get_by_role("group", name="Result").get_by_role("status")

            async def in_view(*names: str) -> None:
                async for _ in scrolled(page):
                    for name in names:
                        await expect(rail.get_by_role("button", name=name)).to_be_in_viewport(ratio=0.99)
                    if names != ("Read",):
                        await expect(state).to_be_in_viewport(ratio=0.99)

            await in_view("Read")
            await read(page)
            await view(page, "Files")
            await expect(state).to_contain_text("1 of 40 pages read")
            await in_view("Stop")
            await rail.get_by_role("button", name="Stop").click()
            await expect(state).to_contain_text("stopped")
            await in_view("Read the other 39 pages", "Download")


@pytest.mark.parametrize("size", [(640, 400), (1280, 800), (390, 844)], ids=str)
async def test_rail_covers_nothing_that_has_the_focus(
    browser: Browser, app: Served, letter: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    """640 by 400 is a window of 1280 by 800 at 200 %."""
    async with tab(browser, app, size) as page:
        await add(page, *copies(letter, tmp_path, 40))
        await page.locator(".thumb[aria-label*='_39.pdf']").wait_for(state="attached")
        await view(page, "Files")
        await page.get_by_text("Advanced").click()
        covered = await page.evaluate("""() => {
            const rail = document.querySelector("#pl-rail");
            const all = [...rail.querySelectorAll("button, input, select, summary")];
            const usable = (one) => one.checkVisibility() && !one.disabled;
            return [...all, ...all.toReversed()].filter(usable).flatMap((one) => {
              one.focus();
              const { left, top, width, height } = one.getBoundingClientRect();
              const there = document.elementFromPoint(left + width / 2, top + height / 2);
              return one === document.activeElement && !one.contains(there) ? [one.outerHTML.slice(0, 200)] : [];
            });
        }""")
        assert covered == []
