from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ocr.config.read_request import ReadRequest
from ocr.engines.select import Server
from ocr.errors import ServerGone
from ocr.events import PageDone, PageFailed
from ocr.types import Finish, PageId
from ocr.web.state import session_tasks
from ocr.web.state.page_state import PageStatus, Reading
from ocr.web.state.session import Session
from ocr.web.views import comparison_text, engine_messages, messages
from tests.web.conftest import LIGHTON, result

PAGE = PageId(0, 2)


@pytest.mark.parametrize("state", list(PageStatus))
def test_words_cover_every_state(article: Session, state: PageStatus) -> None:
    """Every state has a name; all that are not plain sailing say what they mean."""
    page = article.pages[PAGE]
    page.status = state
    assert messages.STATES[state]
    calm = {PageStatus.DONE, PageStatus.READING, PageStatus.FAILED}  # a failed page says its own error
    assert bool(messages.status_text(page)) is (state not in calm)


@pytest.mark.parametrize(
    ("done", "action"),
    [((), "Read"), ((1,), "Read the other 2 pages"), ((1, 3), "Read the other page"), ((1, 2, 3), "Read again")],
    ids=str,
)
def test_words_action_says_what_would_be_read(article: Session, done: tuple[int, ...], action: str) -> None:
    """The button says whether pages are left."""
    for number in done:
        article.pages[PageId(0, number)].apply(PageDone(PageId(0, number), result()))
    assert messages.action(article, messages.left(article)) == action


def test_words_engine_names_the_host_and_keeps_its_credentials() -> None:
    """A server's address is shown without what might be secret in it."""
    assert engine_messages.engine_name(LIGHTON) == ("gpu.example:8000", "")
    assert engine_messages.engine_name(Server(None, "Not LightOnOCR.", 2)) == (
        "CPU engine (Tesseract)", "Not LightOnOCR.",
    )  # fmt: skip


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (59.9, "59 s"), (125, "2 min 05 s")])
def test_words_duration(seconds: float, text: str) -> None:
    assert messages.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "5 s"),
        (59.9, "59 s"),
        (62, "1 min"),
        (131, "2 min 10 s"),
        (598, "10 min"),
        (700, "12 min"),
        (3900, "1 h 05 min"),
    ],
)
def test_words_estimate(seconds: float, text: str) -> None:
    """No more exact than an estimate is worth."""
    assert messages.roughly(seconds) == text


def test_words_pages_from_the_cache_are_no_speed(article: Session) -> None:
    """They are counted apart, and neither pages nor tokens a second are taken from them."""
    run = article.begin((PageId(0, 1), PageId(0, 2)), ReadRequest("m"))
    for number, cached in ((1, True), (2, False)):
        page = PageId(0, number)
        article.apply(PageDone(page, replace(result(), number=number, cached=cached)), run)
    run.ended = 10.0
    assert messages.pace(article, run) == "0.10 pages/s · 4 tokens/s"
    assert "1 from the cache" in messages.progress(article, run)
    assert messages.figures(article.pages[PageId(0, 1)]) == "42 tokens · from the cache"
    assert (
        comparison_text.result_summary(Reading(replace(result(), cached=True), {}, None, None, None))
        == "42 tokens · from the cache"
    )


def test_words_page_that_was_not_read_says_why(article: Session) -> None:
    """The server's fault, and nothing of an earlier text, which there is none of."""
    page, error = PageId(0, 2), ServerGone("gpu-box does not answer.", "Check it.")
    article.begin((page,), ReadRequest("m"))
    article.apply(PageFailed(page, replace(result(Finish.UNREAD), markdown="", raw=""), error))
    assert article.pages[page].status is PageStatus.UNREAD
    assert messages.status_text(article.pages[page]) == error.full_message


def test_words_blank_pages_and_missing_fonts(article: Session) -> None:
    """A run counts its blank pages; a page whose fonts are nowhere names them, whatever came of it."""
    run = article.begin((PageId(0, 1), PageId(0, 2)), ReadRequest("m"))
    article.apply(PageDone(PageId(0, 1), replace(result(), number=1, raw="", markdown="", blocks=())), run)
    article.apply(PageDone(PageId(0, 2), replace(result(), number=2, missing_fonts=("STSong-Light", "Calibri"))), run)
    assert "1 blank" in messages.progress(article, run)
    assert "STSong-Light, Calibri" in messages.status_text(article.pages[PageId(0, 2)])


def test_words_another_model_answered(article: Session) -> None:
    """Which one is said beside the page that it read."""
    article.apply(PageDone(PageId(0, 1), replace(result(), number=1, answered_by="somebody/else")))
    article.apply(PageDone(PageId(0, 2), result()))
    assert "somebody/else" in messages.status_text(article.pages[PageId(0, 1)])
    assert messages.status_text(article.pages[PageId(0, 2)]) == ""


def test_words_time_left_does_not_jump(article: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown nears a new estimate, here of 90 s, step by step."""
    now = [100.0]
    monkeypatch.setattr(session_tasks, "time", SimpleNamespace(monotonic=lambda: now[0]))
    run = article.begin(tuple(article.pages), ReadRequest("m"))
    run.began = 0.0
    run.durations_s.append(10.0)
    assert messages.time_left(article, run) == "about 30 s left"
    run.durations_s.append(50.0)
    now[0] += 1
    assert messages.time_left(article, run) == "about 40 s left"
