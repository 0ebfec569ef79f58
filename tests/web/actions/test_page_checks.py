"""The comparison of visitors' pages with the words on them, with the real text layer and the real Tesseract."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.tesseract.tesseract_reader import TesseractReader
from ocr.page_words import FindingKind, WordSource
from ocr.types import PageId
from ocr.web.actions.handlers import Handlers
from ocr.web.actions.page_checks import PageChecks
from ocr.web.actions.page_engines import PageEngines
from ocr.web.actions.place_handlers import PlaceHandlers
from ocr.web.state.session import Session
from ocr.web.state.session_store import Sessions
from ocr.web.state.verified_text import place_id
from tests.conftest import SAMPLES
from tests.documents.papers import pdf
from tests.web.actions.test_handlers import VISITOR, event, handlers, screen_after
from tests.web.readers import ScriptedReader
from tests.web.waiting import until

pytestmark = pytest.mark.anyio
FIRST, SECOND = PageId(0, 1), PageId(0, 2)
LINES = ["The committee agrees to the railing on three", "conditions of which 14 were in writing already"]
RIGHT = " ".join(LINES)
WRONG = RIGHT.replace("14", "74") + ". Nobody had foreseen any of this at all"


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """Two pages that have the same two lines."""
    drawn = " ".join(f"({line}) '" for line in LINES)
    return pdf(tmp_path / "paper.pdf", *[f"BT /F 14 Tf 20 TL 60 700 Td {drawn} ET".encode()] * 2)


async def desk_with(sessions: Sessions, renderer: Renderer, path: Path, *texts: str, public: bool = False) -> Handlers:
    """Handlers with this document taken in, whose pages will be read as these texts."""
    desk = handlers(sessions, renderer, ScriptedReader([[text] for text in texts]), path)
    checks = PageChecks(Settings(host="0.0.0.0" if public else "127.0.0.1"), renderer)
    own = desk.runner.engines.own
    engines = PageEngines(replace(own, status=replace(own.status, public=public)))
    desk = replace(desk, runner=replace(desk.runner, checks=checks, engines=engines))
    async for _ in desk.add(event(files=[{"upload": str(path), "name": path.name}]), VISITOR):
        pass
    return desk


async def read(desk: Handlers, pages: str = "") -> Any:
    return await screen_after(desk.read(event(pages=pages, model="LightOnOCR-3-1B"), VISITOR))


@pytest.fixture
async def desk(sessions: Sessions, renderer: Renderer, paper: Path) -> AsyncIterator[Handlers]:
    """The first page was read with a digit changed and a sentence made up, the second one rightly."""
    desk = await desk_with(sessions, renderer, paper, WRONG, RIGHT)
    yield desk
    desk.runner.checks.close()


@pytest.fixture
def places(desk: Handlers) -> PlaceHandlers:
    return PlaceHandlers(desk.runner)


def ids(session: Session) -> list[str]:
    return [place_id(place) for place in session.pages[FIRST].places]


async def test_checked_as_pages_end(desk: Handlers, sessions: Sessions) -> None:
    """The last update of the run has the places of the page shown, and how many each page of the document has."""
    last = await read(desk)
    assert [place["kind"] for place in last.places["places"]] == ["differs", "unsupported"]
    assert (last.places["pages"], last.places["checking"]) == ([["0-1", 2]], False)
    assert "2 places" in last.places["summary"]
    pages = sessions.of("a").pages
    assert [page.verified and page.verified.check.source for page in pages.values()] == [WordSource.TEXT_LAYER] * 2
    assert not sessions.of("a").tasks.followed


async def test_page_word_taken_and_undone(desk: Handlers, places: PlaceHandlers, sessions: Sessions) -> None:
    """The page's word stands in the text, in search and in what is downloaded; the model's text stays beside it."""
    await read(desk)
    session = sessions.of("a")
    page = session.pages[FIRST]
    after = await screen_after(places.take(event(page="0-1", place=ids(session)[0]), VISITOR))
    assert "which 14 were" in page.markdown
    assert [place["kind"] for place in after.places["places"]] == ["unsupported"]
    assert (after.places["undo"], after.page_status["compare"]) == (True, 2)
    await screen_after(places.take(event(page="0-1", place=ids(session)[0]), VISITOR))
    assert (page.markdown, page.places, page.raw) == (f"{RIGHT}.", (), WRONG)
    assert [one.result.markdown for one in session.history.of(FIRST).readings.values()] == [WRONG, f"{RIGHT}."]
    shown = await screen_after(desk.download(event(format="json"), VISITOR))
    assert shown.control["downloads"]
    (made,) = [one.path for one in session.downloads if one.path]
    written = json.loads(made.read_text(encoding="utf-8"))["pages"]
    assert (written[0]["markdown"], written[0]["check"]["findings"]) == (f"{RIGHT}.", [])
    assert written[0]["words"][0]["boxes"]
    await screen_after(places.undo(event(page="0-1"), VISITOR))
    back = await screen_after(places.undo(event(page="0-1"), VISITOR))
    assert (page.markdown, len(page.places), back.places["undo"]) == (WRONG, 2, False)
    assert [one.result.markdown for one in session.history.of(FIRST).readings.values()] == [WRONG]


async def test_place_that_is_fine(desk: Handlers, places: PlaceHandlers, sessions: Sessions) -> None:
    """It is no place any more, after other corrections too, until that is taken back."""
    await read(desk)
    session = sessions.of("a")
    digit, sentence = ids(session)
    after = await screen_after(places.dismiss(event(page="0-1", place=sentence), VISITOR))
    assert [place["id"] for place in after.places["places"]] == [digit]
    await screen_after(places.take(event(page="0-1", place=digit), VISITOR))
    assert ids(session) == []
    await screen_after(places.undo(event(page="0-1"), VISITOR))
    await screen_after(places.undo(event(page="0-1"), VISITOR))
    assert ids(session) == [digit, sentence]


@pytest.mark.parametrize("said", [{}, {"page": "7-1"}, {"page": "0-1", "place": "none"}, {"page": 3, "place": [1]}])
async def test_nonsense_changes_nothing(
    desk: Handlers, places: PlaceHandlers, sessions: Sessions, said: dict[str, Any]
) -> None:
    """A browser may say anything at all."""
    await read(desk, pages="1")
    for handler in (places.take, places.dismiss, places.undo, places.check):
        await screen_after(handler(event(**said), VISITOR))
    page = sessions.of("a").pages[FIRST]
    assert (page.markdown, len(page.places)) == (WRONG, 2)


async def test_checked_again_when_another_reading_is_chosen(desk: Handlers, sessions: Sessions) -> None:
    """The places are those of the text that is shown."""
    await read(desk, pages="1")
    session = sessions.of("a")
    await screen_after(desk.read_again(event(page="0-1"), VISITOR))
    assert (session.pages[FIRST].markdown, session.pages[FIRST].places) == (RIGHT, ())
    await screen_after(desk.restore_reading(event(number=1), VISITOR))
    assert len(session.pages[FIRST].places) == 2


@pytest.mark.parametrize("public", [True, False])
async def test_scan_checked_in_idle_time_or_at_a_press(sessions: Sessions, renderer: Renderer, public: bool) -> None:
    """By itself once nobody reads on a private page; on a public one when the visitor asks for it, and not before."""
    text = "\n\n".join((SAMPLES / "truth" / "letter-1.txt").read_text(encoding="utf-8").splitlines())
    desk = await desk_with(sessions, renderer, SAMPLES / "letter.pdf", text, public=public)
    session = sessions.of("a")
    last = await read(desk)
    if public:
        assert (session.pages[FIRST].verified, last.places["unchecked"]) == (None, 1)
        last = await screen_after(PlaceHandlers(desk.runner).check(event(page="0-1"), VISITOR))
    verified = session.pages[FIRST].verified
    assert verified
    assert (verified.check.source, verified.places, last.places["unchecked"]) == (WordSource.TESSERACT, (), 0)
    desk.runner.checks.close()


async def test_scan_waits_while_somebody_reads(sessions: Sessions, renderer: Renderer) -> None:
    """Tesseract does not start beside a run, be it another visitor's; it does once the run has ended."""
    desk = await desk_with(sessions, renderer, SAMPLES / "letter.pdf", "Dear Dr Marlow")
    session, checks = sessions.of("a"), desk.runner.checks
    with checks.reading():
        run = desk.read(event(model="LightOnOCR-3-1B"), VISITOR)
        async for _ in run:
            if not session.active:
                break
        assert (session.pages[FIRST].verified, list(session.checks.scans)) == (None, [FIRST])
        await run.aclose()
    await until(lambda: session.pages[FIRST].verified is not None)
    found = session.pages[FIRST].verified
    assert found
    assert {place.kind for place in found.places} == {FindingKind.MISSING}
    checks.close()


async def test_nothing_is_compared_for_a_tab_that_has_left(desk: Handlers, sessions: Sessions) -> None:
    """It is once the tab is back."""
    await read(desk)
    session = sessions.of("a")
    sessions.leave("a")
    session.pages[FIRST].verified = None
    session.text_changed(FIRST)
    desk.runner.checks.start(session)
    assert not session.tasks.followed
    await screen_after(desk.arrive(event(key=session.key), VISITOR))
    assert len(ids(session)) == 2


async def test_checked_not_by_itself_what_tesseract_read(sessions: Sessions, renderer: Renderer) -> None:
    """A scan that the CPU engine read has nothing to be compared with, which is said."""
    desk = await desk_with(sessions, renderer, SAMPLES / "letter.pdf", "Dear Dr Marlow")
    reader = desk.runner.engines.own.reader
    assert isinstance(reader, ScriptedReader)
    reader.names = ("tesseract",)
    last = await screen_after(desk.read(event(model="tesseract"), VISITOR))
    assert (last.places["places"], last.places["unchecked"], bool(last.places["note"])) == ([], 0, True)


async def test_words_where_tesseract_measured_them(sessions: Sessions, renderer: Renderer) -> None:
    """The words of a scan that the CPU engine read stand where it found them, and no page holds them twice."""
    desk = await desk_with(sessions, renderer, SAMPLES / "letter.pdf")
    engine, reader = desk.runner.engines.own, TesseractReader("eng", 1)
    desk = replace(desk, runner=replace(desk.runner, engines=PageEngines(replace(engine, reader=reader))))
    try:
        await screen_after(desk.read(event(model="tesseract"), VISITOR))
    finally:
        reader.close()
    session = sessions.of("a")
    page = session.pages[FIRST]
    assert page.result
    assert page.verified
    words = page.verified.put_into(page.result).words
    assert len(words) > 50
    assert sum(len(word.boxes) for word in words) >= len(words)
    assert (page.result.page_words, session.checks.measured) == ((), {})
    assert [reading.result.page_words for reading in session.history.of(FIRST).readings.values()] == [()]
