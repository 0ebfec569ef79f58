"""The model, the layout switch and the values under Advanced: what is picked is what is asked for."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from playwright.async_api import Browser, Page, expect

from ocr.config.profiles import QWEN
from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.inference.client import Client
from tests.browser.conftest import add, read, read_again, read_to_end, visit
from tests.conftest import SAMPLES
from tests.inference.scripted_server import Connection, Request, scripted_server
from tests.web.serving import served

pytestmark = pytest.mark.anyio
HEADER = "Slow Measurement"
"""Words that stand in the article's headers alone."""
NAMES = ("lightonai/LightOnOCR-2-1B-bbox", "gpt-oss")


async def answer(request: Request, connection: Connection) -> None:
    """A server of two models that reads `Hello.` on every page."""
    if request.method == "GET":
        await connection.respond(200, {"data": [{"id": name} for name in NAMES]})
    else:
        await connection.stream("Hello.")


answer.serves_models = True  # type: ignore[attr-defined]


async def test_options_lying_pages_are_turned_upright(page: Page, tmp_path: Path) -> None:
    """The switch under Advanced; the page is shown as it was read, and turned by hand from there."""
    with Image.open(SAMPLES / "receipt.jpg") as receipt:
        ImageOps.exif_transpose(receipt).transpose(Image.Transpose.ROTATE_270).save(tmp_path / "lies.jpg", quality=95)
    await add(page, tmp_path / "lies.jpg")
    await page.get_by_role("button", name="lies.jpg page 1: waiting").wait_for()
    await page.get_by_text("Advanced", exact=True).click()
    await page.get_by_label("Turn pages upright").check()
    await read_to_end(page)
    await expect(page.locator("#pl-paper")).to_contain_text("270°")
    shown = await page.locator(".viewer img").first.bounding_box()
    assert shown
    assert shown["height"] > shown["width"]


async def test_options_headers_and_layout_are_switches(page: Page) -> None:
    """Headers are in the text when they are asked for; without layout there are no regions, and all is text."""
    await add(page, SAMPLES / "article.pdf")
    await page.get_by_role("button", name="article.pdf page 3: waiting").wait_for()
    await page.get_by_role("textbox", name="Pages").fill("2")
    await read(page)
    text, regions = page.locator("#pl-text"), page.locator(".regions .region")
    await page.get_by_role("button", name="article.pdf page 2: done").wait_for()
    await expect(text).to_contain_text("Only the ratio of the two constants")
    await expect(text).not_to_contain_text(HEADER)
    await expect(regions.nth(5)).to_be_attached()

    await page.get_by_text("Advanced", exact=True).click()
    await page.get_by_label("Headers and footers in the text").check()
    await page.get_by_role("button", name="Read the rest").click()
    await expect(text).to_contain_text(HEADER)
    await page.get_by_role("button", name="Read the rest").wait_for()

    await page.get_by_role("checkbox", name="Layout").uncheck()
    await expect(page.get_by_label("Headers and footers in the text")).to_be_hidden()
    await page.get_by_role("button", name="Read the rest").click()
    await page.get_by_role("button", name="Stop", exact=True).wait_for()
    await page.get_by_role("button", name="Read the rest").wait_for()
    await expect(page.get_by_role("button", name="article.pdf page 2: done")).to_be_visible()
    await expect(text).to_contain_text("Only the ratio of the two constants")
    await expect(regions).to_have_count(0)


async def test_options_nonsense_is_refused_at_its_field(page: Page, letter: Path) -> None:
    """A value that makes no sense is pointed at and nothing is read; a good one is what the page is rendered at."""
    await add(page, letter)
    await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
    await page.get_by_text("Advanced", exact=True).click()
    field = page.get_by_label("Longest side, px")
    await expect(field).to_have_attribute("placeholder", "2200")
    await expect(page.get_by_label("Temperature")).to_be_hidden()
    await field.fill("many")
    await page.get_by_text("Advanced", exact=True).click()
    await expect(field).to_be_hidden()
    await read(page)
    await expect(page.get_by_role("alert").filter(has_text="whole number of pixels")).to_be_visible()
    await expect(field).to_be_focused()
    await expect(page.get_by_role("button", name="letter.pdf page 1: waiting")).to_be_visible()
    await field.fill("900")
    await expect(page.get_by_role("alert")).to_have_count(0)
    await read_to_end(page)
    await page.wait_for_function("document.querySelector('.sheet img').naturalHeight === 900")
    await field.fill("")
    await read_again(page)
    await page.wait_for_function("document.querySelector('.sheet img').naturalHeight > 900")


async def test_options_picked_outlive_a_reload(browser: Browser, renderer: Renderer, letter: Path) -> None:
    """Model, pages, switches and Advanced are as they were, a refusal too; another tab begins with the settings."""
    async with scripted_server(answer) as upstream:
        with served(Client(upstream.url), renderer, Server(upstream.url, "", 2)) as app:
            context = await browser.new_context()
            context.set_default_timeout(60_000)
            try:
                page, other = await context.new_page(), await context.new_page()
                await visit(page, app)
                await add(page, letter)
                await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
                await page.get_by_text("Advanced", exact=True).click()
                await page.get_by_label("Temperature").fill("hot")
                await page.get_by_label("Top p").fill("0.8")
                await page.get_by_role("textbox", name="Pages").fill("1-3")
                await page.get_by_label("Model").select_option("lightonai/LightOnOCR-3-4B")
                await page.get_by_role("checkbox", name="Layout").uncheck()
                await page.get_by_label("Model").select_option("gpt-oss")
                await read(page)
                await page.get_by_role("alert").filter(has_text="from 0 to 2").wait_for()
                await page.reload()
                await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
                await expect(page.get_by_label("Model")).to_have_value("gpt-oss")
                await expect(page.get_by_role("textbox", name="Pages")).to_have_value("1-3")
                await expect(page.get_by_label("Temperature")).to_have_value("hot")
                await expect(page.get_by_label("Top p")).to_have_value("0.8")
                await expect(page.get_by_role("alert").filter(has_text="from 0 to 2")).to_be_visible()
                await expect(page.locator(".layout input")).not_to_be_checked()
                await visit(other, app)
                await expect(other.get_by_label("Model")).to_have_value(NAMES[0])
                await expect(other.get_by_role("textbox", name="Pages")).to_have_value("")
                await expect(other.locator(".layout input")).to_be_checked()
            finally:
                await context.close()


async def test_options_models_served_and_not_served(browser: Browser, renderer: Renderer, letter: Path) -> None:
    """A served model is picked at first; a missing one is never asked for, its command stands there to be copied.

    What the settings say holds where the visitor says nothing.
    """
    async with scripted_server(answer) as upstream:
        with served(Client(upstream.url), renderer, Server(upstream.url, "", 2), layout=False, top_p=0.5) as app:
            context = await browser.new_context()
            context.set_default_timeout(60_000)
            try:
                page = await context.new_page()
                await visit(page, app)
                await add(page, letter)
                await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
                model = page.get_by_label("Model")
                await expect(model).to_have_value(NAMES[0])
                groups = await model.locator("optgroup").all()
                assert [await groups[0].locator("option").all_inner_texts(), len(groups)] == [
                    ["LightOnOCR-2-1B-bbox – text, and boxes around figures", "gpt-oss – unknown family"],
                    2,
                ]
                await expect(page.get_by_role("checkbox", name="Layout")).to_be_hidden()

                await model.select_option("lightonai/LightOnOCR-3-4B")
                await expect(
                    page.get_by_role("status").filter(has_text="it serves LightOnOCR-2-1B-bbox")
                ).to_be_visible()
                command = ["vllm", "serve", "lightonai/LightOnOCR-3-4B", *QWEN.serve_flags]
                offered = page.get_by_role("region", name="Reading").get_by_label("Command")
                assert await offered.text_content() == shlex.join(command)
                await expect(page.get_by_role("button", name="Read", exact=True)).to_be_disabled()
                await expect(page.get_by_role("checkbox", name="Layout")).not_to_be_checked()
                await page.get_by_text("Advanced", exact=True).click()
                await expect(page.get_by_label("Longest side, px")).to_have_attribute("placeholder", "2048")

                await model.select_option("gpt-oss")
                await expect(page.get_by_role("status").filter(has_text="The family of this model")).to_be_visible()
                await expect(page.get_by_label("Longest side, px")).to_have_attribute("placeholder", "1540")
                await page.get_by_label("Temperature").fill("0,7")
                assert upstream.reads == []
                await read_to_end(page)
                await expect(page.locator("#pl-text")).to_contain_text("Hello.")
                (request,) = upstream.reads
                asked = {name: request.json[name] for name in ("model", "temperature", "top_p")}
                assert asked == {"model": "gpt-oss", "temperature": 0.7, "top_p": 0.5}
            finally:
                await context.close()
