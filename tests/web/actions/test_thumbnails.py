from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from ocr.config.read_request import ReadRequest
from ocr.documents.renderer import Renderer
from ocr.types import Document, PageId, PageImage
from ocr.web.actions import thumbnails
from ocr.web.actions.thumbnails import Thumbnails, missing_thumbnails
from ocr.web.state.browser_names import thumbnail_name
from ocr.web.state.session import Session
from ocr.web.state.session_store import Sessions
from ocr.web.state.session_tasks import Run

pytestmark = pytest.mark.anyio
VISITOR: Any = SimpleNamespace(session_hash="a")


@pytest.fixture
async def opened(session: Session, renderer: Renderer, three_pages: Path) -> Session:
    """A session with a document of three pages."""
    upload = session.add("three.pdf", three_pages)
    session.add_pages(upload, await renderer.open(three_pages))
    return session


async def into_view(sessions: Sessions, renderer: Renderer, pages: object) -> list[Any]:
    """The updates of the strip; the last one changes nothing."""
    asked: Any = SimpleNamespace(pages=pages)
    *updates, last = [update async for update in Thumbnails(sessions, renderer).render_visible(asked, VISITOR)]
    assert not isinstance(last, list)
    return updates


async def test_thumbs_are_small_jpegs_that_the_strip_knows_of(
    opened: Session, sessions: Sessions, renderer: Renderer
) -> None:
    """A page in view gets its picture once; the strip's letter becomes a capital, that of other pages does not."""
    updates = await into_view(sessions, renderer, ["0-2", "0-9", "x"])
    assert updates[-1][0]["files"][0]["states"] == ["wWw"]
    with Image.open(opened.public / thumbnail_name(PageId(0, 2))) as image:
        assert (image.format, image.width) == ("JPEG", 160)
    assert await into_view(sessions, renderer, ["0-2"]) == []


async def test_thumbs_of_a_page_that_cannot_be_rendered(
    session: Session, sessions: Sessions, renderer: Renderer, tmp_path: Path
) -> None:
    """It has none, and the others get theirs."""
    gone = tmp_path / "gone.pdf"
    session.add_pages(session.add("gone.pdf", gone), Document(gone, "gone.pdf", "application/pdf", 1, "0" * 64))
    assert await into_view(sessions, renderer, ["0-1"]) == []
    assert session.thumbnails == set()


async def test_thumbs_stop_when_the_tab_is_gone(opened: Session, sessions: Sessions, renderer: Renderer) -> None:
    """Nobody looks any more."""
    making = Thumbnails(sessions, renderer)._render(opened, list(opened.pages))
    opened.left_at = 1.0
    assert [one async for one in making] == []
    assert opened.thumbnails == set()


async def test_thumbs_rest_longer_during_a_run(
    opened: Session, sessions: Sessions, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause after each is in proportion to the work, and several times as long while pages are being read."""
    now, pauses = 0.0, list[float]()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def work(*_: object) -> bool:
        nonlocal now
        now += 0.5
        return True

    monkeypatch.setattr(thumbnails, "sleep", pause)
    monkeypatch.setattr(thumbnails, "monotonic", lambda: now)
    monkeypatch.setattr(Thumbnails, "_render_one", work)
    opened.run = Run((), ReadRequest(), ended=1.0)
    await into_view(sessions, renderer, ["0-1"])
    opened.run = Run((), ReadRequest())
    await into_view(sessions, renderer, ["0-2"])
    assert pauses == [0.5, 4.5]


@pytest.mark.parametrize("names", [None, "0-1", {"0-1": 1}, [{}, None, "0-0", "9-1", -1], 7])
async def test_thumbs_wanted_takes_anything(opened: Session, names: object) -> None:
    """What a browser says is anything at all."""
    assert missing_thumbnails(opened, names) == []


async def test_thumbs_wanted_at_most_so_many(session: Session) -> None:
    """One request cannot ask for a whole book."""
    path = session.private / "0.pdf"
    session.add_pages(session.add("book.pdf", path), Document(path, "book.pdf", "application/pdf", 99, "0" * 64))
    assert (
        len(missing_thumbnails(session, [f"0-{number}" for number in range(1, 100)]))
        == thumbnails.MAX_THUMBNAILS_PER_REQUEST
    )


def book(session: Session) -> list[PageId]:
    path = session.private / "0.pdf"
    session.add_pages(session.add("book.pdf", path), Document(path, "book.pdf", "application/pdf", 9, "0" * 64))
    return list(session.pages)


async def test_thumbs_pause_is_the_visitors_own(
    sessions: Sessions, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one visitor's thumbnails rest, however long, another gets all of theirs."""
    busy, other = sessions.of("busy"), sessions.of("other")
    resting = asyncio.Event()

    async def pause(_: float) -> None:
        if not resting.is_set():  # the first, who is the busy one
            resting.set()
            await asyncio.Event().wait()

    async def work(*_: object) -> bool:
        return True

    monkeypatch.setattr(thumbnails, "sleep", pause)
    monkeypatch.setattr(Thumbnails, "_render_one", work)
    making = Thumbnails(sessions, renderer)
    first = asyncio.ensure_future(anext(making._render(busy, book(busy))))
    await resting.wait()
    async with asyncio.timeout(60):
        assert [news async for news in making._render(other, book(other))]
    first.cancel()
    await asyncio.wait({first})


async def test_thumbs_visitors_take_turns(
    sessions: Sessions, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A visitor who asks many times at once gets no more turns than one who asks once."""
    greedy, modest = sessions.of("greedy"), sessions.of("modest")
    made: list[Session] = []

    async def work(_: object, session: Session, page: PageId) -> bool:
        await asyncio.sleep(0)
        made.append(session)
        return False

    async def make(session: Session, pages: list[PageId]) -> None:
        assert [news async for news in making._render(session, pages)] == []

    monkeypatch.setattr(Thumbnails, "_render_one", work)
    making = Thumbnails(sessions, renderer)
    pages = book(greedy)
    await asyncio.gather(*(make(greedy, pages[:3]) for _ in range(5)), make(modest, book(modest)[:3]))
    assert [session.key for session in made[:6]].count(modest.key) == 3


async def test_thumbs_are_written_as_a_render_process_made_them(opened: Session, sessions: Sessions) -> None:
    """No visitor's image is decoded in the app's own process, however small it is."""

    class Process:
        async def thumbnail(self, *_: object) -> PageImage:
            return PageImage(160, 226, b"what no decoder takes", "image/jpeg")

    renderer: Any = Process()
    await into_view(sessions, renderer, ["0-1"])
    assert (opened.public / thumbnail_name(PageId(0, 1))).read_bytes() == b"what no decoder takes"
