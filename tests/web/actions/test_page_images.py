"""The images of a session's pages: which of them are deleted after a run."""

from __future__ import annotations

import asyncio

import pytest

from ocr.config.read_request import ReadRequest
from ocr.types import PageId, PageImage
from ocr.web.actions import page_images as module
from ocr.web.actions.page_images import discard_unused_images
from ocr.web.state.page_state import StoredImage
from ocr.web.state.session import Session
from tests.web.state.test_session import document


def test_images_that_no_reading_shows_go(session: Session) -> None:
    """After a run: what a page, or a reading that can be brought back, refers to stays; other pages keep theirs."""
    document(session, 2)
    page = PageId(0, 1)
    names = ["0-1-700-0.png", "0-1-1540-0.png", "0-1-old.png", "0-1-new.png", "0-1-small.jpg", "0-2-other.png"]
    for name in names:
        asyncio.run(session.storage.write(session.public / name, b"image"))
    session.pictures[page] = StoredImage(session.public / "0-1-1540-0.png", PageImage(10, 14, b"", "image/png"))
    session.pages[page].figures["figures/page-1-1.png"] = session.public / "0-1-new.png"
    asyncio.run(discard_unused_images(session, session.begin((page,), ReadRequest("model"))))
    assert {path.name for path in session.storage.files} == set(names) - {"0-1-700-0.png", "0-1-old.png"}


@pytest.mark.anyio
async def test_images_are_looked_for_a_part_at_a_time(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others have their turn meanwhile; a page that is read again then keeps the images that are being written."""
    monkeypatch.setattr(module, "PAGES_PER_TURN", 1)
    document(session, 2)
    first, second = session.pages
    for page in (first, second):
        await session.storage.write(session.public / f"0-{page.number}-new.png", b"image")
    run = session.begin((first, second), ReadRequest("model"))
    session.end(run)
    discarding = asyncio.create_task(discard_unused_images(session, run))
    await asyncio.sleep(0)
    assert not discarding.done()
    session.begin((second,), ReadRequest("model"))
    await discarding
    assert [path.name for path in session.storage.files] == ["0-2-new.png"]
