"""`servers.txt` of a run: which servers it lists, when it changes, and what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from ocr.batch.server_file import SERVER_FILE, has_server_file, listed_servers
from ocr.batch.storage import Folder
from ocr.config.settings import Settings
from ocr.engines.open_reader import open_reader
from ocr.engines.select import running_server
from ocr.errors import StorageError
from ocr.events import PageDone
from ocr.pipeline.run import read_pages
from tests.batch.s3_server import S3Server
from tests.engines.test_server_pool import sound, whole
from tests.inference.scripted_server import scripted_server
from tests.pipeline.runs import Source, ends
from tests.web.waiting import until

pytestmark = pytest.mark.anyio

A, B = "http://a:8000/v1", "http://b:8000/v1"


class Looking:
    """The lists that a run is given, as they come."""

    def __init__(self, folder: Folder, api_key: str | None = None) -> None:
        self.told: list[str] = []
        self._lists = listed_servers(folder, api_key, self.told.append, interval_s=0.01)()

    async def next(self) -> tuple[str, ...]:
        async with asyncio.timeout(60):
            return await anext(self._lists)

    @property
    def lists(self) -> AsyncGenerator[tuple[str, ...], None]:
        return self._lists


@asynccontextmanager
async def looking(folder: Folder, api_key: str | None = None) -> AsyncIterator[Looking]:
    made = Looking(folder, api_key)
    async with aclosing(made.lists):
        yield made


async def test_server_file_as_it_changes(tmp_path: Path) -> None:
    """Comments, blank lines, an address without /v1, one twice; then one more, one less, none, no file."""
    folder = Folder(tmp_path)
    assert not has_server_file(folder)
    folder.write(SERVER_FILE, b"# ours\n\nhttp://a:8000  # the first\r\n http://a:8000/v1\n")
    assert has_server_file(folder)
    async with looking(folder) as looks:
        assert await looks.next() == (A,)
        folder.write(SERVER_FILE, b"http://a:8000\nhttp://b:8000")
        assert await looks.next() == (A, B)
        folder.write(SERVER_FILE, b"http://b:8000")
        assert await looks.next() == (B,)
        assert looks.told == []
        folder.write(SERVER_FILE, b"# none now\n")
        assert await looks.next() == ()
        folder.write(SERVER_FILE, b"http://a:8000")
        assert await looks.next() == (A,)
        folder.delete(SERVER_FILE)
        assert await looks.next() == ()
    assert len(looks.told) == 2
    assert all(SERVER_FILE in said for said in looks.told)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("gpu-1:8000", None),
        ("http://", None),
        ("http://h:port/v1", None),
        ("http://me:pw@h:8000", "k"),
        ("\xff\xfe", None),
    ],
)
async def test_server_file_with_a_broken_line(tmp_path: Path, line: str, key: str | None) -> None:
    """It is told once, however often the file is looked at, and the other lines count."""
    folder = Folder(tmp_path)
    folder.write(SERVER_FILE, f"{line}\nhttp://a:8000\n".encode("latin-1"))
    async with looking(folder, key) as looks:
        assert await looks.next() == (A,)
        folder.write(SERVER_FILE, f"http://b:8000\n{line}".encode("latin-1"))
        assert await looks.next() == (B,)
    (said,) = looks.told
    assert SERVER_FILE in said


class Failing(Folder):
    """A folder whose store does not answer for a while."""

    def __init__(self, url: Path) -> None:
        super().__init__(url)
        self.fails = False
        self.looks = 0

    def read(self, name: str) -> bytes:
        self.looks += 1
        if self.fails:
            raise StorageError("The store does not answer.")
        return super().read(name)


async def test_server_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    """As some editors begin a file."""
    folder = Folder(tmp_path)
    folder.write(SERVER_FILE, b"\xef\xbb\xbfhttp://a:8000\r\n")
    async with looking(folder) as looks:
        assert await looks.next() == (A,)
    assert looks.told == []


async def test_server_file_that_cannot_be_read(tmp_path: Path) -> None:
    """The servers stay as they were; it is told once."""
    folder = Failing(tmp_path)
    folder.write(SERVER_FILE, b"http://a:8000\n")
    async with looking(folder) as looks:
        assert await looks.next() == (A,)
        folder.fails = True
        seen = folder.looks
        following = asyncio.create_task(looks.next())
        await until(lambda: folder.looks > seen + 3)
        assert not following.done()
        folder.write(SERVER_FILE, b"http://b:8000\n")
        folder.fails = False
        assert await following == (B,)
    assert looks.told == ["The store does not answer."]


async def test_server_file_in_a_store(s3: S3Server) -> None:
    """It is read anew at each look."""
    folder = Folder(f"s3://{s3.bucket()}/run")
    folder.write(SERVER_FILE, b"http://a:8000\n")
    async with looking(folder) as looks:
        assert await looks.next() == (A,)
        folder.write(SERVER_FILE, b"http://a:8000\nhttp://b:8000\n")
        assert await looks.next() == (A, B)
        assert folder.names() == [SERVER_FILE]


async def test_server_file_of_a_run(tmp_path: Path) -> None:
    """A run that began without any server reads with the one that is written into the file."""
    folder = Folder(tmp_path)
    folder.write(SERVER_FILE, b"")
    told: list[str] = []
    listed = listed_servers(folder, None, told.append, interval_s=0.01)

    async def reading() -> dict[int, object]:
        with running_server(Settings(), listed=listed) as server:
            async with open_reader(Settings(), server) as opened:
                pages = read_pages(
                    sound(6), Source(), opened.reader, opened.options, concurrency=server.concurrency
                )  # fmt: skip
                return ends([event async for event in pages])

    run = asyncio.create_task(reading())
    await until(lambda: bool(told))
    async with asyncio.timeout(60), scripted_server(whole) as server:
        folder.write(SERVER_FILE, server.url.encode())
        found = await run
    assert {type(end) for end in found.values()} == {PageDone}
    assert len(server.reads) == 6
