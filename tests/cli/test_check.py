"""The `check` command over several servers."""

from __future__ import annotations

import asyncio

import pytest

from ocr.cli.check import main
from ocr.config.settings import Settings
from ocr.engines.local.program import free_port
from tests.inference.scripted_server import scripted_server
from tests.server_check.test_check_steps import serving, word_by_word

pytestmark = pytest.mark.anyio


async def test_check_tells_each_server() -> None:
    """Two addresses: each under its name with its own verdict; the exit code is the worse one's."""
    lines: list[str] = []
    dead = f"http://127.0.0.1:{free_port()}/v1"
    async with scripted_server(serving(word_by_word)) as server:
        code = await asyncio.to_thread(main, Settings(server_url=(server.url, dead)), 0.0, lines.append)
    said = "".join(lines)
    assert code == 4
    assert said.index(f"{server.url}\n") < said.index("can read pages") < said.index(f"{dead}\n") < said.index("FAILED")
    assert "1 of 2" in said[said.index("FAILED") :]


def test_check_a_dead_server() -> None:
    lines: list[str] = []
    assert main(Settings(server_url=(f"http://127.0.0.1:{free_port()}/v1",)), 0.0, lines.append) == 4
    assert lines[-1].startswith("FAILED")
    assert "Nothing answers" in lines[-1]


def test_check_a_wrong_key() -> None:
    async def run() -> int:
        async with scripted_server(serving(word_by_word, key="k3y")) as server:
            return await asyncio.to_thread(main, Settings(server_url=(server.url,), api_key="x"), 0.0, lines.append)

    lines: list[str] = []
    assert asyncio.run(run()) == 4
    assert "API key" in lines[-1]
