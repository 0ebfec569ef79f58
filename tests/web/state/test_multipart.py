from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ocr.web.state.multipart import BadMultipart, TooManyBytes, file_name, write_files

pytestmark = pytest.mark.anyio
KIND = "multipart/form-data; boundary=b"


def part(content: bytes, disposition: str = 'form-data; name="files"; filename="a.pdf"') -> bytes:
    return b"--b\r\nContent-Disposition: " + disposition.encode() + b"\r\n\r\n" + content + b"\r\n"


async def pieces(body: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_multipart_writes_each_file(tmp_path: Path, size: int) -> None:
    """However the network cuts the body up; equal names do not meet."""
    contents = [b"", b"\r\n--b\r\n--bx--", bytes(range(256)) * 3]
    body = b"".join(part(content.replace(b"\r\n--b\r\n", b"")) for content in contents) + b"--b--\r\n"
    paths = await write_files(pieces(body, size), KIND, tmp_path, 10_000)
    assert [path.read_bytes() for path in paths] == [content.replace(b"\r\n--b\r\n", b"") for content in contents]
    assert {path.name for path in paths} == {"a.pdf"}
    assert len({path.parent for path in paths}) == 3


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", part(b"x") + b"--b--"),
        (KIND, b""),
        (KIND, b"no boundary"),
        (KIND, part(b"x" * 100_000, 'form-data; name="field"') + b"--b--"),
        (KIND, part(b"x", 'form-data; name="other"; filename="a.pdf"') + b"--b--"),
        (KIND, part(b"x", f'form-data; name="files"; filename="{"a" * 20_000}"') + b"--b--"),
        (KIND, part(b"cut short")[:-10]),
    ],
    ids=["json", "no boundary given", "empty", "no part", "a field", "another field", "a long header", "cut short"],
)
async def test_multipart_takes_nothing_else(tmp_path: Path, kind: str, body: bytes) -> None:
    """A field would be kept in memory; nothing sends one."""
    with pytest.raises(BadMultipart):
        await write_files(pieces(body, 1000), kind, tmp_path, 1_000_000)


async def test_multipart_counts_the_bytes_that_arrive(tmp_path: Path) -> None:
    body = part(b"x" * 600) + part(b"x" * 600) + b"--b--"
    with pytest.raises(TooManyBytes):
        await write_files(pieces(body, 100), KIND, tmp_path, 1000)


async def test_multipart_leaves_the_event_loop_its_turn(tmp_path: Path) -> None:
    """Disks can be slow: files are written beside it."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(others())
    await write_files(pieces(part(b"x" * 1000) + b"--b--", 10), KIND, tmp_path, 10_000)
    task.cancel()
    assert turns > 50


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a.pdf", "a.pdf"), ("../../etc/passwd", "passwd"), ("C:\\x\\b.PDF", "b.PDF"), ("..", "document"),
        ("", "document"), ("/", "document"), ("契約書.pdf", "契約書.pdf"), ("a\x1b[2J\n.pdf", "a_[2J_.pdf"),
        ("a.pdf\x1b", "a"), (f"a.{'x' * 99}", "a"),
    ],
)  # fmt: skip
async def test_multipart_file_names_stay_in_their_folder(given: str, name: str) -> None:
    assert file_name(given) == name


@pytest.mark.parametrize("given", ["é" * 300 + ".pdf", "x" * 300, "." + "x" * 300])
async def test_multipart_file_names_fit_the_disk(given: str) -> None:
    assert len(file_name(given).encode()) <= 211
    assert file_name("é" * 300 + ".pdf").endswith("é.pdf")
