"""A reader with its connections, its cache and its model."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.engines.open_reader import open_reader
from ocr.engines.select import running_server
from ocr.errors import UnknownModel
from ocr.events import Delta, Finished
from ocr.types import PageImage
from tests.inference.scripted_server import Connection, Request, scripted_server

PAGE = PageImage(10, 10, b"pixels", "image/png")


async def answers(_request: Request, connection: Connection) -> None:
    await connection.stream("words", tokens=1)


@pytest.mark.anyio
@pytest.mark.parametrize(("cached", "requests"), [(True, 1), (False, 2)])
async def test_open_reader_asks_what_is_not_cached(tmp_path: Path, cached: bool, requests: int) -> None:
    """A page that was read whole is asked for once, if there is a cache."""
    async with scripted_server(answers) as scripted:
        settings = Settings(server_url=(scripted.url,), cache_dir=tmp_path if cached else None)
        for _ in range(2):
            with running_server(settings) as server:
                async with open_reader(settings, server, stream_interval=16) as opened:
                    answer = [item async for item in opened.reader.read(PAGE, opened.options)]
                    assert isinstance(answer[-1], Finished)
                    assert "".join(item.text for item in answer if isinstance(item, Delta)) == "words"
        assert (opened.url, opened.options.model) == (scripted.url, "lightonai/LightOnOCR-3-1B")
        assert [request.json["stream_interval"] for request in scripted.reads] == [16] * requests


@pytest.mark.anyio
async def test_open_reader_refuses_a_model_that_is_not_served() -> None:
    """Before any page is asked for."""
    async with scripted_server(answers) as scripted:
        settings = Settings(request=ReadRequest(model="another"), server_url=(scripted.url,))
        with running_server(settings) as server, pytest.raises(UnknownModel, match="another"):
            async with open_reader(settings, server):
                pass
        assert scripted.reads == []


@pytest.mark.anyio
async def test_open_reader_of_the_cpu_engine(tmp_path: Path) -> None:
    """It has no address, and what it reads is not cached."""
    settings = Settings(local="no", concurrency=1, cache_dir=tmp_path)
    with running_server(settings) as server:
        async with open_reader(settings, server) as opened:
            assert opened.reader is server.tesseract
            assert (opened.url, opened.options.model) == (None, "tesseract")
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - a folder of nothing
