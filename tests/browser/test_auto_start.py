"""Documents that are read as soon as they are added, and the switch beside Read that says so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from tests.browser.conftest import DESKTOP, Witness, add, visit
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """PDFs of two pages and of seven."""
    folder = tmp_path_factory.mktemp("pdf")
    return tuple(  # type: ignore[return-value]
        pdf(folder / f"{name}.pdf", *[text_page(number, 3) for number in range(1, pages + 1)])
        for name, pages in (("short", 2), ("long", 7))
    )


@pytest.fixture
def here(renderer: Renderer) -> Iterator[Served]:
    """The app over a server elsewhere, which starts reading by itself."""
    server = Server("http://gpu.example/v1", "", 1)
    with served(ScriptedReader([["Some text."]]), renderer, server, auto_start=True) as app:
        yield app


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    yield context
    await context.close()


async def opened(context: BrowserContext, app: Served) -> tuple[Page, Witness]:
    """A tab with the app, once it knows the models, and what it does besides."""
    tab, witness = await context.new_page(), Witness(urlsplit(app.url).netloc)
    witness.watch(tab)
    await visit(tab, app)
    await expect(tab.get_by_label("Model").first).to_be_enabled()
    return tab, witness


async def test_auto_start_short_and_long(context: BrowserContext, here: Served, papers: tuple[Path, Path]) -> None:
    """A drop is enough: a short document is read, of a long one the first page; one press reads the others."""
    tab, witness = await opened(context, here)
    await add(tab, papers[0])
    await tab.get_by_role("button", name="short.pdf page 2: done").wait_for()
    await tab.get_by_role("button", name="Read again").wait_for()
    await add(tab, papers[1])
    await tab.get_by_role("button", name="long.pdf page 1: done").wait_for()
    await expect(tab.locator(".viewer .title")).to_have_text("long.pdf, page 1")
    await expect(tab.locator("#pl-text")).to_contain_text("Some text.")
    await expect(tab.get_by_role("button", name="long.pdf page 2: waiting")).to_be_visible()
    await tab.get_by_role("button", name="Read the other 6 pages").click()
    await tab.get_by_role("button", name="long.pdf page 7: done").wait_for()
    assert (witness.outside, witness.complaints) == ([], [])


async def test_auto_start_is_switched_off_for_good(
    context: BrowserContext, here: Served, papers: tuple[Path, Path]
) -> None:
    """Without the switch nothing is read before a press; a later visit finds it as it was left."""
    tab, witness = await opened(context, here)
    await tab.get_by_label("Start reading at once").uncheck()
    await tab.close()
    tab, witness = await opened(context, here)
    await expect(tab.get_by_label("Start reading at once")).not_to_be_checked()
    await add(tab, papers[0])
    await tab.get_by_role("button", name="short.pdf page 1: waiting").wait_for()
    await expect(tab.get_by_label("State of this page")).to_contain_text("Press Read to start.")
    await tab.get_by_label("Start reading at once").check()
    await tab.get_by_role("textbox", name="Pages").fill("3")
    await add(tab, papers[1])
    await tab.get_by_role("button", name="long.pdf page 3: done").wait_for()
    await expect(tab.get_by_role("button", name="short.pdf page 1: waiting")).to_be_visible()
    await expect(tab.get_by_role("button", name="Read the rest")).to_be_visible()
    assert (witness.outside, witness.complaints) == ([], [])


async def test_auto_start_reads_all_of_a_new_document_where_pages_of_another_are_chosen(
    context: BrowserContext, here: Served, papers: tuple[Path, Path]
) -> None:
    """What the page list has left out is of the documents that were there."""
    tab, witness = await opened(context, here)
    await add(tab, papers[1])
    await tab.get_by_role("button", name="long.pdf page 1: done").click()
    await tab.get_by_role("button", name="long.pdf page 2: waiting").click(modifiers=["Shift"])
    await expect(tab.get_by_role("textbox", name="Pages")).to_have_value("1-2")
    await expect(tab.get_by_role("button", name="Read the rest")).to_be_visible()
    await add(tab, papers[0])
    await tab.get_by_role("button", name="short.pdf page 1: done").wait_for()
    await tab.get_by_role("button", name="short.pdf page 2: done").wait_for()
    await expect(tab.get_by_role("button", name="long.pdf page 2: waiting")).to_be_visible()
    assert (witness.outside, witness.complaints) == ([], [])


async def test_auto_start_is_not_offered_where_the_setting_forbids_it(
    context: BrowserContext, renderer: Renderer, papers: tuple[Path, Path]
) -> None:
    reader = ScriptedReader([["Some text."]])
    with served(reader, renderer, Server("http://127.0.0.1:8000/v1", "", 1), auto_start=False) as app:
        tab, _ = await opened(context, app)
        await expect(tab.get_by_label("Start reading at once")).to_be_hidden()
        await add(tab, papers[0])
        await tab.get_by_role("button", name="short.pdf page 1: waiting").wait_for()
        await tab.get_by_role("button", name="Read", exact=True).click(trial=True)
        assert reader.asked == 0
