"""One walk over all that the desk can do, whatever reads: the steps of a visitor who judges a model by one page."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.conftest import DESKTOP, Witness, visit
from tests.web.serving import Served

SENTENCE = "Only the ratio of the two constants matters"
"""Stands on the article's second page, in a region of its own."""
ALIKE = re.compile(r"\d % similar|The same, word for word")
PRESS_STOP = """() => new Promise((resolve) => {
  (function press() {
    const stop = [...document.querySelectorAll("button")].find((button) => button.textContent.trim() === "Stop");
    if (!stop?.checkVisibility()) return requestAnimationFrame(press);
    stop.click();
    resolve();
  })();
})"""
"""Presses Stop as soon as it can be seen: a quick computer has read two pages before a click from outside arrives."""
READ = 60_000
"""Milliseconds that one page may take."""


async def walk(
    browser: Browser, app: Served, folder: Path, otherwise: tuple[str, str, str], model: str = ""
) -> Witness:
    """Take the walk in a tab of its own, with this model if one is named; what the tab did besides is returned."""
    context = await browser.new_context(viewport=DESKTOP, accept_downloads=True)  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    witness = Witness(urlsplit(app.url).netloc)
    page = await context.new_page()
    witness.watch(page)
    await visit(page, app)
    if model:
        await page.get_by_label("Model").first.select_option(model)
    await Walk(page, folder, otherwise).whole()
    await context.close()
    return witness


@dataclass(frozen=True)
class Walk:
    """A tab in which the sample article is read, and where its downloads go."""

    page: Page
    folder: Path
    otherwise: tuple[str, str, str]
    """How the page is read a second time: a field, what is written there, what the page then says of it."""

    async def whole(self) -> None:
        """Everything, in the order in which a visitor comes to it."""
        await self.turn_the_pages()
        await self.read_the_second()
        await self.see_page_and_text_in_step()
        await self.look_closely()
        await self.open_a_figure()
        await self.search()
        await self.read_it_as_one_text()
        await self.read_again_and_compare()
        await self.stop()
        await self.reload()
        await self.take_away()
        await self.read_it_in_french()

    def chip(self, number: int, word: str) -> Locator:
        """A page in the strip, in this state."""
        return self.page.get_by_role("button", name=f"article.pdf page {number}: {word}")

    @property
    def state(self) -> Locator:
        """The line above the text."""
        return self.page.get_by_label("State of this page")

    @property
    def paragraph(self) -> Locator:
        """The sentence, in the text."""
        return self.page.locator("#pl-text .paragraph").filter(has_text=SENTENCE)

    async def turn_the_pages(self) -> None:
        """The strip shows every page; clicks and keys go along it."""
        await self.page.get_by_role("button", name="Sample: Article").click()
        title = self.page.locator(".viewer .title")
        await self.chip(3, "waiting").click()
        await expect(title).to_have_text("article.pdf, page 3")
        await self.page.keyboard.press("Home")
        await expect(title).to_have_text("article.pdf, page 1")
        await self.page.keyboard.press("ArrowDown")
        await expect(title).to_have_text("article.pdf, page 2")
        await expect(self.state).to_contain_text("waiting")

    async def read_the_second(self) -> None:
        """A single page is read at one press; a table is a table; what it took is told."""
        await self.state.get_by_role("button", name="Read this page").click()
        await expect(self.chip(2, "done")).to_be_visible(timeout=READ)
        await expect(self.chip(1, "waiting")).to_be_visible()
        await expect(self.page.locator("#pl-text table td").filter(has_text="Station meadow")).to_be_visible()
        await expect(self.state).to_contain_text("tokens")

    async def see_page_and_text_in_step(self) -> None:
        """A paragraph under the pointer lights its region up; a click on that pins both, and the raw text follows."""
        await self.paragraph.hover()
        lit = self.page.locator(".regions .region.lit")
        await expect(lit).to_have_count(1)
        at = await lit.locator(".box").bounding_box()
        assert at
        await self.page.locator(".viewer .title").hover()
        await expect(self.page.locator(".regions .region.lit")).to_have_count(0)
        await self.page.mouse.click(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
        await expect(self.paragraph).to_contain_class("pinned")
        await expect(self.page.get_by_role("group", name="Pinned region")).to_be_visible()
        await self.page.get_by_role("button", name="Copy text").click()
        copied = "async words => (await navigator.clipboard.readText()).includes(words)"
        await self.page.wait_for_function(copied, arg=SENTENCE)
        await self.page.get_by_role("tab", name="Raw").click()
        await expect(self.page.get_by_label("Raw text of this page").locator(".lit")).to_contain_text(SENTENCE)
        await self.page.get_by_role("tab", name="Text").click()
        await self.page.get_by_role("button", name="Unpin").click()

    async def look_closely(self) -> None:
        """The legend hides a label, the switch all of them; the page is enlarged and fitted again."""
        table = self.page.get_by_role("group", name="Labels").get_by_role("button", name="table, 1")
        await table.click()
        await expect(table).to_have_attribute("aria-pressed", "false")
        await expect(self.page.get_by_role("button", name="table", exact=True)).to_be_hidden()
        await table.click()
        await self.page.get_by_label("Regions", exact=True).first.uncheck()
        await expect(self.page.locator(".regions .region").first).to_be_hidden()
        await self.page.get_by_label("Regions", exact=True).first.check()
        await self.page.get_by_role("button", name="Fit width").click()
        await self.page.get_by_role("button", name="Zoom in").click()
        await expect(self.page.get_by_label("Zoom, in percent of the width")).to_have_text("125 %")
        await self.page.get_by_role("button", name="Fit page").click()

    async def open_a_figure(self) -> None:
        """A figure in the text opens large, and Escape closes it."""
        await self.page.locator("#pl-text img").first.click()
        figure = self.page.get_by_role("dialog").get_by_role("img")
        await expect(figure).to_be_visible()
        await self.page.keyboard.press("Escape")
        await expect(figure).to_be_hidden()

    async def search(self) -> None:
        """Hits are counted, marked in the text and on the page."""
        field = self.page.get_by_role("searchbox", name="Search all pages")
        await field.fill("two constants")
        await expect(self.page.get_by_text("1 on 1 page")).to_be_visible()
        await self.page.wait_for_function("CSS.highlights.get('pl-hits')?.size === 1")
        await expect(self.page.locator(".viewer .words .hits .now")).not_to_have_count(0)
        await field.press("Escape")

    async def read_it_as_one_text(self) -> None:
        """The Document tab shows all pages under their numbers, those unread as such."""
        await self.page.get_by_role("tab", name="Document").click()
        text = self.page.get_by_role("region", name="Text of the document")
        await expect(text.get_by_role("heading", name="Page 3 · waiting")).to_be_attached()
        await expect(text).to_contain_text(SENTENCE)
        await self.page.get_by_role("tab", name="Text").click()

    async def read_again_and_compare(self) -> None:
        """A page is read another way; both readings stand side by side, and the first can be kept after all."""
        await self.state.get_by_text("Read page again with…").click()
        label, value, said = self.otherwise
        await self.state.get_by_label(label).fill(value)
        await self.state.get_by_role("button", name="Read page again", exact=True).click()
        await expect(self.state).to_contain_text(said, timeout=READ)
        await self.page.get_by_role("tab", name="Compare").click()
        compare = self.page.get_by_role("group", name="Compare two readings of this page")
        await expect(compare.get_by_text(ALIKE)).to_be_visible()
        await expect(compare.get_by_role("group", name="Reading B")).to_contain_text(said)
        await compare.get_by_role("group", name="Reading A").get_by_role("button", name="Keep this one").click()
        await expect(self.state).not_to_contain_text(said)
        await compare.get_by_role("group", name="Reading B").get_by_role("button", name="Keep this one").click()
        await expect(self.state).to_contain_text(said)
        await self.page.get_by_role("tab", name="Text").click()

    async def stop(self) -> None:
        """A run that is stopped ends at once; pages that were read stay as they are."""
        await self.page.get_by_role("textbox", name="Pages").fill("1,3")
        pressed = asyncio.create_task(self.page.evaluate(PRESS_STOP))
        await self.page.get_by_role("button", name="Read the rest").click()
        await pressed
        await expect(self.page.get_by_role("button", name="Stop", exact=True)).to_be_hidden()
        await expect(self.chip(2, "done")).to_be_visible()

    async def reload(self) -> None:
        """A reload brings everything back."""
        await self.page.reload()
        await self.chip(2, "done").click()
        await expect(self.state).to_contain_text(self.otherwise[2])

    async def take_away(self) -> None:
        """Every format comes at one click; the JSON is the page as it was read."""
        await self.page.get_by_text("Download as…").click()
        await self.page.get_by_label("Only the page shown").check()
        for button in await self.page.get_by_role("group", name="Formats").get_by_role("button").all():
            async with self.page.expect_download() as download:
                await button.click()
            file = await download.value
            await file.save_as(self.folder / file.suggested_filename)
        endings = {path.suffix for path in self.folder.iterdir() if path.stat().st_size}
        assert endings == {".md", ".json", ".html", ".txt", ".docx", ".zip", ".pdf", ".hocr", ".xml", ".parquet"}
        (result,) = (json.loads(path.read_text()) for path in self.folder.glob("*.json"))
        assert [page["number"] for page in result["pages"]] == [2]
        assert SENTENCE in result["pages"][0]["markdown"]

    async def read_it_in_french(self) -> None:
        """The screen changes its language and keeps everything else."""
        await self.page.get_by_role("button", name="FR", exact=True).click()
        await expect(self.page.get_by_role("tab", name="Comparer")).to_be_visible()
        await expect(self.page.get_by_role("button", name=re.compile(r"^article\.pdf page 2"))).to_be_visible()
        await expect(self.paragraph).to_be_visible()
