"""A visitor's files on a disk that is full."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ocr.documents.renderer import Renderer
from ocr.errors import OutputError
from ocr.web.actions import add_documents
from ocr.web.actions.add_documents import IncomingFile
from ocr.web.state import disk
from ocr.web.state.session import Session
from tests.web.waiting import until


@pytest.mark.anyio
async def test_disk_has_no_room_for_an_upload(
    session: Session, renderer: Renderer, full_disk: Path, three_pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is named with its reason, and no page of it waits."""
    monkeypatch.setattr(disk, "RESERVE_BYTES", -(10**18))
    session.private = full_disk
    upload = await add_documents.add_file(session, IncomingFile("three.pdf", three_pages))
    await add_documents.open_upload(upload, session, renderer)
    assert str(upload.problem).startswith("three.pdf cannot be written: No space left on device.")
    assert (upload.document, list(session.pages)) == (None, [])
    assert os.listdir(full_disk) == ["ballast"]  # noqa: PTH208 - a fixed name, at once


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("bound", "value", "says"),
    [
        ("QUOTA_BYTES", 10_000, "per visitor"),
        ("QUOTA_FILES", 2, "per visitor"),
        ("RESERVE_BYTES", 10**18, "nearly full"),
    ],
)
async def test_disk_bounds_what_a_visitor_keeps(
    session: Session, three_pages: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: int, says: str
) -> None:
    """Beyond it a file is refused, says why and what to do, and leaves nothing; what is removed makes room again."""
    for name in ("0-1.png", "0-2.png"):
        await session.storage.write(session.public / name, bytes(5_000))
    monkeypatch.setattr(disk, bound, value)
    with pytest.raises(OutputError, match=says) as caught:
        await session.storage.write(session.public / "1-1.png", bytes(1_000))
    assert "emove" in caught.value.next_step
    upload = await add_documents.add_file(session, IncomingFile("three.pdf", three_pages))
    assert says in str(upload.problem)
    assert (len(os.listdir(session.public)), os.listdir(session.private)) == (2, [])  # noqa: PTH208
    if bound != "RESERVE_BYTES":
        session.storage.discard(session.storage.files)
        await session.storage.write(session.public / "1-1.png", bytes(1_000))
        assert session.storage.used_bytes == 1_000


@pytest.mark.anyio
async def test_disk_write_that_fails_is_not_counted(session: Session) -> None:
    with pytest.raises(OSError, match="No such file"):
        await session.storage.write(session.public / "gone" / "1-1.png", b"image")
    assert session.storage.used_bytes == 0


@pytest.mark.anyio
async def test_disk_discards_what_is_fetched_no_more(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser has a moment to fetch what it showed; a file of the same name that is written meanwhile stays."""
    monkeypatch.setattr(disk, "DELETE_DELAY_S", 0.05)
    gone, anew = session.public / "0-1.png", session.public / "0-2.png"
    for path in (gone, anew):
        await session.storage.write(path, b"image")
    session.storage.discard(session.storage.files)
    assert gone.exists()
    await session.storage.write(anew, b"another")
    await until(lambda: not gone.exists())
    assert anew.read_bytes() == b"another"
