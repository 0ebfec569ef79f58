"""LightOnOCR from the page: offered, downloaded from a hub of the test's own, started, read with, asleep, stopped."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from huggingface_hub import constants
from playwright.async_api import Browser, Locator, Page, expect

from ocr.config.command_line import settings_of
from ocr.documents.renderer import Renderer
from ocr.engines.local_offer import LocalOffer
from ocr.engines.offered_server import OfferedServer
from ocr.engines.select import Server
from ocr.engines.waiting_reader import reader_of
from tests.browser.conftest import DESKTOP, Witness, launched, visit
from tests.browser.test_accessibility import complaints
from tests.engines.llamacpp.hub import Hub, running_hub
from tests.llamacpp.conftest import MMPROJ, MODEL
from tests.tiny_model.model import WHOLE
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

ANSWER = next(answer.answer for answer in WHOLE if "3-1B" in answer.model)
STEP_BYTES = constants.DOWNLOAD_CHUNK_SIZE
"""Of a download, which is stored and told of in such steps."""
PADDING = bytes(STEP_BYTES)
"""Behind the model's tensors, where nobody looks."""
PHONE = {"width": 390, "height": 844}
STARTED = 90_000
"""Milliseconds."""


@dataclass(frozen=True)
class Offered:
    """A page read by Tesseract that offers the tiny model."""

    app: Served
    server: OfferedServer
    hub: Hub
    others: list[psutil.Process]
    """Processes of servers that other tests have started."""

    def processes(self) -> list[psutil.Process]:
        """Those of a download or of a llama-server that the page has started."""
        return [process for process in servers() if process not in self.others]


@pytest.fixture
def offered(
    gguf: Path, engine: Server, renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Offered]:
    """The hub has its two files; none is there. The server sleeps after five seconds.

    With one it may fall asleep while it prepares a page on a busy machine, and refuse that page.
    """
    files = {MODEL: (gguf / MODEL).read_bytes() + PADDING, MMPROJ: (gguf / MMPROJ).read_bytes()}
    settings = settings_of({"server_args": ("--sleep-idle-seconds", "5"), "cache": False})
    with running_hub(LocalOffer().source, files) as hub, OfferedServer(settings) as server:
        for name, value in {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_XET": "1"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setenv("TQDM_MININTERVAL", "0")  # else a step that takes less than 0.1 s is not told of
        monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "100")  # seconds in which the last byte may be held back
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        with served(reader_of(engine, []), renderer, engine, server) as app:
            yield Offered(app, server, hub, servers())


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
async def page(browser: Browser, offered: Offered) -> AsyncIterator[Page]:
    """A tab; at the end it has complained of nothing."""
    witness = Witness(urlsplit(offered.app.url).netloc)
    context = await browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    page = await context.new_page()
    witness.watch(page)
    await visit(page, offered.app)
    yield page
    await context.close()
    assert (witness.outside, witness.complaints) == ([], [])


def card(page: Page) -> Locator:
    """The offer."""
    return page.get_by_role("region", name="LightOnOCR on this computer")


def servers() -> list[psutil.Process]:
    """The processes of downloads and of llama-servers below this one."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if any(name in " ".join(process.cmdline()) for name in ("fetch_and_serve", "llama-server")):
                found.append(process)
        except psutil.NoSuchProcess:
            pass
    return found


async def read_by_tesseract(page: Page) -> None:
    """The article's second page."""
    await page.get_by_role("button", name="Sample: Article").click()
    await page.get_by_role("button", name="article.pdf page 2: waiting").click()
    await expect(page.locator(".viewer .title")).to_have_text("article.pdf, page 2")
    await page.get_by_role("button", name="Read this page").click()
    await expect(page.get_by_role("button", name="article.pdf page 2: done")).to_be_visible()


async def test_offer_walk(page: Page, offered: Offered) -> None:
    """From the offer to a page that two engines have read; what was read stays when the server is stopped."""
    await expect(card(page)).to_contain_text(re.compile(r"GB to download.*about \d+ "))
    assert await complaints(page, "offered") == []
    await read_by_tesseract(page)
    await cancel_and_go_on(page, offered)
    await read_beside(page, offered)
    await stop_in_two_tabs(page, offered)


async def cancel_and_go_on(page: Page, offered: Offered) -> None:
    """A download ended in the middle leaves no process, and the next one goes on there."""
    start = card(page).get_by_role("button", name="Download and start")
    offered.hub.last_byte.clear()
    await start.click()
    stored = round(100 * STEP_BYTES / len(offered.hub.files[MODEL]))
    await expect(card(page).get_by_role("progressbar")).to_have_js_property("value", stored)
    assert await complaints(page, "downloading") == []
    await card(page).get_by_role("button", name="Cancel").click()
    await expect(start).to_be_visible()
    assert offered.processes() == []
    offered.hub.asked.clear()
    offered.hub.last_byte.set()
    await start.click()
    await expect(card(page).get_by_role("button", name="Stop LightOnOCR")).to_be_visible(timeout=STARTED)
    assert any(asked.endswith(f"{MODEL} bytes={STEP_BYTES}-") for asked in offered.hub.asked)
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert await complaints(page, "ready on a phone") == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]


async def read_beside(page: Page, offered: Offered) -> None:
    """The page that Tesseract has read is read by LightOnOCR, and once more when the server has slept."""
    state = page.get_by_label("State of this page")
    await state.get_by_role("button", name="Read with LightOnOCR").click()
    await expect(state.get_by_role("button", name="Compare 2 readings")).to_be_visible(timeout=STARTED)
    await page.get_by_role("tab", name="Raw").click()
    await expect(page.get_by_label("Raw text of this page")).to_have_text(ANSWER, use_inner_text=True)
    await expect(card(page)).to_contain_text("The last page took")
    await sleep(offered)
    await state.get_by_text("Read page again with…").click()
    await state.get_by_role("button", name="Read page again", exact=True).click()
    await expect(state.get_by_role("button", name="Compare 3 readings")).to_be_visible(timeout=STARTED)


async def stop_in_two_tabs(page: Page, offered: Offered) -> None:
    """One server for all tabs: each has its models, and none has them when it was stopped in one."""
    other = await page.context.new_page()
    await visit(other, offered.app)
    await expect(card(other).get_by_role("button", name="Stop LightOnOCR")).to_be_visible()
    await expect(other.get_by_label("Model").first).to_have_value(LocalOffer().model)
    await card(page).get_by_role("button", name="Stop LightOnOCR").click()
    await expect(card(page).get_by_role("button", name="Start", exact=True)).to_be_visible()
    assert offered.processes() == []
    await other.get_by_role("button", name="Sample: Receipt").click()
    for tab in (page, other):
        await expect(tab.get_by_label("Model").first).to_have_value(re.compile("tesseract"))
    await expect(page.get_by_role("button", name="article.pdf page 2: done")).to_be_visible()
    await expect(page.get_by_role("button", name="Compare 3 readings")).to_be_visible()


async def sleep(offered: Offered) -> None:
    """Wait until the server sleeps; the page takes no notice."""
    server = offered.server.server
    assert server
    props = (server.url or "").removesuffix("/v1") + "/props"
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {server.api_key}"}, trust_env=False) as http:
        while not (await http.get(props)).json()["is_sleeping"]:
            assert offered.server.ready
    assert offered.server.ready


async def test_offer_failure(page: Page, offered: Offered) -> None:
    """A download that fails says why and stands to be pressed again; Tesseract reads on."""
    offered.hub.files.clear()
    start = card(page).get_by_role("button", name="Download and start")
    await start.click()
    await expect(card(page).get_by_role("alert")).to_contain_text("GGUF", timeout=STARTED)
    await expect(start).to_be_visible()
    await page.emulate_media(color_scheme="dark")
    assert await complaints(page, "failed") == []
    await read_by_tesseract(page)


async def test_offer_in_french_by_keyboard(page: Page, offered: Offered) -> None:
    """The whole card is French; the choice and the button are reached by Tab."""
    await page.get_by_role("button", name="FR", exact=True).click()
    french = page.get_by_role("region", name="LightOnOCR sur cet ordinateur")
    button = french.get_by_role("button", name="Télécharger et lancer")
    await expect(button).to_be_visible()
    await expect(french).to_contain_text("Go à télécharger")
    await french.get_by_role("checkbox").focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await expect(button).to_be_focused()
    offered.hub.last_byte.clear()
    await page.keyboard.press("Enter")
    await expect(french.get_by_role("button", name="Annuler")).to_be_focused()
    server = offered.server.server
    assert server
    assert server.local
    assert "--image-max-tokens" in server.local.launch.command
