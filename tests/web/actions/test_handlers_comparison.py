from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ocr.documents.renderer import Renderer
from ocr.types import PageId
from ocr.web.actions.downloads import write_download
from ocr.web.state.session_store import Sessions
from tests.web.actions.test_handlers import VISITOR, event, handlers, screen_after
from tests.web.readers import ScriptedReader

pytestmark = pytest.mark.anyio
PAGE = PageId(0, 1)


class Desk:
    """A document of three pages whose first one was read twice, and who looks at it."""

    def __init__(self, sessions: Sessions, renderer: Renderer, uploaded: Path) -> None:
        reader = ScriptedReader(
            [["The modem"], ["The modern"], ["The moderns"]], names=("LightOnOCR-2-1B", "LightOnOCR-3-1B")
        )
        self.handlers = handlers(sessions, renderer, reader, uploaded)

    async def again(self, **how: Any) -> Any:
        return await screen_after(self.handlers.read_again(event(page="0-1", **how), VISITOR))


@pytest.fixture
async def desk(sessions: Sessions, renderer: Renderer, three_pages: Path) -> Desk:
    desk = Desk(sessions, renderer, three_pages)
    add = desk.handlers.add(event(files=[{"upload": str(three_pages), "name": "three.pdf"}]), VISITOR)
    await screen_after(add)
    await screen_after(desk.handlers.arrive(event(), VISITOR))
    await screen_after(desk.handlers.read_page(event(page="0-1"), VISITOR))
    await desk.again(model="LightOnOCR-3-1B")
    return desk


async def test_comparing_is_sent_while_it_is_looked_at(desk: Desk, sessions: Sessions) -> None:
    """Opened, it has both texts; any other tab closes it, and so does a reload."""
    assert (await screen_after(desk.handlers.choose_page(event(page="0-1"), VISITOR))).compare["rows"] == "[]"
    shown = await screen_after(desk.handlers.show_comparison(event(), VISITOR))
    assert (shown.compare["a"], shown.compare["b"], shown.compare["said"]) == (1, 2, "1 word differs · 50.0 % similar")
    for other in (desk.handlers.show_page, desk.handlers.show_document):
        assert not (await screen_after(other(event(), VISITOR))).compare["open"]
        assert (await screen_after(desk.handlers.show_comparison(event(), VISITOR))).compare["open"]
    key = sessions.of("a").key
    reloaded: Any = SimpleNamespace(session_hash="b")
    assert not (await screen_after(desk.handlers.arrive(event(key=key), reloaded))).compare["open"]


async def test_comparing_keeps_the_one_that_is_chosen(desk: Desk, sessions: Sessions) -> None:
    """It is what the page shows and what can be downloaded; choosing is undone by choosing the other."""
    await screen_after(desk.handlers.show_comparison(event(), VISITOR))
    shown = await screen_after(desk.handlers.restore_reading(event(number=1), VISITOR))
    assert (shown.compare["own"], shown.compare["a"], shown.compare["b"]) == (1, 1, 2)
    assert (shown.raw["text"], shown.page_status["word"]) == ("The modem", "done")
    session = sessions.of("a")
    await write_download(session, "http://server/v1", "md", None)
    markdown = next(one.path for one in session.downloads if one.path).read_text()
    assert "The modem" in markdown
    assert "modern" not in markdown
    assert (await screen_after(desk.handlers.restore_reading(event(number=2), VISITOR))).raw["text"] == "The modern"


async def test_comparing_picks_any_two(desk: Desk) -> None:
    """A third reading is compared with what it replaced; any other pair is a choice away."""
    await screen_after(desk.handlers.show_comparison(event(), VISITOR))
    shown = await desk.again(longest_side="700")
    assert (shown.compare["a"], shown.compare["b"], shown.compare["own"]) == (2, 3, 3)
    shown = await screen_after(desk.handlers.choose_readings(event(a=1, b=3), VISITOR))
    assert (shown.compare["a"], shown.compare["b"]) == (1, 3)


@pytest.mark.parametrize("said", [{}, {"a": "x", "b": None, "number": []}, {"a": -1, "b": 10**30, "number": 99}])
async def test_comparing_nonsense_changes_nothing(desk: Desk, said: dict[str, Any]) -> None:
    """What a browser says is anything at all."""
    before = await screen_after(desk.handlers.show_comparison(event(), VISITOR))
    assert (await screen_after(desk.handlers.choose_readings(event(**said), VISITOR))).compare == before.compare
    assert (await screen_after(desk.handlers.restore_reading(event(**said), VISITOR))).compare == before.compare


async def test_comparing_without_a_page_is_nothing(sessions: Sessions, renderer: Renderer, three_pages: Path) -> None:
    """Nobody has added a document yet."""
    idle = Desk(sessions, renderer, three_pages).handlers
    for doing in (
        idle.show_comparison(event(), VISITOR),
        idle.choose_readings(event(a=1, b=2), VISITOR),
        idle.restore_reading(event(number=1), VISITOR),
    ):
        assert (await screen_after(doing)).compare["readings"] == []
