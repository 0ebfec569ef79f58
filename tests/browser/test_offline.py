"""The page without its server: what a browser shows then, that it goes on by itself, and that nothing was kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from ocr.documents.renderer import Renderer
from ocr.web.server import offline_route
from tests.browser.conftest import DESKTOP, Witness, add, visit
from tests.browser.test_accessibility import PHONE, complaints
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

AWAY = "Pagelight cannot be reached"
KEPT = """async () => [
    ...(await caches.keys()),
    ...(await indexedDB.databases()).map(({ name }) => name),
    ...Object.keys(localStorage).filter((key) => key !== "pagelight-language"),
]"""
"""What the browser has stored of the page, but for the language, its tab's session and the service worker."""


@pytest.fixture
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([["text"]]), renderer) as app:
        yield app


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    yield context
    await context.close()


def port_of(app: Served) -> int:
    """Where an app was served that has ended, for one that is served there anew."""
    port = urlsplit(app.url).port
    assert port
    return port


async def ready(page: Page, app: Served) -> None:
    """The page is open, and its worker is there."""
    await visit(page, app)
    await page.evaluate("navigator.serviceWorker.ready.then(() => {})")


async def test_offline_page_says_so_and_goes_on(context: BrowserContext, app: Served, letter: Path) -> None:
    """A reload without a network; with it, what was there is there again."""
    page = await context.new_page()
    await ready(page, app)
    await add(page, letter)
    await expect(page.get_by_role("img", name="letter.pdf, page 1")).to_be_visible()
    await context.set_offline(True)
    await page.reload()
    await page.get_by_role("heading", name=AWAY).wait_for()
    await expect(page.get_by_role("button", name="Try again")).to_be_in_viewport()
    await context.set_offline(False)
    await expect(page.get_by_role("img", name="letter.pdf, page 1")).to_be_visible()


async def test_offline_page_waits_for_a_server_that_has_ended(context: BrowserContext, renderer: Renderer) -> None:
    """The network is there. A new version of the page is shown as soon as it is served: nothing stands before it."""
    page = await context.new_page()
    with served(ScriptedReader([["text"]]), renderer) as app:
        await ready(page, app)
    await page.reload()
    await page.get_by_role("heading", name=AWAY).wait_for()
    with served(ScriptedReader([["text"]]), renderer, port=port_of(app)):
        await page.get_by_label("Add documents").wait_for()


async def test_offline_page_is_asked_again_by_its_button(context: BrowserContext, renderer: Renderer) -> None:
    page = await context.new_page()
    await page.clock.install()  # so that nothing is asked by itself
    with served(ScriptedReader([["text"]]), renderer) as app:
        await page.goto(app.url)
        await page.clock.run_for(5_000)
        await page.evaluate("navigator.serviceWorker.ready.then(() => {})")
    await page.reload()
    await page.clock.pause_at(await page.evaluate("Date.now() + 1000"))
    with served(ScriptedReader([["text"]]), renderer, port=port_of(app)):
        await page.get_by_role("button", name="Try again").tap()
        await page.get_by_role("button", name="Try again").wait_for(state="detached")


async def test_offline_page_is_shown_where_browsers_refuse_the_route(
    context: BrowserContext, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Chrome 123 to 126 do, which know of routes but not of `not`."""
    refuses = "InstallEvent.prototype.addRoutes = () => Promise.reject(new TypeError('an empty condition'));\n"
    monkeypatch.setattr(offline_route, "WORKER", refuses + offline_route.WORKER)
    page = await context.new_page()
    with served(ScriptedReader([["text"]]), renderer) as app:
        async with asyncio.timeout(60):  # a worker that is not installed is never ready
            await ready(page, app)
    await page.reload()
    await page.get_by_role("heading", name=AWAY).wait_for()


async def test_offline_nothing_of_a_visitor_is_kept(context: BrowserContext, app: Served, letter: Path) -> None:
    """No cache, no database; every address but the page's own is the network's."""
    page = await context.new_page()
    await ready(page, app)
    await add(page, letter)
    await expect(page.get_by_role("img", name="letter.pdf, page 1")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("img", name="letter.pdf, page 1")).to_be_visible()
    assert await page.evaluate(KEPT) == []
    await context.set_offline(True)
    for address in ("config", "theme.css", "manifest.json", "service-worker.js"):
        asked = f"fetch('{address}', {{cache: 'no-store'}}).then(() => 'answered', () => 'failed')"
        assert await page.evaluate(asked) == "failed", address


async def test_offline_after_a_log_out_nothing_is_shown(context: BrowserContext, renderer: Renderer) -> None:
    """Nor before a log-in: the page that is shown is the same for everybody."""
    with served(ScriptedReader([["text"]]), renderer, auth=("ada", "lovelace")) as app:
        page = await context.new_page()
        logged_in = await context.request.post(f"{app.url}login", form={"username": "ada", "password": "lovelace"})
        assert logged_in.ok
        await ready(page, app)
        await page.goto(f"{app.url}logout")
        await expect(page.get_by_role("button", name="Login")).to_be_visible()
        assert await page.evaluate(KEPT) == []
        await context.set_offline(True)
        await page.reload()
        await page.get_by_role("heading", name=AWAY).wait_for()
        assert "ada" not in await page.content()


async def test_offline_worker_answers_for_the_page_alone(context: BrowserContext, app: Served) -> None:
    """What lies beside or below the page's own address is not answered by its worker."""
    page = await context.new_page()
    await ready(page, app)
    await context.set_offline(True)
    for address in ("nothing", "gradio_api/file=/tmp/letter.pdf"):
        other = await context.new_page()  # which the browser's own error page takes
        with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
            await other.goto(app.url + address)
    answer = await page.goto(f"{app.url}?__theme=dark#doc/1")
    assert answer
    assert answer.status == 503


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "fr")])
async def test_offline_page_is_accessible(browser: Browser, app: Served, size: Any, scheme: Any, language: str) -> None:
    """In both languages and colour schemes; its policy lets its own script and style through."""
    context = await browser.new_context(viewport=size, color_scheme=scheme, locale=language, bypass_csp=False)
    context.set_default_timeout(60_000)
    page, witness = await context.new_page(), Witness(app.url.split("/")[2])
    await page.goto(app.url)
    await page.evaluate("navigator.serviceWorker.ready.then(() => {})")
    await context.set_offline(True)
    witness.watch(page)
    await page.reload()
    await page.get_by_role("heading", name=AWAY if language == "en" else "Pagelight est injoignable").wait_for()
    complained = [one for one in witness.complaints if "ERR_INTERNET_DISCONNECTED" not in one and "503" not in one]
    assert (complained, witness.outside) == ([], [])
    assert await complaints(page, scheme) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await context.close()
