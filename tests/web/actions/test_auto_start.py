from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pikepdf import Encryption

from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.errors import Unreachable
from ocr.types import PageId
from ocr.web.actions.handlers import Handlers
from ocr.web.actions.page_engines import PageEngine, PageEngines
from ocr.web.state.page_state import PageStatus
from ocr.web.state.session_store import Sessions
from ocr.web.views.engine_status import EngineStatus
from tests.documents.papers import pdf, text_page
from tests.web.actions.test_handlers import (
    VISITOR,
    end,
    event,
    handlers,
    meanwhile,
    screen_after,
    screens,
    states,
    until,
)  # fmt: skip
from tests.web.conftest import LIGHTON, LastingUploads
from tests.web.readers import ScriptedReader, Turn, forever
from tests.web.starting import Gate, gate

pytestmark = pytest.mark.anyio
DONE, READING, WAITING = PageStatus.DONE, PageStatus.READING, PageStatus.WAITING
OWN = replace(LIGHTON, url="http://127.0.0.1:8000/v1", concurrency=1)


@pytest.fixture(scope="module")
def six_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of six pages: one more than are few."""
    return pdf(tmp_path_factory.mktemp("pdf") / "six.pdf", *[text_page(number, 3) for number in range(1, 7)])


def desk_for(
    sessions: Sessions,
    renderer: Renderer,
    server: Server,
    *script: list[Turn],
    settings: Settings | None = None,
    **reader: Any,
) -> Handlers:
    """Handlers over this server, whose answers follow the script."""
    scripted = ScriptedReader(list(script), **reader)
    desk = handlers(sessions, renderer, scripted, Path())
    engines = PageEngines(PageEngine(EngineStatus(server, public=False), scripted))
    return Handlers(replace(desk.runner, engines=engines, settings=settings or Settings()))


def dropped(sessions: Sessions, *paths: Path, **options: Any) -> Any:
    """The event of files that were dropped while reading is to start by itself."""
    sessions.uploads = LastingUploads(*paths)
    return event(files=[{"upload": str(path), "name": path.name} for path in paths], start=True, **options)


async def test_start_reads_all_of_a_few_pages(sessions: Sessions, renderer: Renderer, three_pages: Path) -> None:
    """A short document is read to its end, whoever's the server is."""
    desk = desk_for(sessions, renderer, LIGHTON, ["text"])
    last = await screen_after(desk.add(dropped(sessions, three_pages), VISITOR))
    assert states(sessions.of("a")) == [DONE] * 3
    assert last.control["action"] == "Read again"


async def test_start_reads_the_first_page_of_many(sessions: Sessions, renderer: Renderer, six_pages: Path) -> None:
    """Of a long one the first page is read, and Read takes the others, also while it is being read."""
    desk = desk_for(sessions, renderer, LIGHTON, ["first", forever], ["text"])
    session, run = sessions.of("a"), desk.add(dropped(sessions, six_pages), VISITOR)
    await until(run, lambda: bool(session.pages) and session.pages[PageId(0, 1)].raw == "first")
    assert (states(session), session.busy) == ([READING, *[WAITING] * 5], False)
    seen = await meanwhile(run, screen_after(desk.choose_page(event(page="0-1"), VISITOR)))
    assert seen.control["action"] == "Read the other 5 pages"
    await meanwhile(run, screens(desk.read(event(), VISITOR)))
    await until(run, lambda: states(session) == [READING, *[DONE] * 5])
    await meanwhile(run, screen_after(desk.stop_page(event(page="0-1"), VISITOR)))
    async for _ in run:
        pass


async def test_start_first_page_names_its_model(sessions: Sessions, renderer: Renderer, six_pages: Path) -> None:
    """In the JSON too, although Read was never pressed."""
    desk = desk_for(sessions, renderer, LIGHTON, ["text"])
    await screens(desk.add(dropped(sessions, six_pages), VISITOR))
    await screens(desk.download(event(format="json"), VISITOR))
    (path,) = [one.path for one in sessions.of("a").downloads if one.path]
    assert json.loads(path.read_text())["server"]["model"] == "LightOnOCR-3-1B"


@pytest.mark.parametrize("server", [OWN, Server(None, "", 1)], ids=["loopback", "cpu-engine"])
async def test_start_reads_all_with_a_server_of_this_machine(
    server: Server, sessions: Sessions, renderer: Renderer, six_pages: Path
) -> None:
    desk = desk_for(sessions, renderer, server, ["text"])
    await screens(desk.add(dropped(sessions, six_pages), VISITOR))
    assert states(sessions.of("a")) == [DONE] * 6


async def test_start_heeds_the_options(sessions: Sessions, renderer: Renderer, six_pages: Path) -> None:
    """The range of pages and the model beside Read hold; what makes no sense is said, and nothing is read."""
    desk = desk_for(sessions, renderer, LIGHTON, ["text"], names=("LightOnOCR-2-1B", "LightOnOCR-3-1B"))
    refused = await screen_after(desk.add(dropped(sessions, six_pages, temperature="warm"), VISITOR))
    assert refused.control["refused"].keys() == {"temperature"}
    await screens(desk.add(dropped(sessions, six_pages, pages="9"), VISITOR))
    assert states(sessions.of("a")) == [WAITING] * 12
    await screens(desk.add(dropped(sessions, six_pages, pages="2,4", model="LightOnOCR-3-1B"), VISITOR))
    session = sessions.of("a")
    assert [page for page, state in session.pages.items() if state.status is DONE] == [PageId(2, 2), PageId(2, 4)]
    reader = desk.runner.engines.own.reader
    assert isinstance(reader, ScriptedReader)
    assert reader.options is not None
    assert reader.options.model == "LightOnOCR-3-1B"


@pytest.mark.parametrize(
    ("settings", "asked"),
    [(Settings(auto_start=False), True), (Settings(auth=("a", "b")), True), (Settings(), False)],
    ids=["switched off", "for others too", "not asked for"],
)
async def test_start_only_where_it_is_wanted(
    settings: Settings, asked: bool, sessions: Sessions, renderer: Renderer, three_pages: Path
) -> None:
    desk = desk_for(sessions, renderer, OWN, ["text"], settings=settings)
    given = dropped(sessions, three_pages)
    given.start = asked
    await screens(desk.add(given, VISITOR))
    assert states(sessions.of("a")) == [WAITING] * 3


async def test_start_on_a_page_for_others_reads_all_of_few_alone(
    sessions: Sessions, renderer: Renderer, three_pages: Path, six_pages: Path
) -> None:
    """Where the setting asks for it on a shared page, a long document does not take the machine."""
    desk = desk_for(sessions, renderer, OWN, ["text"], settings=Settings(auth=("a", "b"), auto_start=True))
    await screens(desk.add(dropped(sessions, three_pages), VISITOR))
    await screens(desk.add(dropped(sessions, six_pages), VISITOR))
    assert states(sessions.of("a")) == [*[DONE] * 3, DONE, *[WAITING] * 5]


async def test_start_leaves_what_cannot_be_read(sessions: Sessions, renderer: Renderer, tmp_path: Path) -> None:
    """A file that is no document starts nothing, one with a password once it is open."""
    desk = desk_for(sessions, renderer, LIGHTON, ["text"])
    (tmp_path / "not.pdf").write_text("no document")
    locked = pdf(tmp_path / "locked.pdf", text_page(1, 3), encryption=Encryption(user="pa55", owner="pa55"))
    await screens(desk.add(dropped(sessions, tmp_path / "not.pdf", locked), VISITOR))
    session = sessions.of("a")
    assert (session.pages, session.run) == ({}, None)
    await screens(desk.unlock(event(key=1, password="pa55", start=True), VISITOR))
    assert states(session) == [DONE]


async def test_start_without_a_server_begins_nothing(sessions: Sessions, renderer: Renderer, three_pages: Path) -> None:
    """Where Read could not be pressed, no page fails for it."""
    desk = desk_for(sessions, renderer, LIGHTON, ["text"], down=Unreachable("It does not answer.", "Start it."))
    last = await screen_after(desk.add(dropped(sessions, three_pages), VISITOR))
    assert (states(sessions.of("a")), last.control["problem"]) == ([WAITING] * 3, "It does not answer.")


async def test_start_waits_for_a_server_on_its_way(
    sessions: Sessions, renderer: Renderer, three_pages: Path, six_pages: Path, tmp_path: Path
) -> None:
    """As a press of Read would; a document that comes meanwhile waits with it."""

    def desk_over(held: Gate) -> Handlers:
        return desk_for(sessions, renderer, held.server, ["text"], names=("ready",))

    with gate(tmp_path) as held:
        desk, session = desk_over(held), sessions.of("a")
        run = desk.add(dropped(sessions, three_pages), VISITOR)
        await until(run, lambda: session.busy)
        await meanwhile(run, screens(desk.add(dropped(sessions, six_pages), VISITOR)))
        assert states(session) == [WAITING] * 9
        held.open()
        await until(run, lambda: states(session) == [DONE] * 9)
        async for _ in run:
            pass


async def test_start_joins_the_run_under_way(
    sessions: Sessions, renderer: Renderer, three_pages: Path, six_pages: Path
) -> None:
    """A second document is read after the first, by the same run: Stop ends both."""
    desk = desk_for(sessions, renderer, OWN, ["text"], ["text"], ["third", forever])
    session, run = sessions.of("a"), desk.add(dropped(sessions, three_pages), VISITOR)
    await until(run, lambda: PageId(0, 3) in session.pages and session.pages[PageId(0, 3)].raw == "third")
    first = session.run
    await meanwhile(run, screens(desk.add(dropped(sessions, six_pages), VISITOR)))
    assert session.run is first
    await meanwhile(run, screen_after(desk.stop_page(event(page="0-3"), VISITOR)))
    await until(run, lambda: session.pages[PageId(1, 1)].raw == "third")
    await end(desk, run)
    assert states(session)[:2] == [DONE] * 2
    assert set(states(session)[2:]) == {PageStatus.CANCELLED}


@pytest.mark.parametrize(("options", "pages"), [({"model": "LightOnOCR-2-1B"}, 3), ({}, 6)], ids=["model", "many"])
async def test_start_beside_a_run_that_reads_otherwise(
    options: dict[str, str], pages: int, sessions: Sessions, renderer: Renderer, three_pages: Path, six_pages: Path
) -> None:
    """Another model's pages, and the first of a long document, are read beside the run, which goes on."""
    names = ("LightOnOCR-3-1B", "LightOnOCR-2-1B")
    desk = desk_for(sessions, renderer, replace(LIGHTON, concurrency=1), ["held", forever], ["beside"], names=names)
    session, run = sessions.of("a"), desk.add(dropped(sessions, three_pages), VISITOR)
    await until(run, lambda: bool(session.pages) and session.pages[PageId(0, 1)].raw == "held")
    first, paper = session.run, six_pages if pages == 6 else three_pages
    await meanwhile(run, screens(desk.add(dropped(sessions, paper, **options), VISITOR)))
    expected = [DONE, *[WAITING] * 5] if pages == 6 else [DONE] * 3
    await until(run, lambda: states(session)[3:] == expected)
    assert (session.run, session.busy, session.pages[PageId(0, 1)].raw) == (first, True, "held")
    assert session.shown == PageId(0, 1)
    await end(desk, run)
