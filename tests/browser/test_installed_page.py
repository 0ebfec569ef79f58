"""The page of an installed package, opened in a browser: nothing that it shows or serves was left out of the wheel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.conftest import WHOLE_RUN, Witness
from tests.inference.scripted_server import scripted_server
from tests.installed_package import LETTER, answer_letter, build_wheel, install

START_TIMEOUT_S = 240
"""The first import of Gradio in a new environment compiles everything: six seconds of CPU, more on a busy machine."""

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(400)]


@pytest.fixture
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of `pagelight web`, installed with the page alone; it reads through a server."""
    folder = tmp_path_factory.mktemp("installed")
    wheel = await asyncio.to_thread(build_wheel, folder)
    installed = await asyncio.to_thread(install, wheel, folder / "env", "[app]")
    async with scripted_server(answer_letter) as server:
        process = await asyncio.create_subprocess_exec(
            installed.folder / "bin" / "pagelight", "web", "--port", "0", "--server-url", server.url,
            cwd=installed.folder, env=installed.variables, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                line = (await process.stdout.readline()).decode()
            assert line.startswith("Pagelight is at "), line
            yield line.split()[-1]
        finally:
            process.terminate()
            await process.communicate()


async def test_installed_page_reads_a_sample(url: str, context: BrowserContext) -> None:
    """A sample is there, is shown and read; no script, style or font is missing and nothing comes from outside."""
    witness = Witness(urlsplit(url).netloc)
    page = await context.new_page()
    witness.watch(page)
    missing: list[str] = []
    page.on("response", lambda response: missing.append(response.url) if response.status >= 400 else None)
    await page.goto(url)
    for sample in ("Article", "Letter", "Receipt"):
        await expect(page.get_by_role("button", name=f"Sample: {sample}")).to_be_visible()
    await page.get_by_role("button", name="Sample: Letter").click()
    await expect(page.get_by_role("img", name="letter.pdf, page 1")).to_be_visible()
    await page.get_by_role("button", name="Read again").wait_for(timeout=WHOLE_RUN)
    await expect(page.get_by_text(LETTER.split()[0]).first).to_be_visible()
    assert (missing, witness.outside, witness.complaints) == ([], [], [])
