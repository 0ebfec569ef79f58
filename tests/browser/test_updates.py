"""What a tab says that it has received, so that the server can leave it out."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Request, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import add, read, visit
from tests.web.conftest import LIGHTON
from tests.web.readers import ScriptedReader, Turn, forever
from tests.web.serving import served

pytestmark = pytest.mark.anyio


async def test_updates_of_a_run_do_not_hide_that_a_later_one_was_received(
    context: BrowserContext, renderer: Renderer, long: Path
) -> None:
    """They repeat the run's own number; the answer to a press has a later one, which the next press tells."""
    gates = [threading.Event(), threading.Event()]
    told: list[int] = []
    written: list[Turn] = ["word "] * 30
    waits: list[Turn] = [lambda: asyncio.to_thread(gates[0].wait, 60), lambda: asyncio.to_thread(gates[1].wait, 60)]
    last: list[Turn] = ["begun ", waits[0], *written, waits[1], *written, forever]

    def note(request: Request) -> None:
        if "/queue/join" in request.url:
            told.append(request.post_data_json["event_data"]["update"])

    with served(ScriptedReader([["one"], ["two"], ["three"], last]), renderer, replace(LIGHTON, concurrency=1)) as app:
        page = await context.new_page()
        await visit(page, app)
        await add(page, long)
        await page.get_by_role("textbox", name="Pages", exact=True).fill("1-4")
        await read(page)
        strip = page.get_by_role("navigation", name="Pages")
        title, reading = page.locator(".viewer .title"), strip.get_by_role("button", name="long.pdf page 4: reading")
        await reading.wait_for()

        async def choose(number: int) -> None:
            await strip.get_by_role("button", name=f"long.pdf page {number}: done").click()
            await expect(title).to_have_text(f"long.pdf, page {number}")

        for number in (2, 3):
            await choose(number)
        gates[0].set()
        await expect(reading).to_contain_text("25 tok")  # the run has brought by now what these presses have changed
        page.on("request", note)
        await choose(2)
        gates[1].set()
        await expect(reading).to_contain_text("50 tok")
        await choose(3)
        assert told[-1] > told[0] > 0
        await page.get_by_role("button", name="Stop", exact=True).click()
        await expect(page.get_by_role("button", name="Stop", exact=True)).to_be_hidden()
