from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ocr.config.read_request import ReadRequest
from ocr.events import PageDone, PageStarted, TextArrived
from ocr.types import Finish, PageId, PageImage, PageResult
from ocr.web.state import page_history as module
from ocr.web.state.page_history import MAX_READINGS, PageHistory, SessionHistory
from ocr.web.state.page_state import PageStatus, Reading, StoredImage
from ocr.web.state.session import Session
from tests.web.conftest import result

PAGE = PageId(0, 2)


def kept(raw: str = "raw", finish: Finish = Finish.STOP) -> Reading:
    return Reading(replace(result(finish), raw=raw), {}, None, ReadRequest("model"), None)


def texts(history: PageHistory) -> list[str]:
    return [one.result.raw for one in history.readings.values()]


def read(session: Session, text: str, finish: Finish = Finish.STOP, model: str = "model", page: PageId = PAGE) -> None:
    """Read a page to that end."""
    run = session.begin((page,), ReadRequest(model))
    session.apply(PageStarted(page, PageImage(10, 14, b"", "image/png")))
    session.apply(PageDone(page, replace(result(finish), raw=text, markdown=text)))
    session.end(run)


def test_readings_of_a_page_are_the_last_few() -> None:
    """Bounded; what goes is the oldest, and what broke off before that; never the page's own."""
    readings = SessionHistory()
    own = kept("own")
    readings.add(PAGE, own, own.result)
    for text in "abc":
        finish = Finish.CANCELLED if text == "b" else Finish.STOP
        readings.add(PAGE, kept(text, finish), own.result)
    assert texts(readings.of(PAGE)) == ["own", "a", "b", "c"]
    readings.add(PAGE, kept("d"), own.result)
    assert texts(readings.of(PAGE)) == ["own", "a", "c", "d"]
    readings.add(PAGE, kept("e"), own.result)
    assert texts(readings.of(PAGE)) == ["own", "c", "d", "e"]
    assert len(readings.of(PAGE).readings) == MAX_READINGS


def test_readings_without_text_count_if_they_are_whole() -> None:
    """A page found blank was read; a reading that failed before its first word was none."""
    readings = SessionHistory()
    readings.add(PAGE, kept("", Finish.FAILED), None)
    readings.add(PAGE, kept(" ", Finish.CANCELLED), None)
    readings.add(PAGE, kept("", Finish.STOP), None)
    assert texts(readings.of(PAGE)) == [""]


def test_readings_of_a_long_book_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The spare ones of pages that were read longest ago go first; no page loses its own."""
    monkeypatch.setattr(module, "MAX_SPARE_CHARS", 10)
    readings = SessionHistory()
    pages = [PageId(0, number) for number in (1, 2, 3)]
    for page in (*pages, *pages):
        one = kept("12345")
        readings.add(page, one, one.result)
    assert [list(readings.of(page).readings) for page in pages] == [[2], [1, 2], [1, 2]]
    assert [readings.of(page).own for page in pages] == [2, 2, 2]


def test_readings_pair_is_the_own_beside_the_latest() -> None:
    """Until somebody picks; with one reading there is no pair; the same one twice changes places."""
    history = PageHistory()
    assert history.pair() == (0, 0)
    history.own = history.add(kept())
    assert history.pair() == (0, 1)
    history.add(kept())
    assert history.pair() == (1, 2)
    history.own = history.add(kept())
    assert history.pair() == (2, 3)
    history.pick(1, 3)
    assert history.pair() == (1, 3)
    history.pick(3, 3)
    assert history.pair() == (3, 1)
    history.pick(7, 7)
    assert history.pair() == (3, 1)
    history.pick(7, 1)
    assert history.pair() == (3, 1)


def test_readings_a_page_is_read_again_and_nothing_is_lost(article: Session) -> None:
    """The new reading is the page's own, the one from before stands beside it."""
    read(article, "old", model="one")
    read(article, "new", model="two")
    history = article.history.of(PAGE)
    assert (texts(history), history.own, history.pair()) == (["old", "new"], 2, (1, 2))
    assert [one.request and one.request.model for one in history.readings.values()] == ["one", "two"]
    assert article.pages[PAGE].raw == "new"


def test_readings_one_that_was_stopped_is_there_too(article: Session) -> None:
    """The page has its old text again; what the stopped one had brought can be looked at. Waiting brings nothing."""
    read(article, "whole")
    run = article.begin((PAGE,), ReadRequest("model"))
    article.apply(PageStarted(PAGE, PageImage(10, 14, b"", "image/png")))
    article.apply(TextArrived(PAGE, "half", "half"))
    article.end(run)
    history = article.history.of(PAGE)
    assert (article.pages[PAGE].raw, texts(history), history.own) == ("whole", ["whole", "half"], 1)
    article.end(article.begin((PAGE,), ReadRequest("model")))
    assert (article.pages[PAGE].raw, article.pages[PAGE].status, texts(history)) == (
        "whole",
        PageStatus.DONE,
        ["whole", "half"],
    )


@pytest.mark.anyio
async def test_readings_kept_one_is_the_pages_own(article: Session) -> None:
    """Its text, its picture and the search follow; the pair that is looked at stays."""
    upright = article.pictures[PAGE] = StoredImage(Path("a.png"), PageImage(10, 14, b"", "image/png"))
    read(article, "old lamp")
    turned = article.pictures[PAGE] = StoredImage(Path("b.png"), PageImage(14, 10, b"", "image/png", rotation=90))
    read(article, "new")
    await article.search.run("lamp", article.pages.values())
    article.restore(PAGE, 1)
    assert (article.pages[PAGE].markdown, article.pictures[PAGE], article.search.hits) == (
        "old lamp",
        upright,
        {PAGE: 1},
    )
    assert (article.history.of(PAGE).own, article.history.of(PAGE).pair()) == (1, (1, 2))
    article.restore(PAGE, 2)
    assert (article.pages[PAGE].markdown, article.pictures[PAGE], article.search.hits) == ("new", turned, {})


def test_readings_nothing_is_kept_while_the_page_is_read(article: Session) -> None:
    """Nor a reading that is not there, nor one of a page that is gone."""
    read(article, "old")
    read(article, "new")
    article.restore(PAGE, 9)
    article.restore(PageId(5, 1), 1)
    run = article.begin((PAGE,), ReadRequest("model"))
    article.restore(PAGE, 1)
    assert article.pages[PAGE].status is PageStatus.WAITING
    article.end(run)
    assert article.pages[PAGE].raw == "new"
    article.remove(0)
    assert article.history.of(PAGE).readings == {}


def test_readings_new_one_is_compared_with_what_it_replaces(article: Session) -> None:
    """Also after an older one was made the page's own, and another pair was looked at."""
    for text in ("one", "two", "three"):
        read(article, text)
    article.restore(PAGE, 1)
    article.history.of(PAGE).pick(3, 2)
    read(article, "four")
    assert article.history.of(PAGE).pair() == (1, 4)


@pytest.mark.anyio
async def test_readings_one_alone_is_compared_with_nothing(article: Session) -> None:
    """While the comparison is looked at and its page's second reading is on its way, there is no pair to prepare."""
    read(article, "one")
    article.history.open = True
    article.history.start_rereading(PAGE)
    assert article.history.of(PAGE).pair()[1] == 0
    await article.history.prepare(PAGE)


def test_readings_hold_results_as_they_came(article: Session) -> None:
    """The same object, not a copy: that is how the page's own is known."""
    read(article, "text")
    (one,) = article.history.of(PAGE).readings.values()
    assert isinstance(one.result, PageResult)
    assert one.result is article.pages[PAGE].result
