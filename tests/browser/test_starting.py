"""The page while a vLLM starts here, dies, and is started again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, expect

from ocr.documents.renderer import Renderer
from ocr.engines.waiting_reader import patient
from tests.browser.conftest import Witness
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served
from tests.web.starting import Gate, gate

pytestmark = pytest.mark.anyio


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Gate]:
    with gate(tmp_path) as held:
        yield held


@pytest.fixture
def loading(held: Gate, renderer: Renderer) -> Iterator[Served]:
    """The app, its server on the way up."""
    with served(patient(ScriptedReader([["Read at last."]]), held.server), renderer, held.server) as app:
        yield app


async def test_starting_page_is_usable_before_its_server(held: Gate, loading: Served, context: BrowserContext) -> None:
    """Look at a sample and press Read while it starts; it dies, says why, is restarted, and the next press reads."""
    witness = Witness(urlsplit(loading.url).netloc)
    page = await context.new_page()
    witness.watch(page)
    await page.goto(loading.url)
    pill = page.locator("details.engine > summary")
    await expect(pill).to_contain_text("resolving the model")
    await page.get_by_role("button", name="Sample: Letter").click()
    await page.locator("#pl-viewer img").first.wait_for()

    await pill.click()
    await expect(page.locator(".panel")).to_contain_text("60–90 s")
    log = page.get_by_label("The server's log")
    await expect(log).to_be_hidden()
    await page.locator(".log summary").click()
    await expect(log).to_contain_text("<b>not markup</b> ${alert(1)}")
    await page.keyboard.press("Escape")
    await expect(log).to_be_hidden()

    read, control = page.get_by_role("button", name="Read", exact=True), page.locator("#pl-control")
    await read.click()
    await expect(control).to_contain_text("Waiting for the model")
    await page.get_by_role("button", name="Stop", exact=True).click()
    await expect(read).to_be_enabled()
    await read.click()
    held.break_it()
    held.open()
    await expect(page.get_by_role("alert").filter(has_text="--gpu-memory-utilization")).to_be_visible()
    await expect(pill).to_contain_text("failed")
    await expect(read).to_be_disabled()

    held.mend()
    await control.get_by_role("button", name="Restart").click()
    await expect(page.get_by_label("Model")).to_have_value("LightOnOCR-3-1B")
    await read.click()
    await expect(page.locator("#pl-text")).to_contain_text("Read at last.")
    assert (witness.outside, witness.complaints) == ([], [])
