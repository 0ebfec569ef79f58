"""The edges of a sheet in a photograph: found, moved by keys and by mouse, used, and given up."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Locator, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import add, read_to_end, visit
from tests.documents.photographs import letter_photo
from tests.web.readers import ScriptedReader
from tests.web.serving import served

pytestmark = pytest.mark.anyio


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "letter.jpg"
    path.write_bytes(letter_photo().jpeg)
    return path


async def size(image: Locator) -> tuple[int, int]:
    """Pixels of the image that has been loaded."""
    await image.evaluate("image => image.decode()")
    width, height = await image.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    return width, height


async def test_edges_are_moved_and_used(context: BrowserContext, renderer: Renderer, photo: Path) -> None:
    with served(ScriptedReader([["straight"], ["moved"]]), renderer, concurrency=1) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, photo)
        line, image = page.get_by_role("region", name="Photo"), page.get_by_role("img", name="letter.jpg, page 1")
        await expect(line).to_contain_text("Straightened from a photo.")
        straight = await image.get_attribute("src")
        width, height = await size(image)
        assert 1.3 < height / width < 1.5

        await line.get_by_role("button", name="Edges").click()
        editor = page.get_by_role("dialog", name="Edges of the sheet")
        corner = editor.get_by_role("slider", name="Top left corner")
        await expect(corner).to_be_focused()
        found = [round(value / 10) for value in letter_photo().corners[0]]
        await expect(corner).to_have_attribute(
            "aria-valuetext", f"{found[0]} % from the left, {found[1]} % from the top"
        )
        for _ in range(3):
            await page.keyboard.press("Shift+ArrowDown")
        await expect(corner).to_have_attribute(
            "aria-valuetext", f"{found[0]} % from the left, {found[1] + 6} % from the top"
        )
        box = await editor.get_by_role("slider", name="Bottom right corner").bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 40
        await page.mouse.move(box["x"] + 20, box["y"] + 20)
        await page.mouse.down()
        await page.mouse.move(box["x"] - 40, box["y"] - 60, steps=3)
        await page.mouse.up()
        await editor.get_by_role("button", name="Use these edges").click()
        await expect(editor).to_be_hidden()
        await expect(image).not_to_have_attribute("src", straight or "")

        await read_to_end(page)
        await line.get_by_role("button", name="Edges").click()
        await editor.get_by_role("button", name="As taken").click()
        await expect(page.get_by_role("tabpanel")).to_contain_text("moved")  # read anew, since its boxes were others
        await expect(line).to_contain_text("Shown as it was taken")
        width, height = await size(image)
        assert height / width == pytest.approx(4 / 3, rel=0.01)


async def test_edges_that_cross_cannot_be_used(context: BrowserContext, renderer: Renderer, photo: Path) -> None:
    with served(ScriptedReader([["text"]]), renderer, concurrency=1) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, photo)
        await page.get_by_role("region", name="Photo").get_by_role("button", name="Edges").click()
        editor = page.get_by_role("dialog", name="Edges of the sheet")
        use = editor.get_by_role("button", name="Use these edges")
        await expect(use).to_be_enabled()
        for _ in range(60):
            await page.keyboard.press("Shift+ArrowRight")
        await expect(use).to_be_disabled()
        await page.keyboard.press("Escape")
        await expect(editor).to_be_hidden()


async def test_edges_are_offered_for_pictures_alone(context: BrowserContext, renderer: Renderer, letter: Path) -> None:
    with served(ScriptedReader([["text"]]), renderer, concurrency=1) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, letter)
        await expect(page.get_by_role("img", name="letter.pdf, page 1")).to_be_visible()
        await expect(page.get_by_role("region", name="Photo")).to_be_hidden()
