"""axe-core looks at every state of the screen, by day and by night, on a desk and on a phone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from ocr.documents.renderer import Renderer
from ocr.errors import Refused, Unreachable
from tests.browser.conftest import DESKTOP, add, read, view, visit
from tests.documents.papers import pdf, text_page
from tests.web.conftest import LIGHTON
from tests.web.readers import ScriptedReader
from tests.web.serving import served

pytestmark = pytest.mark.anyio

GRAVE = ("serious", "critical")
PHONE = {"width": 390, "height": 844}
ONE_AT_A_TIME = replace(LIGHTON, concurrency=1)
_CELLS = "".join(f"<td>{number} h, and more words</td>" for number in range(12))
EVERYTHING = (
    "![title](50,20,950,60) On lamps\n\n![section](50,70,950,90) Results\n\n"
    "![text](50,100,480,200) Wear is \\( a^2 \\), see [the source](https://lamps.example) and `code`.\n\n"
    f"![table](50,210,480,400) <table><tr>{_CELLS}</tr></table>\n\n"
    f"![formula](50,410,480,450) \\[ {'a^2 + ' * 40} b \\]\n\n"
    "![list](520,100,950,200) - one\n- two\n\n![code](520,210,950,300) ```\nlamp --trim\n```\n\n"
    "![image](520,310,950,500)\n\n![caption](520,510,950,540) A lamp.\n\n![page_number](480,960,520,980) 7\n\n"
)
"""Every kind of region, and what is wider than a phone."""


async def complaints(page: Page, state: str) -> list[str]:
    """What axe finds serious or worse: the state, the rule, and where."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"{state}: {rule['id']} at {node['target']}: {node['any'][0]['message'] if node['any'] else rule['help']}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Closed while the first page is being read; always opened in the end, for a thread waits at it."""
    gate = threading.Event()
    yield gate
    gate.set()


@asynccontextmanager
async def tab(browser: Browser, scheme: str, size: dict[str, int]) -> AsyncIterator[Page]:
    """A tab of that size and colour scheme; nothing moves in it, for axe judges colours as they are at the moment."""
    context = await browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    try:
        yield await context.new_page()
    finally:
        await context.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_accessibility_of_every_state(
    browser: Browser, renderer: Renderer, tmp_path: Path, gate: threading.Event, scheme: str, size: dict[str, int]
) -> None:
    """Empty, loaded, reading, done, a page that failed, raw text: axe finds nothing serious."""
    document = pdf(tmp_path / "two.pdf", text_page(1, 8), text_page(2, 8))
    reader = ScriptedReader(
        [[EVERYTHING, lambda: asyncio.to_thread(gate.wait), "The end."], [Refused("It said no.", "Do this.")]]
    )
    found = []
    with served(reader, renderer, ONE_AT_A_TIME) as app:
        async with tab(browser, scheme, size) as page:
            await visit(page, app)
            found += await complaints(page, "empty")
            await add(page, document)
            await page.get_by_role("button", name="two.pdf page 2: waiting").wait_for()
            found += await complaints(page, "loaded")
            await read(page)
            await expect(page.locator("#pl-text")).to_contain_text("A lamp.")
            found += await complaints(page, "reading")
            gate.set()
            await page.get_by_role("button", name="two.pdf page 2: failed").wait_for()
            await view(page, "Files")
            await page.get_by_role("button", name="Download Markdown").wait_for()
            found += await complaints(page, "done")
            await view(page, "Text")
            await page.get_by_role("tab", name="Raw").click()
            await expect(page.locator("#pl-raw .raw")).to_contain_text("![title]")
            found += await complaints(page, "raw")
            await view(page, "Page")
            await page.get_by_role("button", name="two.pdf page 2: failed").click()
            await view(page, "Text")
            await expect(page.get_by_label("State of this page")).to_contain_text("It said no.")
            found += await complaints(page, "failed")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_accessibility_without_a_server(browser: Browser, renderer: Renderer, scheme: str) -> None:
    """A server that is down, and a file that is no document: nothing serious either."""
    reader = ScriptedReader([[""]], down=Unreachable("Nothing answers at gpu.example.", "Start it, then try again."))
    with served(reader, renderer) as app:
        async with tab(browser, scheme, DESKTOP) as page:
            await visit(page, app)
            await expect(page.get_by_role("alert").filter(has_text="Start it")).to_be_visible()
            await page.get_by_label("Add documents").set_input_files(
                {"name": "notes.pdf", "mimeType": "application/pdf", "buffer": b"no PDF at all"}
            )
            await expect(page.locator(".files .problem")).not_to_be_empty()
            found = await complaints(page, "no server")
    assert not found, "\n".join(found)


async def test_accessibility_axe_does_complain(browser: Browser) -> None:
    """The judge is awake: grey on grey and a picture without a name are found."""
    async with tab(browser, "light", DESKTOP) as page:
        await page.set_content("<main><p style='color:#999;background:#aaa'>grey</p><img src='data:,'></main>")
        found = await complaints(page, "bad")
    assert any("color-contrast" in one for one in found)
    assert any("image-alt" in one for one in found)
