"""The real llama-server behind the real screen: what the model writes is what the browser shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from gradio_client import Client as ApiClient
from gradio_client import handle_file
from playwright.async_api import Browser

from ocr.documents.renderer import Renderer
from ocr.engines.waiting_reader import patient
from tests.browser.conftest import launched
from tests.browser.walk import walk
from tests.conftest import SAMPLES
from tests.tiny_model.in_the_browser import read_in_the_browser
from tests.tiny_model.reading import LAYOUT, Running
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def app(llama: Running, renderer: Renderer) -> Iterator[Served]:
    """The whole app, with the real llama-server."""
    reader = patient(llama.client(), llama.server)
    with served(reader, renderer, llama.server) as app:
        yield app


async def test_browser_exact(browser: Browser, app: Served) -> None:
    """The article's second page, asked of LightOnOCR-3."""
    await read_in_the_browser(browser, app, LAYOUT)


def test_browser_app_answers_programs(app: Served) -> None:
    """The endpoint `/read` of the same app, with the same answer."""
    client = ApiClient(app.url, verbose=False, analytics_enabled=False, httpx_kwargs={"timeout": 60})
    file = handle_file(SAMPLES / LAYOUT.document)
    read = client.predict(file, str(LAYOUT.page), LAYOUT.model, api_name="/read")
    client.close()
    assert [(page["number"], page["raw"]) for page in read["result"]["pages"]] == [(LAYOUT.page, LAYOUT.answer)]


async def test_browser_walk(browser: Browser, app: Served, tmp_path: Path) -> None:
    """Everything that the desk can do, read by LightOnOCR-3."""
    witness = await walk(browser, app, tmp_path, ("Temperature", "0.1", "temperature 0.1"), LAYOUT.model)
    assert witness.outside == []
