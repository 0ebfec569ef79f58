"""What a visitor can do while the server is on its way up, and when it dies there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.local.stages import Stage
from ocr.engines.waiting_reader import patient
from ocr.errors import OcrError
from ocr.events import PageDone
from ocr.types import PageId
from ocr.web.actions.handlers import Handlers
from ocr.web.actions.page_checks import PageChecks
from ocr.web.actions.page_engines import PageEngine, PageEngines
from ocr.web.actions.runner import Runner
from ocr.web.actions.updates import NO_CHANGE
from ocr.web.state.answer_caches import AnswerCaches
from ocr.web.state.page_state import PageStatus
from ocr.web.state.session_store import Sessions
from ocr.web.views.engine_status import EngineStatus
from tests.web.actions.test_handlers import VISITOR, event, meanwhile, screen_after, screens, states, unwrapped
from tests.web.conftest import LastingUploads, result
from tests.web.readers import ScriptedReader
from tests.web.starting import Gate, gate

pytestmark = pytest.mark.anyio


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Gate]:
    with gate(tmp_path) as held:
        yield held


async def desk_before(held: Gate, sessions: Sessions, renderer: Renderer, paper: Path) -> Handlers:
    """Handlers over a server that is still loading, with a document of three pages taken in."""
    reader = patient(ScriptedReader([["text"]]), held.server)
    engine = EngineStatus(held.server, public=False)
    sessions.uploads, caches = LastingUploads(paper), AnswerCaches(Settings())
    checks = PageChecks(Settings(host="0.0.0.0"), renderer)
    runner = Runner(Settings(), sessions, PageEngines(PageEngine(engine, reader)), renderer, caches, checks)
    desk = Handlers(runner)
    shown = await screen_after(desk.add(event(files=[{"upload": str(paper), "name": "three.pdf"}]), VISITOR))
    assert shown.viewer["image"]
    return desk


async def test_handlers_read_waits_for_the_server(
    held: Gate, sessions: Sessions, renderer: Renderer, three_pages: Path
) -> None:
    """A press while it starts is kept, and the reading begins by itself; the models are known then."""
    desk = await desk_before(held, sessions, renderer, three_pages)
    seen = []
    async for change in desk.read(event(pages="1-2"), VISITOR):
        if change != NO_CHANGE:
            seen.append(unwrapped(change))
            if len(seen) == 1:
                assert states(sessions.of("a")) == [PageStatus.WAITING] * 3
                held.open()
    assert (seen[0].control["busy"], seen[0].control["queued"]) == (True, True)
    assert seen[0].control["progress"].startswith("Waiting for the model")
    assert seen[-1].masthead["sign"] == "ready"
    assert seen[-1].control["model"] == "LightOnOCR-3-1B"
    assert states(sessions.of("a")) == [PageStatus.DONE, PageStatus.DONE, PageStatus.WAITING]


async def test_handlers_stop_ends_the_wait(
    held: Gate, sessions: Sessions, renderer: Renderer, three_pages: Path
) -> None:
    """Stop while the server starts: at once, no page is touched, and nothing is read when it is ready."""
    desk = await desk_before(held, sessions, renderer, three_pages)
    run = desk.read(event(), VISITOR)
    await anext(run)
    stopping = asyncio.create_task(screen_after(desk.stop(event(), VISITOR)))
    async with asyncio.timeout(60):
        last = [unwrapped(change) async for change in run if change != NO_CHANGE][-1]
    await stopping
    assert not (last.control["busy"] or last.control["progress"])
    assert states(sessions.of("a")) == [PageStatus.WAITING] * 3
    held.open()
    await screens(desk.arrive(event(), VISITOR))
    assert states(sessions.of("a")) == [PageStatus.WAITING] * 3


async def test_handlers_wait_keeps_what_was_read(
    held: Gate, sessions: Sessions, renderer: Renderer, three_pages: Path
) -> None:
    """A press of Read that never gets its turn costs nothing of an earlier reading."""
    desk = await desk_before(held, sessions, renderer, three_pages)
    session = sessions.of("a")
    page = session.pages[PageId(0, 1)]
    page.raw, page.status = "kept", PageStatus.CANCELLED
    before = session.begin((PageId(0, 2),), ReadRequest("m"))
    session.end(before)
    run = desk.read(event(), VISITOR)
    await anext(run)
    stopping = asyncio.create_task(screen_after(desk.stop(event(), VISITOR)))
    async for _ in run:
        pass
    await stopping
    assert (page.raw, page.status, session.run) == ("kept", PageStatus.CANCELLED, before)


async def test_handlers_death_is_explained_and_restarted(
    held: Gate, sessions: Sessions, renderer: Renderer, three_pages: Path
) -> None:
    """Who waits is told why in vain; Restart follows the new start until the models are there."""
    desk = await desk_before(held, sessions, renderer, three_pages)
    held.break_it()
    held.open()
    told = await screen_after(desk.read(event(), VISITOR))
    assert "memory" in told.control["problem"]
    assert (told.control["restart"], told.control["busy"], told.control["ready"]) == (True, False, False)
    assert states(sessions.of("a")) == [PageStatus.WAITING] * 3
    held.mend()
    again = await screen_after(desk.restart(event(), VISITOR))
    assert (again.control["problem"], again.control["ready"]) == ("", True)
    assert again.control["model"] == "LightOnOCR-3-1B"


async def test_handlers_strangers_restart_nothing(
    held: Gate, sessions: Sessions, renderer: Renderer, three_pages: Path
) -> None:
    """On a public page the event is not heeded, whoever makes it up."""
    desk = await desk_before(held, sessions, renderer, three_pages)
    held.break_it()
    held.open()
    with pytest.raises(OcrError):
        await held.local.until_ready()
    held.mend()
    own = replace(desk.runner.engines.own, status=EngineStatus(held.server, public=True))
    public = replace(desk, runner=replace(desk.runner, engines=PageEngines(own)))
    told = await screen_after(public.restart(event(), VISITOR))
    assert held.local.state.stage is Stage.FAILED
    assert "memory" not in str(told)


async def test_handlers_one_page_waits_for_the_server(
    held: Gate, sessions: Sessions, renderer: Renderer, three_pages: Path
) -> None:
    """A page's own press is kept as Read's is; the page says so, and Stop this page ends the wait."""
    desk = await desk_before(held, sessions, renderer, three_pages)
    session = sessions.of("a")
    session.pages[PageId(0, 2)].apply(PageDone(PageId(0, 2), result()))
    run = desk.read_page(event(page="0-1"), VISITOR)
    first = unwrapped(await anext(run))
    assert (first.page_status["act"], first.page_status["text"]) == (
        "stop",
        "It will be read as soon as the model is ready.",
    )
    assert (first.control["busy"], first.control["follows"]) == (False, True)
    await meanwhile(run, screens(desk.read_again(event(page="0-2"), VISITOR)))
    assert states(session) == [PageStatus.WAITING] * 3
    await meanwhile(run, screen_after(desk.stop_page(event(page="0-2"), VISITOR)))
    assert (session.pages[PageId(0, 2)].status, session.pages[PageId(0, 2)].raw) == (PageStatus.DONE, "raw")
    held.open()
    last = [unwrapped(change) async for change in run if change != NO_CHANGE][-1]
    assert states(session) == [PageStatus.DONE, PageStatus.DONE, PageStatus.WAITING]
    assert (last.raw["text"], session.pages[PageId(0, 2)].raw) == ("text", "raw")
    assert not session.active


async def test_handlers_one_page_waits_beside_read(
    held: Gate, sessions: Sessions, renderer: Renderer, three_pages: Path
) -> None:
    """Read and a page's own press wait together; each page is read once, and nothing is left waiting."""
    desk = await desk_before(held, sessions, renderer, three_pages)
    session, run = sessions.of("a"), desk.read(event(), VISITOR)
    await anext(run)
    await meanwhile(run, screens(desk.read_page(event(page="0-2", top_p="0.3"), VISITOR)))
    held.open()
    async for _ in run:
        pass
    assert states(session) == [PageStatus.DONE] * 3
    assert (session.active, session.busy) == (False, False)


async def test_handlers_one_page_waits_in_vain(
    held: Gate, sessions: Sessions, renderer: Renderer, three_pages: Path
) -> None:
    """The server dies: the page is as it was, and the reason is told."""
    desk = await desk_before(held, sessions, renderer, three_pages)
    session = sessions.of("a")
    session.pages[PageId(0, 1)].apply(PageDone(PageId(0, 1), result()))
    held.break_it()
    held.open()
    last = await screen_after(desk.read_again(event(page="0-1"), VISITOR))
    assert (session.pages[PageId(0, 1)].status, session.active) == (PageStatus.DONE, False)
    assert "memory" in last.control["problem"]
