"""Corrections as the browser sends them, one right after the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ocr.documents.renderer import Renderer
from ocr.export.clipboard import CopyForm
from ocr.types import PageId
from ocr.web.actions.copy_pages import copied_json
from ocr.web.actions.handlers import Handlers
from ocr.web.actions.place_handlers import PlaceHandlers
from ocr.web.state.session import Session
from ocr.web.state.session_store import Sessions
from tests.web.actions.test_handlers import VISITOR, event, handlers, screen_after
from tests.web.readers import ScriptedReader

pytestmark = pytest.mark.anyio
PAGE = PageId(0, 1)
REST = "\n\n" + "word " * 4_000
Press = AsyncIterator[tuple[Any, ...]]


@pytest.fixture(params=["", REST.rstrip()], ids=["short", "long"])
async def desk(request: pytest.FixtureRequest, sessions: Sessions, renderer: Renderer, three_pages: Path) -> Handlers:
    """A page was read whose text is changed at once, or in a thread."""
    page = handlers(sessions, renderer, ScriptedReader([[f"old{request.param}"], ["again"]]), three_pages)
    await screen_after(page.add(event(files=[{"upload": str(three_pages), "name": "three.pdf"}]), VISITOR))
    await screen_after(page.arrive(event(), VISITOR))
    await screen_after(page.read_page(event(page="0-1"), VISITOR))
    return page


@pytest.fixture
def session(desk: Handlers) -> Session:
    return desk.runner.sessions.of(VISITOR.session_hash or "")


def typed(desk: Handlers, text: str, before: str = "old") -> Press:
    """Save was pressed."""
    return PlaceHandlers(desk.runner).edit(event(page="0-1", at=0, before=before, text=text, edit="1"), VISITOR)


async def press(*presses: Press) -> None:
    """One after the other, without waiting for what comes of them."""
    await asyncio.gather(*map(screen_after, presses))


async def test_undo_takes_back_what_was_saved_just_before(desk: Handlers, session: Session) -> None:
    """And Redo makes it again."""
    places = PlaceHandlers(desk.runner)
    await press(typed(desk, "first"))
    await press(typed(desk, "second", "first"), places.undo(event(page="0-1"), VISITOR))
    assert (session.pages[PAGE].markdown.split()[0], session.edit.problem) == ("first", "")
    await press(
        typed(desk, "second", "first"), *(one(event(page="0-1"), VISITOR) for one in (places.undo, places.redo))
    )
    assert session.pages[PAGE].markdown.split()[0] == "second"


async def test_download_and_copy_have_what_was_saved_just_before(desk: Handlers, session: Session) -> None:
    """The files that were there have gone, and the one that is written is of the new text."""
    download = desk.download(event(format="txt", request="r"), VISITOR)
    copying = copied_json(session, PAGE, CopyForm.PLAIN, whole=False)
    _, _, copied = await asyncio.gather(screen_after(typed(desk, "new")), screen_after(download), copying)
    (made,) = [one.path for one in session.downloads if one.path]
    assert made.read_text().startswith("new")
    assert json.loads(copied)["texts"]["text/plain"].startswith("new")


async def test_reading_again_comes_after_what_was_saved_just_before(desk: Handlers, session: Session) -> None:
    """The correction is among the page's readings."""
    await press(typed(desk, "new"), desk.read_again(event(page="0-1"), VISITOR))
    assert session.edit.problem == ""
    texts = [one.result.markdown.split()[0] for one in session.history.of(PAGE).readings.values()]
    assert texts == ["old", "new", "again"]
