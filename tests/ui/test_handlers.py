from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from ocr.documents import Renderer
from ocr.errors import Refused, Unreachable
from ocr.page import Finish, PageId
from ocr.settings import Settings
from ocr.ui.engine import Engine
from ocr.ui.handlers import Handlers
from ocr.ui.reading import State
from ocr.ui.screen import Screen
from ocr.ui.session import Session, Sessions
from ocr.ui.turns import NOTHING
from tests.ui.conftest import LIGHTON
from tests.ui.readers import ScriptedReader, Turn, forever

pytestmark = pytest.mark.anyio
VISITOR: Any = SimpleNamespace(session_hash="a")


def event(**data: Any) -> Any:
    return SimpleNamespace(**data)


def handlers(sessions: Sessions, renderer: Renderer, reader: ScriptedReader, uploaded: Path) -> Handlers:
    return Handlers(Settings(), reader, renderer, LIGHTON, sessions, {str(uploaded)}, Engine(LIGHTON, public=False))


@pytest.fixture
async def desk(request: pytest.FixtureRequest, sessions: Sessions, renderer: Renderer, three_pages: Path) -> Handlers:
    """Handlers over the reader script in the test's parameter, with a document of three pages taken in."""
    desk = handlers(sessions, renderer, ScriptedReader(request.param), three_pages)
    async for _ in desk.add(event(files=[{"path": str(three_pages), "name": "three.pdf"}]), VISITOR):
        pass
    return desk


def script(*pages: list[Turn]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("desk", [list(pages)], indirect=True)


async def updates(desk: Handlers, pages: str = "") -> list[Screen]:
    return await screens(desk.read(event(pages=pages, model="LightOnOCR-3-1B"), VISITOR))


async def screens(run: AsyncIterator[tuple[Any, ...]]) -> list[Screen]:
    """The updates that change something; the last one never does."""
    *changes, last = [update async for update in run]
    assert last == NOTHING
    return [unwrapped(change) for change in changes]


def unwrapped(change: tuple[Any, ...]) -> Screen:
    return Screen(*(value[0] if isinstance(value, list) else value for value in change))


async def screen_after(run: AsyncIterator[tuple[Any, ...]]) -> Screen:
    return (await screens(run))[-1]


def states(session: Session) -> list[State]:
    return [page.state for page in session.pages.values()]


@script(["![text](0,0,500,100) Hello ", "world"])
async def test_handlers_read_shows_each_page_to_its_end(desk: Handlers, sessions: Sessions) -> None:
    """From the press to the downloads: text and regions of the page shown, all pages done."""
    seen = await updates(desk)
    assert seen[0].control["busy"]
    last = seen[-1]
    assert (last.text["paragraphs"], last.viewer["regions"][0]["label"]) == (
        [{"regions": [0], "html": "<p>Hello world</p>\n"}], "text",
    )  # fmt: skip
    assert states(sessions.of("a")) == [State.DONE] * 3
    assert [download["name"] for download in last.control["downloads"]] == ["document.md", "result.json"]


@script(["text"], [Refused("Refused.", "Try another model.")], ["cut", Finish.LENGTH])
async def test_handlers_one_failure_spares_the_others(desk: Handlers, sessions: Sessions) -> None:
    """A failed page has its reason, a truncated one its name; the rest is read, all of it can be taken away."""
    last = (await updates(desk))[-1]
    assert sorted(states(sessions.of("a"))) == sorted([State.DONE, State.FAILED, State.TRUNCATED])
    assert "1 failed" in last.control["progress"]
    assert last.control["downloads"]


@script(["some text", forever])
async def test_handlers_stop_keeps_the_text(desk: Handlers, sessions: Sessions) -> None:
    """Stop ends the run within a moment; what had arrived stays."""
    async for change in desk.read(event(), VISITOR):
        if change != NOTHING:
            update = unwrapped(change)
            if update.raw["text"] and update.control["busy"] and not update.control["stopping"]:
                stopping = asyncio.create_task(screen_after(desk.stop(VISITOR)))
    assert await stopping
    assert states(sessions.of("a")) == [State.CANCELLED] * 3
    assert sessions.of("a").pages[PageId(0, 1)].raw == "some text"
    assert update.control["downloads"]


@script(["some text", forever])
async def test_handlers_closed_tab_ends_the_requests(desk: Handlers, sessions: Sessions) -> None:
    """Whether Gradio says so or closes the stream: nothing goes on for somebody who has left."""
    run = desk.read(event(), VISITOR)
    await anext(run)
    await run.aclose()
    assert isinstance(desk.reader, ScriptedReader)
    assert desk.reader.closed.is_set()
    assert not sessions.of("a").busy

    run = desk.read(event(), VISITOR)
    await anext(run)
    await desk.leave(VISITOR)
    async for _ in run:
        pass
    assert not sessions.of("a").busy


@script([forever])
async def test_handlers_silence_is_broken_every_second(desk: Handlers) -> None:
    """A server that says nothing does not keep the tab's end from being noticed, nor the clock from ticking."""
    run = desk.read(event(), VISITOR)
    async with asyncio.timeout(3):
        seen = [await anext(run) for _ in range(3)]
    assert unwrapped(seen[-1]).control["busy"]
    await run.aclose()


@script(["text"])
async def test_handlers_bad_range_is_said_and_nothing_is_asked(desk: Handlers) -> None:
    """A page range that makes no sense costs no request; the next good one clears the message."""
    (only,) = await updates(desk, "5-")
    assert only.control["problem"]
    assert isinstance(desk.reader, ScriptedReader)
    assert desk.reader.asked == 0
    assert (await updates(desk, "1"))[-1].control["problem"] == ""


@script(["text"])
async def test_handlers_nonsense_under_advanced_is_refused_at_its_field(desk: Handlers) -> None:
    """A value that makes no sense costs no request; a good one is what the pages are asked with."""
    (only,) = await screens(desk.read(event(top_p="7"), VISITOR))
    assert list(only.control["refused"]) == ["top_p"]
    reader = desk.reader
    assert isinstance(reader, ScriptedReader)
    assert reader.asked == 0
    last = await screen_after(desk.read(event(top_p="0.7", longest_side="400", layout=False, headers=True), VISITOR))
    assert last.control["refused"] == {}
    assert reader.options is not None
    assert (reader.options.top_p, reader.options.longest_side) == (0.7, 400)
    assert (reader.options.prompt, reader.options.headers) == (None, True)
    assert max(last.viewer["width"], last.viewer["height"]) == 400


@script(["text"])
async def test_handlers_model_that_is_not_served_is_not_asked_for(desk: Handlers) -> None:
    """The server's refusal is not waited for: it is known what it has."""
    await screen_after(desk.arrive(VISITOR))
    (only,) = await screens(desk.read(event(model="lightonai/LightOnOCR-3-4B"), VISITOR))
    assert "LightOnOCR-3-4B" in only.control["problem"]
    assert "LightOnOCR-3-1B" in only.control["next"]
    assert isinstance(desk.reader, ScriptedReader)
    assert desk.reader.asked == 0


@script(["Before.\n\n![image](0,0,500,500)\n\n![caption](0,500,500,600) A lamp"])
async def test_handlers_figure_is_cut_and_shown(desk: Handlers, sessions: Sessions) -> None:
    """A picture among the regions becomes a file that the text shows and the zip holds."""
    last = (await updates(desk, "2"))[-1]
    (path,) = sessions.of("a").pages[PageId(0, 2)].figures.values()
    with Image.open(path) as image:
        assert image.width > 100
    assert path.parent == sessions.of("a").public
    (figure,) = [one["html"] for one in last.text["paragraphs"] if "<img" in one["html"]]
    assert 'alt="A lamp"' in figure
    assert path.name in figure
    assert last.control["downloads"][-1]["name"] == "results.zip"


@script(["text"])
async def test_handlers_show_a_page_before_it_is_read(desk: Handlers, sessions: Sessions) -> None:
    """A document's first page is on the desk as soon as it is opened, any other when it is chosen."""
    assert PageId(0, 1) in sessions.of("a").pictures
    shown = await screen_after(desk.choose(event(page="0-3"), VISITOR))
    assert (shown.strip["shown"], bool(shown.viewer["image"])) == ("0-3", True)
    assert (await screen_after(desk.choose(event(page="9-9"), VISITOR))).strip["shown"] == "0-3"


@script(["text", forever])
async def test_handlers_visitors_do_not_meet(desk: Handlers, sessions: Sessions) -> None:
    """Another visitor sees nothing of it and can stop nothing of it."""
    other: Any = SimpleNamespace(session_hash="b")
    run = desk.read(event(), VISITOR)
    await anext(run)
    assert (await screen_after(desk.stop(other))).documents["files"] == []
    assert (await screen_after(desk.choose(event(page="0-1"), other))).viewer["image"] == ""
    assert sessions.of("a").busy
    await run.aclose()


@script(["text", forever])
async def test_handlers_nothing_is_removed_under_a_run(desk: Handlers, sessions: Sessions) -> None:
    """A document stays while it is being read, and goes when asked afterwards."""
    run = desk.read(event(), VISITOR)
    await anext(run)
    removing = asyncio.create_task(screen_after(desk.remove(event(key=0), VISITOR)))
    await anext(run)
    await removing
    assert sessions.of("a").uploads
    await run.aclose()
    assert (await screen_after(desk.remove(event(key=0), VISITOR))).documents["files"] == []


async def test_handlers_server_down_is_a_state(sessions: Sessions, renderer: Renderer, three_pages: Path) -> None:
    """A server that is down is told, and asked again on request."""
    reader = ScriptedReader([["text"]], down=Unreachable("Nothing answers.", "Start it."))
    desk = handlers(sessions, renderer, reader, three_pages)
    assert (await screen_after(desk.arrive(VISITOR))).control["unreachable"]
    reader.down = None
    assert not (await screen_after(desk.arrive(VISITOR))).control["problem"]
    assert (await screen_after(desk.arrive(VISITOR))).control["model"] == "LightOnOCR-3-1B"


@script(["text", forever])
async def test_handlers_no_update_overtakes_another(desk: Handlers) -> None:
    """While one update of a visitor is on its way out, no other is made: the last one sent is the newest."""
    run, stop = desk.read(event(), VISITOR), desk.stop(VISITOR)
    await anext(run)
    stopping = asyncio.ensure_future(anext(stop))
    await asyncio.wait({stopping}, timeout=0.1)
    assert not stopping.done()
    after = asyncio.ensure_future(anext(run))  # what Gradio does when the first is on its way
    assert unwrapped(await stopping).control["stopping"]
    assert not after.done()
    assert await anext(stop) == NOTHING
    assert unwrapped(await after)
    await stop.aclose()
    await run.aclose()


@script(["One $x$"], ["Two"], ["Three"])
async def test_handlers_take(desk: Handlers, session: Session) -> None:
    """A format of the menu becomes a download; of the page on the desk alone where that is wanted."""
    await updates(desk)
    (screen,) = await screens(desk.take(event(format="txt", page=False), VISITOR))
    assert [one["name"] for one in screen.control["downloads"]] == ["document.md", "result.json", "document.txt"]
    (screen,) = await screens(desk.take(event(format="docx", page=True), VISITOR))
    assert screen.control["downloads"][-1]["name"] == "page-1.docx"
    (screen,) = await screens(desk.take(event(format=["txt"]), VISITOR))
    assert "nothing to download" in screen.control["problem"]
