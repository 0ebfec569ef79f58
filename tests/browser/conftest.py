"""A browser, and the app as it is started, with the real CPU engine."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.engines.waiting_reader import reader_of
from tests.documents.papers import pdf, text_page
from tests.web.serving import Served, served

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WHOLE_RUN = 120_000
"""Milliseconds; three pages take about five seconds on two cores."""
expect.set_options(timeout=60_000)  # a page takes Tesseract a second or two, on a busy machine many
DESKTOP = {"width": 1280, "height": 800}


@asynccontextmanager
async def launched(*options: str) -> AsyncIterator[Browser]:
    """The system's Chromium, else Playwright's own; with these options of its command line."""
    system = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=system, args=[*QUIET, *options])
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as renderer:  # pages reach a reader in their order, as scripts of readers need it
        yield renderer


@pytest.fixture(scope="session")
def app(engine: Server, renderer: Renderer) -> Iterator[Served]:
    """The whole app: screen, render processes, client, CPU engine."""
    with served(reader_of(engine, []), renderer, engine) as app:
        yield app


@dataclass
class Witness:
    """What a tab did that it should not have done."""

    host: str
    outside: list[str] = field(default_factory=list)
    """Requests to other hosts."""
    complaints: list[str] = field(default_factory=list)
    """Errors on the console, uncaught exceptions, dialogs."""

    def watch(self, page: Page) -> None:
        page.on("request", lambda request: self._request(request.url))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.outside.append(url)


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport=DESKTOP, accept_downloads=True)  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    yield context
    await context.close()


@pytest.fixture
async def page(context: BrowserContext, app: Served) -> AsyncIterator[Page]:
    """A tab with the app in it; at the end it must have loaded nothing from outside and complained of nothing."""
    witness = Witness(urlsplit(app.url).netloc)
    page = await context.new_page()
    witness.watch(page)
    await visit(page, app)
    yield page
    assert witness.outside == []
    assert witness.complaints == []


async def visit(page: Page, app: Served) -> None:
    """Open the app and wait until it can be used: a component is seen once its script has run."""
    await page.goto(app.url)
    await page.get_by_label("Add documents").wait_for()
    await page.get_by_role("button", name="Read", exact=True).wait_for()


async def add(page: Page, *files: Path) -> None:
    """Add documents, as a person who clicks the drop zone."""
    await page.get_by_label("Add documents").set_input_files(list(files))


@asynccontextmanager
async def tab_of(browser: Browser, app: Served, size: dict[str, int], **options: Any) -> AsyncIterator[Page]:
    """A tab of the app in a window of that size, in a browser context of its own with these options."""
    context = await browser.new_context(viewport=size, **options)  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    try:
        page = await context.new_page()
        await visit(page, app)
        yield page
    finally:
        await context.close()


async def view(page: Page, name: str, bar: str = "Views") -> None:
    """Go to a view of small screens; where all are seen at once, that is nothing."""
    button = page.get_by_role("navigation", name=bar).get_by_role("button", name=re.compile(f"^{name}"))
    if await button.is_visible():
        await button.click()


async def read(page: Page) -> None:
    """Press Read."""
    await page.get_by_role("button", name="Read", exact=True).click()


async def read_to_end(page: Page) -> None:
    """Press Read and wait until every page has been read."""
    await read(page)
    await page.get_by_role("button", name="Read again").wait_for(timeout=WHOLE_RUN)


async def read_again(page: Page) -> None:
    """Press Read again and wait for the end."""
    await page.get_by_role("button", name="Read again").click()
    await page.get_by_role("button", name="Stop", exact=True).wait_for()
    await page.get_by_role("button", name="Read again").wait_for(timeout=WHOLE_RUN)


@pytest.fixture(scope="session")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of one page."""
    return pdf(tmp_path_factory.mktemp("pdf") / "letter.pdf", text_page(7, lines=8))


@pytest.fixture(scope="session")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of twelve full pages: half a minute's work for the engine."""
    return pdf(tmp_path_factory.mktemp("pdf") / "long.pdf", *[text_page(number) for number in range(1, 13)])
