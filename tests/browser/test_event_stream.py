"""What the page shows is the newest state, whatever the network does to the answers."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import add, visit
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([["Read."]]), renderer) as app:
        yield app


async def test_event_order_is_that_of_the_presses(browser: Browser, app: Served, letter: Path, tmp_path: Path) -> None:
    """Two files are added at once: the second event is posted when the answer to the first has come, however late."""
    second = tmp_path / "second.pdf"
    shutil.copy(letter, second)
    seen: list[str] = []

    async def deliver(route: Route) -> None:
        if "arriving" not in (route.request.post_data or ""):
            await route.continue_()
            return
        seen.append("posted")
        answer = await route.fetch()
        if len(seen) == 1:
            await asyncio.sleep(1)  # on the network; longer than another post takes
        seen.append("answered")
        await route.fulfill(response=answer)

    context = await browser.new_context()
    try:
        page = await context.new_page()
        await visit(page, app)
        await page.route("**/queue/join*", deliver)
        await add(page, letter, second)
        for name in (letter.name, second.name):
            await expect(page.get_by_role("button", name=f"{name} page 1: waiting")).to_be_attached(timeout=15_000)
        await expect(page.get_by_role("list", name="Files").get_by_role("listitem")).to_have_count(2)
        assert seen == ["posted", "answered"] * 2
    finally:
        await context.close()
