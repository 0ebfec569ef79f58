"""The real llama-server behind the real screen: what the model writes is what the browser shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser

from ocr.documents.renderer import Renderer
from ocr.engines.waiting_reader import patient
from ocr.inference.client import Client
from tests.browser.conftest import launched
from tests.llamacpp.conftest import Running
from tests.tiny_model.in_the_browser import read_in_the_browser
from tests.tiny_model.model import WHOLE
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

LAYOUT = next(answer for answer in WHOLE if "3-1B" in answer.model)


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def app(llama: Running, renderer: Renderer) -> Iterator[Served]:
    """The whole app, with the real llama-server."""
    reader = patient(Client(llama.server.url or "", llama.server.api_key), llama.server)
    with served(reader, renderer, llama.server) as app:
        yield app


async def test_browser_exact(browser: Browser, app: Served) -> None:
    """The article's second page, asked of LightOnOCR-3."""
    await read_in_the_browser(browser, app, LAYOUT)
