"""What was read is not read twice, unless that is wanted; on a public page nobody profits from another's reading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocr.config.command_line import settings_of
from ocr.config.read_request import ReadRequest
from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.events import PageDone
from ocr.types import Finish, PageId
from ocr.web.actions.page_checks import PageChecks
from ocr.web.actions.page_engines import PageEngine, PageEngines
from ocr.web.actions.runner import Runner
from ocr.web.state.answer_caches import AnswerCaches
from ocr.web.state.session import Session
from ocr.web.state.session_store import Sessions
from ocr.web.views.engine_status import EngineStatus
from tests.web.conftest import LIGHTON, result
from tests.web.readers import ScriptedReader, Turn

pytestmark = pytest.mark.anyio
REQUEST = ReadRequest("LightOnOCR-2-1B")


class Desk:
    """Visitors who have the same paper read, by a server that never says the same twice."""

    def __init__(
        self, sessions: Sessions, renderer: Renderer, paper: Path, server: Server = LIGHTON, **settings: Any
    ) -> None:
        chosen = settings_of(settings)
        script: list[list[Turn]] = [[f"answer {number}"] for number in range(1, 20)]
        self.reader, self.sessions, self.paper = ScriptedReader(script), sessions, paper
        engine = EngineStatus(server, public=chosen.public)
        caches = AnswerCaches(chosen)
        engines = PageEngines(PageEngine(engine, self.reader))
        self.runner = Runner(chosen, sessions, engines, renderer, caches, PageChecks(chosen, renderer))

    async def drop(self, visitor: str) -> Session:
        """Take the paper in."""
        session = self.sessions.of(visitor)
        document = await self.runner.renderer.open(self.paper, name="three.pdf")
        session.add_pages(session.add("three.pdf", session.private / "0.pdf"), document)
        return session

    async def read(self, session: Session, *numbers: int, request: ReadRequest = REQUEST) -> list[str]:
        """Read these pages of the visitor's last paper; their texts."""
        pages = tuple(PageId(max(session.uploads), number) for number in numbers)
        run = session.begin(pages, request)
        await self.runner._run(session, run, self.runner.options(session, request))
        return [session.pages[page].raw for page in pages]


async def test_keeping_private_page_shares_the_file(
    sessions: Sessions, renderer: Renderer, three_pages: Path, tmp_path: Path
) -> None:
    """Another tab, another start of the program: what was read is there, the rest is asked for."""
    desk = Desk(sessions, renderer, three_pages, cache_dir=tmp_path)
    assert await desk.read(await desk.drop("a"), 1) == ["answer 1"]
    assert sorted(await desk.read(await desk.drop("b"), 1, 2)) == ["answer 1", "answer 2"]
    desk.runner.answer_caches.close()
    later = Desk(sessions, renderer, three_pages, cache_dir=tmp_path)
    assert await later.read(await later.drop("c"), 1) == ["answer 1"]
    assert later.reader.asked == 0
    later.runner.answer_caches.close()


async def test_keeping_public_page_keeps_visitors_apart(
    sessions: Sessions, renderer: Renderer, three_pages: Path, tmp_path: Path
) -> None:
    """Each has what was read for them, until their session is deleted; the command line's file is not touched."""
    desk = Desk(sessions, renderer, three_pages, cache_dir=tmp_path / "kept", host="0.0.0.0")
    first, other = await desk.drop("a"), await desk.drop("b")
    assert (await desk.read(first, 1), await desk.read(other, 1)) == (["answer 1"], ["answer 2"])
    await desk.drop("a")
    assert await desk.read(first, 1) == ["answer 1"]
    assert desk.reader.asked == 2
    assert list(first.private.glob("pages.sqlite"))
    sessions.close()
    assert not first.private.exists()
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_keeping_read_again_asks_again(
    sessions: Sessions, renderer: Renderer, three_pages: Path, tmp_path: Path, host: str
) -> None:
    """The same page, read with the same settings: the visitor wants a fresh answer; it is kept instead of the old."""
    desk = Desk(sessions, renderer, three_pages, cache_dir=tmp_path, host=host)
    session = await desk.drop("a")
    assert await desk.read(session, 1) == ["answer 1"]
    assert await desk.read(session, 1) == ["answer 2"]
    await desk.drop("a")
    assert await desk.read(session, 1) == ["answer 2"]
    session.close()
    desk.runner.answer_caches.close()


async def test_keeping_what_another_model_has_read(
    sessions: Sessions, renderer: Renderer, three_pages: Path, tmp_path: Path
) -> None:
    """A page that the model in use has not read in this session comes from the file, though another model has."""
    desk = Desk(sessions, renderer, three_pages, cache_dir=tmp_path)
    assert await desk.read(await desk.drop("a"), 1) == ["answer 1"]
    session, other = await desk.drop("b"), ReadRequest("LightOnOCR-3-1B")
    assert await desk.read(session, 1, request=other) == ["answer 2"]
    assert await desk.read(session, 1) == ["answer 1"]
    assert await desk.read(session, 1) == ["answer 3"]
    desk.runner.answer_caches.close()


async def test_keeping_the_rest_comes_from_the_file(
    sessions: Sessions, renderer: Renderer, three_pages: Path, tmp_path: Path
) -> None:
    """A page that was stopped is no page that was read: what is known of it is taken."""
    desk = Desk(sessions, renderer, three_pages, cache_dir=tmp_path)
    await desk.read(await desk.drop("a"), 1)
    session = await desk.drop("b")
    page = PageId(0, 1)
    session.pages[page].apply(PageDone(page, result(Finish.CANCELLED)))
    assert await desk.read(session, 1) == ["answer 1"]
    desk.runner.answer_caches.close()


@pytest.mark.parametrize("server", [LIGHTON, Server(None, "", 2)], ids=["no cache", "engine"])
async def test_keeping_nothing(
    sessions: Sessions, renderer: Renderer, three_pages: Path, tmp_path: Path, server: Server
) -> None:
    """--no-cache, and the CPU engine."""
    desk = Desk(sessions, renderer, three_pages, server, cache_dir=tmp_path, cache=server.embedded)
    assert await desk.read(await desk.drop("a"), 1) == ["answer 1"]
    assert await desk.read(await desk.drop("b"), 1) == ["answer 2"]
    assert not (tmp_path / "pages.sqlite").exists()
