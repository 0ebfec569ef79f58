"""What becomes of a page that the visitor turns, with the real renderer."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.documents.renderer import Renderer
from ocr.types import PageId
from ocr.web.actions.handlers import Handlers
from ocr.web.actions.turn_handlers import TurnHandlers
from ocr.web.state.session_store import Sessions
from tests.documents.papers import pdf, text_page
from tests.web.actions.test_handlers import VISITOR, event, handlers, screen_after
from tests.web.readers import ScriptedReader

pytestmark = pytest.mark.anyio
PAGE = PageId(0, 1)


@pytest.fixture
async def desk(sessions: Sessions, renderer: Renderer, tmp_path: Path) -> Handlers:
    """A document of two pages; the first is shown."""
    path = pdf(tmp_path / "two.pdf", text_page(1), text_page(2))
    desk = handlers(sessions, renderer, ScriptedReader([["read"]]), path)
    await screen_after(desk.add(event(files=[{"upload": str(path), "name": path.name}]), VISITOR))
    return desk


async def test_turned_page_is_read_as_it_is_shown(desk: Handlers, sessions: Sessions) -> None:
    """The image is turned on the screen until the page is read, then it is rendered so; other pages are not turned."""
    turn = TurnHandlers(desk.runner).turn
    assert (await screen_after(turn(event(page="0-1"), VISITOR))).viewer["turn"] == 90
    assert (await screen_after(turn(event(page="0-1"), VISITOR))).viewer["turn"] == 180
    shown = await screen_after(desk.read(event(pages="", model=""), VISITOR))
    session = sessions.of("a")
    rotations = [page.result.rotation for page in session.pages.values() if page.result]
    assert (rotations, session.pictures[PAGE].image.rotation, shown.viewer["turn"]) == ([180, 0], 180, 0)


async def test_turning_by_hand_adds_to_how_the_page_is_shown(desk: Handlers, sessions: Sessions) -> None:
    """Read again turns from what is seen; without a turn the page is read as it is seen."""
    turn, session = TurnHandlers(desk.runner).turn, sessions.of("a")
    await screen_after(desk.read(event(pages="1", model=""), VISITOR))
    await screen_after(turn(event(page="0-1"), VISITOR))
    shown = await screen_after(desk.read_again(event(page="0-1", temperature="0.5"), VISITOR))
    assert (session.pictures[PAGE].image.rotation, shown.viewer["turn"]) == (90, 0)
    for _ in range(2):
        await screen_after(turn(event(page="0-1"), VISITOR))
    shown = await screen_after(desk.read_again(event(page="0-1", turn=180), VISITOR))
    assert (session.pictures[PAGE].image.rotation, shown.viewer["turn"]) == (90, 0)


@pytest.mark.parametrize("page", [None, "", "7-1", "0-9", 5])
async def test_turn_of_no_page(desk: Handlers, sessions: Sessions, page: object) -> None:
    """A browser may send anything."""
    await screen_after(TurnHandlers(desk.runner).turn(event(page=page), VISITOR))
    assert sessions.of("a").turns.by_page == {}


async def test_turn_stays_where_nothing_can_be_read(desk: Handlers, sessions: Sessions) -> None:
    """The page goes on being shown as it was turned."""
    session = sessions.of("a")
    await screen_after(desk.arrive(event(), VISITOR))
    await screen_after(desk.read(event(pages="1", model=""), VISITOR))
    await screen_after(TurnHandlers(desk.runner).turn(event(page="0-1"), VISITOR))
    shown = await screen_after(desk.read_again(event(page="0-1", turn=90, model="nobody's"), VISITOR))
    assert shown.control["problem"]
    assert session.turns.by_page == {PAGE: 90}
