"""app.py itself, started as a user starts it: what its options say reaches those who keep to it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client as ApiClient
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from tests.conftest import ROOT, SAMPLES
from tests.documents.papers import pdf, text_page
from tests.inference.scripted_server import Connection, Request, scripted_server

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def started(*options: str) -> AsyncIterator[ApiClient]:
    """A program that uses the page's API, on any free port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "app.py", "--port", "0", *options, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        said = ""
        while "Pagelight is at" not in said:
            line = await process.stdout.readline()
            assert line, said
            said = line.decode()
        url = said.split()[-1]
        quiet = {"verbose": False, "analytics_enabled": False, "download_files": False}
        client = await asyncio.to_thread(ApiClient, url, httpx_kwargs={"timeout": 60}, **quiet)
        yield client
        client.close()
    finally:
        process.terminate()
        await process.communicate()


async def read(client: ApiClient, path: Path) -> Any:
    return await asyncio.to_thread(client.predict, handle_file(path), api_name="/read")


async def test_app_keeps_to_its_options(tmp_path: Path) -> None:
    """Its limits of pages and of an answer's time are those asked for."""
    long = pdf(tmp_path / "long.pdf", *[text_page(number) for number in (1, 2, 3)])

    async def endless(request: Request, connection: Connection) -> None:
        await connection.begin()
        while not connection.reader.at_eof():
            await connection.chunk("word ")
            await asyncio.sleep(0.05)

    async with scripted_server(endless) as server:
        limits = ("--max-pages", "2", "--page-timeout", "3")
        async with started("--server-url", server.url, *limits) as client, asyncio.timeout(60):
            with pytest.raises(AppError, match="has 3 pages; the limit is 2"):
                await read(client, long)
            (page,) = (await read(client, SAMPLES / "letter.pdf"))["result"]["pages"]
    assert "within 3 s" in page["error"]
    assert "--page-timeout" in page["error"]
    assert page["markdown"].startswith("word word")
