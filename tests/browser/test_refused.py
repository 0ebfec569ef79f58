"""What a visitor is told whose files or password the server refuses, in a real browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from ocr.documents.renderer import Renderer
from ocr.web import page_layout
from ocr.web.state.visitor_limits import PRIVATE
from tests.browser.conftest import visit
from tests.web.readers import ScriptedReader
from tests.web.serving import served

pytestmark = pytest.mark.anyio


async def test_refused_upload_says_why(
    browser: Browser, renderer: Renderer, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the words of the server, which knows what helps."""
    monkeypatch.setattr(page_layout, "limits_of", lambda _: replace(PRIVATE, waiting=0))
    with served(ScriptedReader([["text"]]), renderer) as app:
        page = await (await browser.new_context(locale="en-GB")).new_page()
        await visit(page, app)
        await page.locator("input[type=file]").first.set_input_files(letter)
        await expect(page.get_by_role("alert").filter(has_text="five minutes")).to_be_visible()
        await page.context.close()


async def test_refused_password_and_then_the_page(browser: Browser, renderer: Renderer) -> None:
    """Gradio's log-in works behind our guards, and its cookie, kept to this site, opens the page."""
    with served(ScriptedReader([["text"]]), renderer, auth=("ada", "lovelace")) as app:
        page = await (await browser.new_context(locale="en-GB")).new_page()
        await page.goto(app.url)
        for password in ("byron", "lovelace"):
            await page.get_by_label("username").fill("ada")
            await page.get_by_label("password").fill(password)
            await page.get_by_role("button", name="Login").click()
            if password == "byron":
                await expect(page.get_by_text("Incorrect")).to_be_visible()
        await expect(page.get_by_role("button", name="Read", exact=True)).to_be_visible()
        assert {cookie["sameSite"] for cookie in await page.context.cookies()} == {"Lax"}
        await page.context.close()
