"""Photos that are dropped together become one document, or each its own, as the visitor chooses."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Route, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import add, visit
from tests.web.readers import ScriptedReader
from tests.web.serving import served

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("choice", "files", "pages"), [("Join 3 photos into one document", 1, 3), ("Add each by itself", 3, 1)]
)
async def test_photos_added_together(
    choice: str, files: int, pages: int, context: BrowserContext, renderer: Renderer, tmp_path: Path
) -> None:
    paths = [tmp_path / f"photo {number}.png" for number in range(1, 4)]
    for path in paths:
        Image.new("RGB", (300, 400), "white").save(path)
    with served(ScriptedReader([["text"]] * 3), renderer, concurrency=1) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, *paths)
        await page.get_by_role("button", name=choice).click()
        listed = page.get_by_role("list", name="Files").get_by_role("listitem")
        await expect(listed).to_have_count(files)
        await expect(listed.first).to_contain_text(f"{pages} page")
        await expect(page.get_by_role("group", name="Several photos")).to_be_hidden()


async def test_photos_removed_while_they_are_uploaded(
    context: BrowserContext, renderer: Renderer, tmp_path: Path
) -> None:
    """Neither that which is on its way nor that which waits for it is added; the others are joined."""
    paths = [tmp_path / f"photo {number}.png" for number in range(1, 5)]
    for path in paths:
        Image.new("RGB", (300, 400), "white").save(path)
    gate = asyncio.Event()

    async def late(route: Route) -> None:
        await gate.wait()
        await route.continue_()

    with served(ScriptedReader([["text"]] * 4), renderer, concurrency=1) as app:
        page = await context.new_page()
        await visit(page, app)
        await page.route("**/upload**", late)
        async with page.expect_request("**/upload**"):
            await add(page, *paths)
        for number in (1, 3):
            await page.get_by_role("button", name=f"Remove photo {number}.png").click()
        gate.set()
        await page.get_by_role("button", name="Join 2 photos into one document").click()
        listed = page.get_by_role("list", name="Files").get_by_role("listitem")
        await expect(listed).to_have_count(1)
        await expect(listed).to_contain_text("2 pages")


async def test_a_photo_and_a_pdf_are_added_at_once(
    context: BrowserContext, renderer: Renderer, letter: Path, tmp_path: Path
) -> None:
    """Nothing is asked where not all files are photos."""
    Image.new("RGB", (300, 400), "white").save(tmp_path / "a.png")
    with served(ScriptedReader([["text"]] * 2), renderer, concurrency=1) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, tmp_path / "a.png", letter)
        await expect(page.get_by_role("list", name="Files").get_by_role("listitem")).to_have_count(2)
        await expect(page.get_by_role("group", name="Several photos")).to_be_hidden()
