from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.errors import Refused, ServerGone, Unreachable
from ocr.events import Event, TextArrived
from ocr.pipeline.concurrency import AdaptiveLimiter
from ocr.types import Finish, PageId
from ocr.web.actions.handlers import Handlers
from ocr.web.actions.page_checks import PageChecks
from ocr.web.actions.page_engines import PageEngine, PageEngines
from ocr.web.actions.runner import Runner
from ocr.web.actions.thumbnails import Thumbnails
from ocr.web.actions.updates import NO_CHANGE
from ocr.web.state import disk, session_tasks
from ocr.web.state.answer_caches import AnswerCaches
from ocr.web.state.page_state import PageState, PageStatus
from ocr.web.state.session import Session
from ocr.web.state.session_store import Sessions
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.screen import Screen
from tests.documents.papers import letters_pdf
from tests.web.conftest import LIGHTON, LastingUploads
from tests.web.readers import ScriptedReader, Turn, forever
from tests.web.waiting import until as gone

pytestmark = pytest.mark.anyio
VISITOR: Any = SimpleNamespace(session_hash="a")


def event(**data: Any) -> Any:
    return SimpleNamespace(**data)


def handlers(sessions: Sessions, renderer: Renderer, reader: ScriptedReader, uploaded: Path) -> Handlers:
    sessions.uploads = LastingUploads(uploaded)
    engine, caches = EngineStatus(LIGHTON, public=False), AnswerCaches(Settings())
    checks = PageChecks(Settings(host="0.0.0.0"), renderer)  # public: Tesseract does not start by itself
    runner = Runner(Settings(), sessions, PageEngines(PageEngine(engine, reader)), renderer, caches, checks)
    return Handlers(runner)


def limited(desk: Handlers, concurrency: int | AdaptiveLimiter) -> Handlers:
    """The same, over a server that takes so many pages at once."""
    engine = replace(desk.runner.engine, server=replace(LIGHTON, concurrency=concurrency))
    return replace(
        desk, runner=replace(desk.runner, engines=PageEngines(replace(desk.runner.engines.own, status=engine)))
    )


@pytest.fixture
async def desk(request: pytest.FixtureRequest, sessions: Sessions, renderer: Renderer, three_pages: Path) -> Handlers:
    """Handlers over the reader script in the test's parameter, with a document of three pages taken in."""
    desk = handlers(sessions, renderer, ScriptedReader(request.param), three_pages)
    async for _ in desk.add(event(files=[{"upload": str(three_pages), "name": "three.pdf"}]), VISITOR):
        pass
    return desk


def script(*pages: list[Turn]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("desk", [list(pages)], indirect=True)


async def updates(desk: Handlers, pages: str = "") -> list[Screen]:
    return await screens(desk.read(event(pages=pages, model="LightOnOCR-3-1B"), VISITOR))


async def until(run: AsyncIterator[tuple[Any, ...]], so: Callable[[], bool]) -> None:
    """Follow a handler until this is so."""
    async with asyncio.timeout(60):
        while not so():
            await anext(run)


async def meanwhile(run: AsyncIterator[tuple[Any, ...]], doing: Coroutine[Any, Any, Any]) -> Any:
    """Do this while a handler is followed, as Gradio does: an update on its way out holds the others back."""
    task = asyncio.create_task(doing)
    await until(run, task.done)
    return await task


async def end(desk: Handlers, run: AsyncIterator[tuple[Any, ...]]) -> None:
    """Press Stop and follow to the end."""
    stopping = asyncio.create_task(screen_after(desk.stop(event(), VISITOR)))
    async for _ in run:
        pass
    await stopping


async def rest(run: AsyncIterator[tuple[Any, ...]]) -> Screen:
    """Follow a handler to its end."""
    return [unwrapped(change) async for change in run if change != NO_CHANGE][-1]


async def screens(run: AsyncIterator[tuple[Any, ...]]) -> list[Screen]:
    """The updates that change something; the last one never does."""
    *changes, last = [update async for update in run]
    assert last == NO_CHANGE
    return [unwrapped(change) for change in changes]


def unwrapped(change: tuple[Any, ...]) -> Screen:
    return Screen(*(value[0] if isinstance(value, list) else value for value in change))


async def screen_after(run: AsyncIterator[tuple[Any, ...]]) -> Screen:
    return (await screens(run))[-1]


def states(session: Session) -> list[PageStatus]:
    return [page.status for page in session.pages.values()]


@script(["done"])
async def test_handlers_speak_the_language_of_the_tab(desk: Handlers, sessions: Sessions) -> None:
    """A tab says its language when it arrives; from then on all of its updates are in it, and page text is not."""
    arrived = await screen_after(desk.arrive(event(language="fr"), VISITOR))
    assert (arrived.control["action"], arrived.page_status["word"]) == ("Lire", "en attente")
    await updates(desk, pages="1")
    after = await screen_after(desk.choose_page(event(page="0-1"), VISITOR))
    assert (after.page_status["word"], after.raw["text"], after.control["action"]) == (
        "lue",
        "done",
        "Lire les 2 autres pages",
    )
    assert (await screen_after(desk.arrive(event(), VISITOR))).control["action"] == "Lire les 2 autres pages"
    assert (await screen_after(desk.arrive(event(language="xx"), VISITOR))).control[
        "action"
    ] == "Read the other 2 pages"


@script(["![text](0,0,500,100) Hello ", "world"])
async def test_handlers_read_shows_each_page_to_its_end(desk: Handlers, sessions: Sessions) -> None:
    """From the press to the downloads: text and regions of the page shown, all pages done."""
    seen = await updates(desk)
    assert seen[0].control["busy"]
    last = seen[-1]
    assert (last.text["paragraphs"], last.viewer["regions"][0]["label"]) == (
        [{"regions": [0], "html": "<p>Hello world"}], "text",
    )  # fmt: skip
    assert states(sessions.of("a")) == [PageStatus.DONE] * 3
    assert [download["name"] for download in last.control["downloads"]] == ["three.md", "three.json"]


@script(["text"], [Refused("Refused.", "Try another model.")], ["cut", Finish.LENGTH])
async def test_handlers_one_failure_spares_the_others(desk: Handlers, sessions: Sessions) -> None:
    """A failed page has its reason, a truncated one its name; the rest is read, all of it can be taken away."""
    last = (await updates(desk))[-1]
    assert sorted(states(sessions.of("a"))) == sorted([PageStatus.DONE, PageStatus.FAILED, PageStatus.TRUNCATED])
    assert "1 failed" in last.control["progress"]
    assert last.control["downloads"]


@script(["text"], ["ha", ServerGone("gpu-box does not answer.", "Check it.")], [ServerGone("gpu-box does not answer.")])
async def test_handlers_server_that_is_given_up_fails_no_page(desk: Handlers, sessions: Sessions) -> None:
    """Pages that nothing was read of are not failed but not read, which is said once; Read reads the rest."""
    last = (await updates(desk))[-1]
    assert sorted(states(sessions.of("a"))) == sorted([PageStatus.DONE, PageStatus.FAILED, PageStatus.UNREAD])
    assert "1 not read" in last.control["progress"]
    assert "gpu-box" in last.control["problem"]
    assert last.control["action"] == "Read the other page"


@script(["some text", forever])
async def test_handlers_stop_keeps_the_text(desk: Handlers, sessions: Sessions) -> None:
    """Stop ends the run within a moment; what had arrived stays."""
    async for change in desk.read(event(), VISITOR):
        if change != NO_CHANGE:
            update = unwrapped(change)
            if update.raw["text"] and update.control["busy"] and not update.control["stopping"]:
                stopping = asyncio.create_task(screen_after(desk.stop(event(), VISITOR)))
    assert await stopping
    assert states(sessions.of("a")) == [PageStatus.CANCELLED] * 3
    assert sessions.of("a").pages[PageId(0, 1)].raw == "some text"
    assert update.control["downloads"]


@script(["some text", forever])
@pytest.mark.parametrize("says_so", [True, False])
async def test_handlers_closed_tab_ends_the_requests(
    desk: Handlers, sessions: Sessions, monkeypatch: pytest.MonkeyPatch, *, says_so: bool
) -> None:
    """Whether Gradio says so or closes the stream: soon nothing goes on for somebody who does not come back."""
    monkeypatch.setattr(session_tasks, "LINGER_S", 0.5)
    session, run = sessions.of("a"), desk.read(event(), VISITOR)
    await until(run, lambda: session.pages[PageId(0, 1)].raw != "")
    reader = desk.runner.engines.own.reader
    assert isinstance(reader, ScriptedReader)
    began = time.monotonic()
    if says_so:
        sessions.leave("a")
        async for _ in run:
            pass
    await run.aclose()
    async with asyncio.timeout(60):
        async for _ in session.tasks.changes.ticks():
            if not session.active:
                break
    assert time.monotonic() - began >= session_tasks.LINGER_S
    assert reader.closed.is_set()
    assert session.pages[PageId(0, 1)].raw == "some text"


@script(["some text", forever])
async def test_handlers_reload_finds_the_run_still_going(desk: Handlers, sessions: Sessions) -> None:
    """A tab loaded anew has another name but the same key: it follows where the old one was cut off."""
    run = desk.read(event(), VISITOR)
    await anext(run)
    key = sessions.of("a").key
    sessions.leave("a")
    await run.aclose()
    anew: Any = SimpleNamespace(session_hash="another")
    early = await screen_after(desk.show_document(event(), anew))
    assert early.control["key"] == ""  # what happens before a tab's own hello is no session to come back to
    following = desk.arrive(event(key=key), anew)
    seen = unwrapped(await anext(following))
    assert seen.control["busy"]
    assert [file["name"] for file in seen.documents["files"]] == ["three.pdf"]
    await meanwhile(following, screen_after(desk.stop(event(), anew)))
    assert (await rest(following)).control["downloads"]
    assert (await screens(desk.arrive(event(key="made up"), SimpleNamespace(session_hash="c"))))[0].documents[
        "files"
    ] == []


@script(["some text", forever])
async def test_handlers_two_tabs_of_one_session_see_the_same(desk: Handlers, sessions: Sessions) -> None:
    """A duplicated tab follows too; when one of them is closed the run goes on for the other."""
    run, other = desk.read(event(), VISITOR), SimpleNamespace(session_hash="twin")
    await anext(run)
    key = sessions.of("a").key
    one = asyncio.create_task(rest(run))
    two = asyncio.create_task(rest(desk.arrive(event(key=key), other)))
    session = sessions.of("a")
    async for _ in session.tasks.changes.ticks():
        if session.tabs == {"a", "twin"}:
            break
    sessions.leave("a")
    assert (await one).control["busy"]
    assert (session.left_at, session.active) == (None, True)
    await screens(desk.stop(event(), other))
    assert not (await two).control["busy"]


@script(["some text", forever])
async def test_handlers_one_page_is_stopped(desk: Handlers, sessions: Sessions) -> None:
    """The page ends with its text; the others go on; a page that waits never begins."""
    desk = limited(desk, 2)
    session, run = sessions.of("a"), desk.read(event(), VISITOR)
    await until(run, lambda: all(session.pages[PageId(0, number)].raw for number in (1, 2)))
    assert [session.pages[PageId(0, 3)].status, session.reader(PageId(0, 3)) is session.run] == [
        PageStatus.WAITING,
        True,
    ]
    await meanwhile(run, screen_after(desk.stop_page(event(page="0-3"), VISITOR)))
    await meanwhile(run, screen_after(desk.stop_page(event(page="0-1"), VISITOR)))
    await until(run, lambda: session.pages[PageId(0, 1)].status is PageStatus.CANCELLED)
    assert states(session) == [PageStatus.CANCELLED, PageStatus.READING, PageStatus.CANCELLED]
    assert session.pages[PageId(0, 1)].raw == "some text"
    assert isinstance(desk.runner.engines.own.reader, ScriptedReader)
    assert desk.runner.engines.own.reader.asked == 2
    await end(desk, run)


@script(["first"], ["second", forever])
async def test_handlers_page_is_read_again_beside_a_run(desk: Handlers, sessions: Sessions) -> None:
    """The old text stays until the new one is there and comes back if that is stopped; the run is not disturbed."""
    session = sessions.of("a")
    await screen_after(desk.read(event(pages="1"), VISITOR))
    run = desk.read(event(pages="2"), VISITOR)
    await until(run, lambda: session.pages[PageId(0, 2)].raw == "second")
    page = session.pages[PageId(0, 1)]
    again = await meanwhile(run, screens(desk.read_again(event(page="0-1", temperature="0.7", turn=90), VISITOR)))
    assert len(again) == 1  # this tab follows already
    await until(run, lambda: page.raw == "second")
    reader = desk.runner.engines.own.reader
    assert isinstance(reader, ScriptedReader)
    assert reader.options is not None
    assert (reader.options.temperature, reader.options.rotation) == (0.7, 90)
    turned = session.pictures[PageId(0, 1)]
    assert (turned.image.rotation, turned.image.width > turned.image.height) == (90, True)
    await meanwhile(run, screen_after(desk.stop_page(event(page="0-1"), VISITOR)))
    await until(run, lambda: page.status is PageStatus.DONE)
    assert (page.raw, session.pictures[PageId(0, 1)].image.rotation) == ("first", 0)
    assert session.busy
    await end(desk, run)


@script([forever])
async def test_handlers_all_runs_of_all_visitors_share_the_limiter(
    desk: Handlers, sessions: Sessions, three_pages: Path
) -> None:
    """Two pages at once are two, however many press Read and Read again; who waits comes next."""
    desk = limited(desk, AdaptiveLimiter(2))
    other: Any = SimpleNamespace(session_hash="b")
    await screens(desk.add(event(files=[{"upload": str(three_pages), "name": "three.pdf"}]), other))
    one, two = desk.read(event(pages="1-2"), VISITOR), desk.read(event(), other)
    await until(one, lambda: states(sessions.of("a"))[:2] == [PageStatus.READING] * 2)
    await meanwhile(one, screens(desk.read_page(event(page="0-3"), VISITOR)))
    for _ in range(3):
        await anext(two)
    assert states(sessions.of("a")) == [PageStatus.READING, PageStatus.READING, PageStatus.WAITING]
    assert states(sessions.of("b")) == [PageStatus.WAITING] * 3
    await meanwhile(one, screen_after(desk.stop_page(event(page="0-1"), VISITOR)))
    await until(one, lambda: PageStatus.READING in (states(sessions.of("a"))[2], *states(sessions.of("b"))))
    for session in (sessions.of("a"), sessions.of("b")):
        session.tasks.stop()
    await screens(one)
    await screens(two)


@script(*[["again", Finish.REPETITION]] * 6, ["well"])
async def test_handlers_suggestion_reads_with_fewer_pixels(desk: Handlers, sessions: Sessions) -> None:
    """One press on what the note offers: a page that repeated itself in every way is asked for smaller still."""
    last = (await updates(desk, "1"))[-1]
    assert last.page_status["retried"] == "6 attempts, the last at 1148 px"
    assert last.viewer["height"] == 1540  # what is looked at stays sharp
    assert last.page_status["suggestion"] == "Read page again at 840 px"
    last = await screen_after(desk.read_again(event(page="0-1", suggested=True), VISITOR))
    reader = desk.runner.engines.own.reader
    assert isinstance(reader, ScriptedReader)
    assert reader.options is not None
    assert (reader.options.longest_side, last.raw["text"]) == (840, "well")
    assert (last.page_status["suggestion"], "840 px" in last.page_status["figures"]) == ("", True)


@script(["text"])
async def test_handlers_nonsense_for_a_page_is_refused_in_its_menu(desk: Handlers) -> None:
    """It costs no request and is pointed at; a page that does not exist is not read."""
    await updates(desk, "1")
    told = await screen_after(desk.read_again(event(page="0-1", temperature="hot"), VISITOR))
    assert list(told.page_status["refused"]) == ["temperature"]
    assert await screen_after(desk.read_again(event(page="7-7"), VISITOR))
    reader = desk.runner.engines.own.reader
    assert isinstance(reader, ScriptedReader)
    assert reader.asked == 1


@script([Refused("It said no.", "Do this.")], ["text"])
async def test_handlers_failed_pages_alone_are_read_again(desk: Handlers, sessions: Sessions) -> None:
    """A button counts them and reads them, and no page that was read."""
    desk = limited(desk, 1)
    last = (await updates(desk))[-1]
    assert (last.control["retry"], last.control["action"]) == ("Read failed page (1)", "Read again")
    last = await screen_after(desk.read(event(failed=True, pages="3"), VISITOR))
    assert (last.control["retry"], states(sessions.of("a"))) == ("", [PageStatus.DONE] * 3)
    assert isinstance(desk.runner.engines.own.reader, ScriptedReader)
    assert desk.runner.engines.own.reader.asked == 4


@script(["text"])
async def test_handlers_one_page_is_read_as_picked_beside_read(desk: Handlers, sessions: Sessions) -> None:
    """A page that was never read is read alone, the others wait on."""
    await screen_after(desk.read_page(event(page="0-2", top_p="0.3"), VISITOR))
    assert states(sessions.of("a")) == [PageStatus.WAITING, PageStatus.DONE, PageStatus.WAITING]
    assert isinstance(desk.runner.engines.own.reader, ScriptedReader)
    assert desk.runner.engines.own.reader.options is not None
    assert desk.runner.engines.own.reader.options.top_p == 0.3


@script([forever])
async def test_handlers_silence_is_broken_every_second(desk: Handlers) -> None:
    """A server that says nothing does not keep the tab's end from being noticed, nor the clock from ticking."""
    run = desk.read(event(), VISITOR)
    async with asyncio.timeout(60):
        seen = [await anext(run) for _ in range(3)]
    assert unwrapped(seen[-1]).control["busy"]
    await run.aclose()


@script(["text"])
async def test_handlers_bad_range_is_said_and_nothing_is_asked(desk: Handlers) -> None:
    """A page range that makes no sense costs no request; the next good one clears the message."""
    (only,) = await updates(desk, "5-")
    assert only.control["problem"]
    assert isinstance(desk.runner.engines.own.reader, ScriptedReader)
    assert desk.runner.engines.own.reader.asked == 0
    assert (await updates(desk, "1"))[-1].control["problem"] == ""


@script(["text"])
async def test_handlers_nonsense_under_advanced_is_refused_at_its_field(desk: Handlers) -> None:
    """A value that makes no sense costs no request; a good one is what the pages are asked with."""
    (only,) = await screens(desk.read(event(top_p="7"), VISITOR))
    assert list(only.control["refused"]) == ["top_p"]
    reader = desk.runner.engines.own.reader
    assert isinstance(reader, ScriptedReader)
    assert reader.asked == 0
    last = await screen_after(desk.read(event(top_p="0.7", longest_side="400", layout=False, headers=True), VISITOR))
    assert last.control["refused"] == {}
    assert reader.options is not None
    assert (reader.options.top_p, reader.options.longest_side) == (0.7, 392)
    assert (reader.options.prompt, reader.options.headers) == (None, True)
    assert max(last.viewer["width"], last.viewer["height"]) == 392


@script(["text"])
async def test_handlers_model_that_is_not_served_is_not_asked_for(desk: Handlers) -> None:
    """The server's refusal is not waited for: it is known what it has."""
    await screen_after(desk.arrive(event(), VISITOR))
    (only,) = await screens(desk.read(event(model="lightonai/LightOnOCR-3-4B"), VISITOR))
    assert "LightOnOCR-3-4B" in only.control["problem"]
    assert "LightOnOCR-3-1B" in only.control["next"]
    assert isinstance(desk.runner.engines.own.reader, ScriptedReader)
    assert desk.runner.engines.own.reader.asked == 0


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
    assert last.control["downloads"][-1]["name"] == "three.zip"


@script(["text"])
async def test_handlers_show_a_page_before_it_is_read(desk: Handlers, sessions: Sessions) -> None:
    """A document's first page is on the desk as soon as it is opened, any other when it is chosen."""
    assert PageId(0, 1) in sessions.of("a").pictures
    shown = await screen_after(desk.choose_page(event(page="0-3"), VISITOR))
    assert (shown.viewer["id"], bool(shown.viewer["image"])) == ("0-3", True)
    assert (await screen_after(desk.choose_page(event(page="9-9"), VISITOR))).viewer["id"] == "0-3"


@script(["text", forever])
async def test_handlers_visitors_do_not_meet(desk: Handlers, sessions: Sessions) -> None:
    """Another visitor sees nothing of it and can stop nothing of it."""
    other: Any = SimpleNamespace(session_hash="b")
    run = desk.read(event(), VISITOR)
    await anext(run)
    assert (await screen_after(desk.stop(event(), other))).documents["files"] == []
    assert (await screen_after(desk.choose_page(event(page="0-1"), other))).viewer["image"] == ""
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
    await end(desk, run)
    assert (await screen_after(desk.remove(event(key=0), VISITOR))).documents["files"] == []


async def test_handlers_server_down_is_a_state(sessions: Sessions, renderer: Renderer, three_pages: Path) -> None:
    """A server that is down is told, and asked again on request."""
    reader = ScriptedReader([["text"]], down=Unreachable("Nothing answers.", "Start it."))
    desk = handlers(sessions, renderer, reader, three_pages)
    assert (await screen_after(desk.arrive(event(), VISITOR))).control["unreachable"]
    reader.down = None
    assert not (await screen_after(desk.arrive(event(), VISITOR))).control["problem"]
    assert (await screen_after(desk.arrive(event(), VISITOR))).control["model"] == "LightOnOCR-3-1B"


@script(["text", forever])
async def test_handlers_no_update_overtakes_another(desk: Handlers, session: Session) -> None:
    """While one update of a visitor is on its way out, no other is made: the last one sent is the newest."""
    run, stop = desk.read(event(), VISITOR), desk.stop(event(), VISITOR)
    await anext(run)
    stopping = asyncio.ensure_future(anext(stop))
    await gone(lambda: not session.busy)
    assert not stopping.done()
    after = asyncio.ensure_future(anext(run))  # what Gradio does when the first is on its way
    assert not unwrapped(await stopping).control["busy"]
    assert not after.done()
    assert await anext(stop) == NO_CHANGE
    assert unwrapped(await after)
    await stop.aclose()
    await run.aclose()


@script(["Before.\n\n![image](0,0,500,500)\n\nAfter."])
async def test_handlers_full_disk_costs_pictures_and_no_text(
    desk: Handlers, session: Session, full_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages that cannot be written are read to their end, and why nothing can be looked at or taken away is said."""
    monkeypatch.setattr(disk, "RESERVE_BYTES", -(10**18))
    public, session.public = session.public, full_disk
    last = (await updates(desk))[-1]
    assert states(session) == [PageStatus.DONE] * 3
    assert "After." in last.text["paragraphs"][-1]["html"]
    assert last.control["problem"].endswith("cannot be written: No space left on device.")
    assert not last.control["busy"]
    last = await screen_after(desk.download(event(format="md"), VISITOR))
    assert last.control["problem"] == "three.md cannot be written: No space left on device."
    assert os.listdir(full_disk) == ["ballast"]  # noqa: PTH208 - a fixed name, at once
    (only,) = await screens(desk.choose_page(event(page="0-3"), VISITOR))
    assert only.control["problem"] == "The image of page 3 cannot be written: No space left on device."
    assert only.viewer["image"] == ""
    session.public = public
    (there,) = await screens(desk.choose_page(event(page="0-3"), VISITOR))
    assert there.viewer["image"]
    last = (await updates(desk))[-1]
    assert (last.control["problem"], len(last.control["downloads"])) == ("", 3)


@script(["first"], ["second"])
async def test_handlers_fault_of_ours_at_a_page_spares_the_others(
    desk: Handlers, session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody foresaw while a page is shown: said, in the log, and the run goes on to its end."""

    def broken(page: PageState, event: Event) -> None:
        if page.page.number == 2 and isinstance(event, TextArrived):
            raise ZeroDivisionError
        sound(page, event)

    sound = PageState.apply
    monkeypatch.setattr(PageState, "apply", broken)
    last = (await updates(desk))[-1]
    assert states(session) == [PageStatus.DONE] * 3
    assert "ZeroDivisionError" in last.control["problem"]
    assert caplog.text.count("Traceback") == 1
    assert len(last.control["downloads"]) == 2


@script(["One $x$"], ["Two"], ["Three"])
async def test_handlers_take(desk: Handlers, session: Session) -> None:
    """A format of the menu becomes a download; of the page on the desk alone where that is wanted."""
    await updates(desk)
    (screen,) = await screens(desk.download(event(format="txt", page=False), VISITOR))
    assert [one["name"] for one in screen.control["downloads"]] == ["three.md", "three.json", "three.txt"]
    (screen,) = await screens(desk.download(event(format="docx", page=True), VISITOR))
    assert screen.control["downloads"][-1]["name"] == "three-page-1.docx"
    (screen,) = await screens(desk.download(event(format=["txt"], request="third" * 20), VISITOR))
    assert "nothing to download" in screen.control["problem"]
    assert screen.control["downloaded"] == "third" * 8


def on_disk(session: Session) -> int:
    """Bytes of all that a visitor has here."""
    folders = (session.private, session.public)
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())


@script(["Before.\n\n![image](0,0,500,500)\n\nAfter."])
async def test_handlers_all_that_a_visitor_keeps_is_counted(
    desk: Handlers, sessions: Sessions, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Document, images, figures, thumbnails, downloads; images that no reading shows are gone, as are removed files."""
    monkeypatch.setattr(disk, "DELETE_DELAY_S", 0.0)
    await updates(desk)
    async for _ in Thumbnails(sessions, desk.runner.renderer).render_visible(event(pages=["0-1", "0-2"]), VISITOR):
        pass
    await screens(desk.download(event(format="zip"), VISITOR))
    await gone(lambda: session.storage.used_bytes == on_disk(session) > 0)
    kinds = {path.suffix for path in session.public.rglob("*.*")}
    assert kinds == {".png", ".jpg", ".zip"}
    images = len(list(session.public.glob("0-1-*.png")))
    for side in ("700", "800"):
        await screens(desk.read_again(event(page="0-1", longest_side=side), VISITOR))
    assert session.pages[PageId(0, 1)].status is PageStatus.DONE
    await gone(lambda: session.storage.used_bytes == on_disk(session))
    readings = len(session.history.of(PageId(0, 1)).readings)
    assert len(list(session.public.glob("0-1-*.png"))) <= images * readings
    await screens(desk.remove(event(key=0), VISITOR))
    await gone(lambda: session.storage.used_bytes == on_disk(session) == 0)


async def test_handlers_fonts_that_are_missing_are_told_of_a_page_that_was_looked_at(
    sessions: Sessions, renderer: Renderer, tmp_path: Path
) -> None:
    """Its image is not made anew when it is read; what it lacks is known all the same."""
    path = letters_pdf(tmp_path / "thai.pdf", "Calibri", "thai")
    desk = handlers(sessions, renderer, ScriptedReader([["text"]]), path)
    await screens(desk.add(event(files=[{"upload": str(path), "name": "thai.pdf"}]), VISITOR))
    assert PageId(0, 1) in sessions.of("a").pictures
    last = (await updates(desk))[-1]
    assert "Calibri" in last.page_status["text"]
