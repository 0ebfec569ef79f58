"""What has been read is taken away in any format, and what was taken opens in a browser of its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pypdfium2
import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.errors import Unreachable
from ocr.export import Results
from ocr.export.html_document import document_html
from tests.browser.conftest import Witness, add, visit
from tests.documents.papers import pdf, text_page
from tests.export.papers import DOCUMENT, page, results
from tests.web.readers import ScriptedReader
from tests.web.serving import served

pytestmark = pytest.mark.anyio
FIRST = "![text](0,0,900,300) It is $x^2$.\n\n![table](0,300,900,600) <table><tr><td>East</td><td>7</td></tr></table>"
SECOND = "![text](0,0,900,300) The second page."


@pytest.fixture
def reader() -> ScriptedReader:
    return ScriptedReader([[FIRST], [SECOND]])


@pytest.fixture
async def desk(browser: Browser, reader: ScriptedReader, renderer: Renderer, tmp_path: Path) -> AsyncIterator[Page]:
    """A tab in which two pages have been read."""
    two = pdf(tmp_path / "two.pdf", text_page(1, 3), text_page(2, 3))
    server = Server("http://gpu.example:8000/v1", note="", concurrency=1)
    with served(reader, renderer, server) as app:
        context = await browser.new_context(accept_downloads=True)
        context.set_default_timeout(60_000)
        witness = Witness(urlsplit(app.url).netloc)
        tab = await context.new_page()
        witness.watch(tab)
        await visit(tab, app)
        await add(tab, two)
        await tab.get_by_role("button", name="two.pdf page 2: waiting").wait_for()
        await tab.get_by_role("button", name="Read", exact=True).click()
        await tab.get_by_role("button", name="Read again").wait_for()
        yield tab
        await context.close()
    assert witness.outside == []
    assert witness.complaints == []


async def taken(desk: Page, label: str, folder: Path) -> Path:
    """The file that comes when a format is chosen."""
    async with desk.expect_download() as download:
        await desk.get_by_role("group", name="Formats").get_by_role("button", name=label, exact=True).click()
    file = await download.value
    await file.save_as(folder / file.suggested_filename)
    return folder / file.suggested_filename


async def test_downloads_every_format(desk: Page, tmp_path: Path) -> None:
    """Each comes at one click, the whole document or the page on the desk alone; none is made before."""
    await desk.get_by_text("Download as…").click()
    names = {
        "Markdown": "two.md",
        "JSON": "two.json",
        "HTML": "two.html",
        "Plain text": "two.txt",
        "Word": "two.docx",
        "Zip": "two.zip",
        "Searchable PDF": "two.pdf",
        "hOCR": "two.hocr",
        "ALTO XML": "two.alto.xml",
        "PAGE XML": "two.page.zip",
    }
    for label, name in names.items():
        file = await taken(desk, label, tmp_path)
        assert file.name == name
        assert file.stat().st_size > 0
    assert len(json.loads((tmp_path / "two.json").read_text())["pages"]) == 2
    assert (tmp_path / "two.txt").read_text().split("\f")[0] == "It is x^2.\n\nEast\t7\n\n"

    await desk.get_by_label("Only the page shown").check()
    text = await taken(desk, "Plain text", tmp_path)
    assert (text.name, "second" in text.read_text()) == ("two-page-1.txt", False)
    await desk.get_by_role("button", name="two.pdf page 2: done").click()
    await expect(desk.locator(".viewer .title")).to_have_text("two.pdf, page 2")
    text = await taken(desk, "Plain text", tmp_path)
    assert (text.name, text.read_text()) == ("two-page-2.txt", "The second page.\n")
    assert_one_page(await taken(desk, "Searchable PDF", tmp_path), "Page 2, line 0")


async def test_downloads_without_an_answer_can_be_chosen_again(desk: Page) -> None:
    """As when the request of another of the visitor's tabs comes between."""

    async def mistake(route: Route) -> None:
        await route.continue_(post_data=(route.request.post_data or "").replace('"request":"', '"request":"1'))

    await desk.clock.install()
    button = desk.get_by_role("group", name="Result").get_by_role("button", name="Download Markdown")
    late = desk.get_by_text("The server has not answered")
    await desk.route("**/queue/join*", mistake)
    await button.click()
    await expect(button).to_be_disabled()
    await expect(late).to_be_hidden()
    await desk.clock.fast_forward(60_000)
    await expect(late).to_be_visible()
    await desk.unroute("**/queue/join*")
    async with desk.expect_download() as download:
        await button.click()
        await expect(late).to_be_hidden()
    assert (await download.value).suggested_filename == "two.md"
    await expect(button).to_be_enabled()


def assert_one_page(file: Path, text: str) -> None:
    with pypdfium2.PdfDocument(file) as made:
        assert file.name == "two-page-2.pdf"
        assert len(made) == 1
        assert made[0].get_textpage().get_text_range().startswith(text)


async def test_downloads_result_comes_first(desk: Page, tmp_path: Path) -> None:
    """After the end the result says what was read, and one press takes it, in the format that was taken last."""
    result = desk.get_by_role("group", name="Result")
    await expect(result).to_contain_text("two.pdf")
    await expect(result).to_contain_text("2 of 2 pages read")
    await expect(result).to_contain_text("8 words")
    async with desk.expect_download() as download:
        await result.get_by_role("button", name="Download Markdown").click()
    assert (await download.value).suggested_filename == "two.md"
    await result.get_by_text("Download as…").click()
    formats = desk.get_by_role("group", name="Formats")
    await expect(formats.get_by_role("button", name="Plain text")).to_have_accessible_description("The words alone")
    await taken(desk, "Plain text", tmp_path)
    await expect(result.get_by_role("button", name="Download Plain text")).to_be_visible()
    later = await desk.context.new_page()
    await later.goto(desk.url)
    await add(later, tmp_path / "two.pdf")
    await later.get_by_role("button", name="Read", exact=True).click()
    async with later.expect_download() as download:
        await later.get_by_role("button", name="Download Plain text").click()
    assert (await download.value).suggested_filename == "two.txt"


async def test_downloads_go_on_after_one_that_was_refused(desk: Page, tmp_path: Path) -> None:
    """What stood in the way of the one before is still said at the next press."""
    await desk.get_by_text("Download as…").click()
    await desk.get_by_role("button", name="Ground truth").click()
    await expect(desk.get_by_role("alert").filter(has_text="No page has been corrected yet.")).to_be_visible()
    assert (await taken(desk, "Plain text", tmp_path)).name == "two.txt"
    await expect(desk.get_by_text("No page has been corrected yet.")).to_be_hidden()


async def test_downloads_while_the_server_is_away(desk: Page, reader: ScriptedReader, tmp_path: Path) -> None:
    """That it does not answer stands beside the result, which is there all the same."""
    reader.down = Unreachable("It is away.", "Wait.")
    await desk.reload()
    await expect(desk.get_by_role("alert").filter(has_text="It is away.").first).to_be_visible()
    await desk.get_by_text("Download as…").click()
    assert (await taken(desk, "Plain text", tmp_path)).name == "two.txt"


async def opened(file: Path, context: BrowserContext) -> tuple[Page, Witness]:
    """The file in a tab, and what the tab did."""
    tab = await context.new_page()
    witness = Witness("")
    witness.watch(tab)
    await tab.goto(file.as_uri(), wait_until="load")
    return tab, witness


async def test_downloads_html_by_itself(context: BrowserContext, tmp_path: Path) -> None:
    """It shows its table, formulas and figure, in both themes and on a phone, and asks for nothing."""
    file = tmp_path / "two.html"
    file.write_text("".join(document_html(results(tmp_path))))
    tab, witness = await opened(file, context)
    await expect(tab.get_by_role("cell", name="East")).to_be_visible()
    assert await tab.evaluate("document.querySelector('td[rowspan]').rowSpan") == 2
    assert await tab.locator("math").count() == 3
    fraction = await tab.locator("mfrac").evaluate(
        "one => [...one.children].map(part => part.getBoundingClientRect().y)"
    )
    assert fraction[0] < fraction[1]  # it is set: the numerator stands above
    assert await tab.evaluate("document.querySelector('img').naturalWidth") == 8
    await tab.get_by_role("link", name="3", exact=True).click()
    assert tab.url.endswith("#page-3")
    light = await tab.evaluate("getComputedStyle(document.body).backgroundColor")
    await tab.emulate_media(color_scheme="dark")
    assert await tab.evaluate("getComputedStyle(document.body).backgroundColor") != light
    await tab.set_viewport_size({"width": 360, "height": 700})
    assert await tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert witness.outside == []
    assert witness.complaints == []


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<table background=//e.invalid/a.png><tr><td style='background:url(//e.invalid/b.png)'>x</td></tr></table>",
        "<link rel=stylesheet href=//e.invalid/a.css><iframe src=//e.invalid></iframe> ![x](http://e.invalid/c.png)",
        "$\\href{javascript:a(1)}{x}$ $\\text{<img src=x onerror=alert(1)>}$<meta http-equiv=refresh content='0;a'>",
    ],
)  # fmt: skip
async def test_downloads_hostile_html(text: str, context: BrowserContext, tmp_path: Path) -> None:
    """Whatever a page says, the file runs nothing and asks for nothing, and not because its policy stopped it."""
    file = tmp_path / "two.html"
    html = "".join(document_html(Results(DOCUMENT, "", "", [page(1, text)])))
    file.write_text(html.replace("Content-Security-Policy", "X"))
    tab, witness = await opened(file, context)
    await tab.wait_for_load_state("networkidle")
    assert witness.outside == []
    assert witness.complaints == []
    assert tab.url == file.as_uri()
