"""The library on the page: what was read stays, is found, is opened by its address, and is deleted."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from ocr.document_store.document_library import DocumentLibrary
from ocr.documents.renderer import Renderer
from tests.browser.conftest import add, read_to_end, visit
from tests.browser.test_accessibility import complaints
from tests.document_store.keeping import given, keep
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

READ = ["# The lawn\n\nA *meadow* by the lake."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data") / "library"


@pytest.fixture(scope="module")
def app(renderer: Renderer, folder: Path) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ocr.web.page_layout.UNDO_S", 3600.0)  # however slow this machine is
        with served(ScriptedReader([READ]), renderer, library_dir=folder) as app:
            yield app


@pytest.fixture
async def fresh(context: BrowserContext, app: Served, folder: Path) -> AsyncIterator[Page]:
    """A tab of a page whose library is empty."""
    library = DocumentLibrary(folder, 10**9)
    for document in library.documents():
        library.delete(document.id)
    library.close(final=True)
    page = await context.new_page()
    await visit(page, app)
    yield page


def documents(page: Page) -> Locator:
    return page.get_by_role("list", name="Documents in the library").get_by_role("listitem")


async def test_library_walk(fresh: Page, app: Served, context: BrowserContext, letter: Path) -> None:
    """Read, found by a word in a new tab, opened at the page with the word marked, reloaded, left and come back to."""
    library = fresh.get_by_role("region", name="Library")
    await expect(library.get_by_text("Documents that you read stay here")).to_be_visible()
    await add(fresh, letter)
    await read_to_end(fresh)
    entry = library.get_by_role("button", name=re.compile("^letter.pdf, 1 page"))
    await expect(entry).to_be_visible()
    await expect(fresh).to_have_url(re.compile(r"#doc/\d+$"))
    await expect(entry).to_have_attribute("aria-current", "true")

    other = await context.new_page()
    await visit(other, app)
    library = other.get_by_role("region", name="Library")
    await library.get_by_role("searchbox").fill("MEADOW by")
    hit = library.get_by_role("list", name="Pages in the library with hits").get_by_role("listitem")
    await expect(hit).to_contain_text("meadow by")
    await hit.get_by_role("button", name="letter.pdf · Page 1").click()
    await expect(other.get_by_role("tabpanel").get_by_text("A meadow by the lake.")).to_be_visible()
    await other.wait_for_function("CSS.highlights.get('pl-hits')?.size === 1")
    await expect(other.get_by_role("img", name=re.compile("letter.pdf, page 1"))).to_be_visible()
    address = other.url
    assert re.search(r"#doc/\d+$", address)

    await other.go_back()
    await expect(other.get_by_role("tabpanel").get_by_text("A meadow by the lake.")).to_be_hidden()
    await other.go_forward()
    await expect(other.get_by_role("tabpanel").get_by_text("A meadow by the lake.")).to_be_visible()
    await other.reload()
    await expect(other.get_by_role("tabpanel").get_by_text("A meadow by the lake.")).to_be_visible()
    bookmark = await context.new_page()
    await bookmark.goto(address)
    await expect(bookmark.get_by_role("tabpanel").get_by_text("A meadow by the lake.")).to_be_visible()


async def test_library_shows_what_others_read_and_deletes(fresh: Page, folder: Path, tmp_path: Path) -> None:
    """A command line reads while the page is open; a deletion can be undone, and one that is not is final."""
    library = DocumentLibrary(folder, 10**9)
    for name in ("first.pdf", "second.pdf"):
        keep(library, given(tmp_path / name, name), "Some words")
    await expect(documents(fresh)).to_have_count(2)
    assert await complaints(fresh, "library") == []
    region = fresh.get_by_role("region", name="Library")
    await region.get_by_role("searchbox").fill("second")
    await expect(documents(fresh)).to_have_count(1)
    await region.get_by_role("searchbox").fill("")
    await region.get_by_role("button", name="Delete second.pdf from the library").click()
    await expect(documents(fresh)).to_have_count(1)
    assert [document.name for document in library.documents()] == ["first.pdf"]
    await region.get_by_role("button", name="Undo").click()
    await expect(documents(fresh)).to_have_count(2)
    await region.get_by_role("button", name="Delete first.pdf from the library").click()
    await expect(documents(fresh)).to_have_count(1)
    library.purge(0.0)
    assert [document.name for document in library.documents()] == ["second.pdf"]
    library.close()


async def test_library_notice_stays_until_it_is_dismissed(fresh: Page, app: Served) -> None:
    """Which documents were removed for room is not to be missed, and not to be told for ever."""
    assert app.desk.library
    app.desk.library.library.notices.add_removed(["old.pdf", "older.pdf"])
    region = fresh.get_by_role("region", name="Library")
    notice = region.get_by_text("2 documents were removed from the library to make room: old.pdf, older.pdf.")
    await expect(notice).to_be_visible()
    assert await complaints(fresh, "library") == []
    await region.get_by_role("button", name="Dismiss").click()
    await expect(notice).to_be_hidden()
    await expect(region.get_by_role("button", name="Dismiss")).to_be_hidden()
