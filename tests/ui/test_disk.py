"""A visitor's files on a disk that is full."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ocr.documents.renderer import Renderer
from ocr.errors import OutputError
from ocr.ui import intake
from ocr.ui.disk import write_whole, writing
from ocr.ui.intake import Given
from ocr.ui.session import Session


def test_disk_holds_a_file_whole_or_not_at_all(full_disk: Path) -> None:
    """What does not fit leaves the file from before, and nothing beside it."""
    (full_disk / "ballast").unlink()
    write_whole(full_disk / "page.png", b"before")
    said = r"page.png cannot be written: No space left on device\. Try"
    with pytest.raises(OutputError, match=said), writing("page.png"):
        write_whole(full_disk / "page.png", bytes(8192))
    assert [(path.name, path.read_bytes()) for path in full_disk.iterdir()] == [("page.png", b"before")]


@pytest.mark.anyio
async def test_disk_has_no_room_for_an_upload(
    session: Session, renderer: Renderer, full_disk: Path, three_pages: Path
) -> None:
    """The file is named with its reason, and no page of it waits."""
    session.private = full_disk
    upload = await intake.take(session, Given("three.pdf", three_pages))
    await intake.open_upload(upload, session, renderer)
    assert str(upload.problem).startswith("three.pdf cannot be written: No space left on device.")
    assert (upload.document, list(session.pages)) == (None, [])
    assert os.listdir(full_disk) == ["ballast"]  # noqa: PTH208 - a fixed name, at once
