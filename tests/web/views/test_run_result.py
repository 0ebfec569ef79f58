from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ocr.config.read_request import ReadRequest
from ocr.events import PageDone
from ocr.page_words import Finding, FindingKind, PageCheck, WordSource
from ocr.types import Document, Finish, PageId
from ocr.web.actions.downloads import offer_downloads
from ocr.web.state.session import Session
from ocr.web.state.verified_text import VerifiedText
from ocr.web.views.run_result import EMPTY, LONG_RUN_S, run_result, tab_title, takes_long
from tests.web.conftest import result

FIRST, SECOND, THIRD = (PageId(0, number) for number in (1, 2, 3))


def end(session: Session, page: PageId, finish: Finish = Finish.STOP) -> None:
    session.pages[page].apply(PageDone(page, replace(result(finish), number=page.number, markdown="Two words")))
    offer_downloads(session)


def test_result_of_what_was_read(article: Session) -> None:
    """The document and its words; without a run also how many of its pages were read."""
    assert run_result(article) == EMPTY
    end(article, FIRST)
    end(article, SECOND)
    value = run_result(article)
    assert (value["name"], value["figures"]) == ("article.pdf", "2 of 3 pages read · 4 words")
    run = article.begin((THIRD,), ReadRequest())
    assert run_result(article) == EMPTY
    end(article, THIRD)
    article.end(run)
    assert run_result(article)["figures"] == "6 words"


def test_result_names_one_document_or_counts_them(article: Session) -> None:
    """Those that nothing was read of do not count."""
    path = Path("b.pdf")
    article.add_pages(article.add("b.pdf", path), Document(path, "b.pdf", "application/pdf", 1, "1" * 64))
    end(article, FIRST)
    assert run_result(article)["name"] == "article.pdf"
    end(article, PageId(1, 1))
    assert run_result(article)["name"] == "2 documents"


@pytest.mark.parametrize("finish", [Finish.LENGTH, Finish.REPETITION, Finish.FAILED])
def test_result_leads_to_the_pages_that_need_a_look(article: Session, finish: Finish) -> None:
    """Pages that were not read well, or whose words are doubted; each press goes to the next, round and round."""
    end(article, FIRST)
    end(article, SECOND, finish)
    end(article, THIRD)
    assert (run_result(article)["look"], run_result(article)["look_page"]) == ("1 page needs a look", "0-2")
    finding = Finding(FindingKind.MOVED, "Two", "Two", 0, 3, ())
    article.pages[THIRD].verified = VerifiedText((), PageCheck(WordSource.TEXT_LAYER, 2, 1, findings=(finding,)))
    assert run_result(article)["look"] == "2 pages need a look"
    article.shown = SECOND
    assert run_result(article)["look_page"] == "0-3"
    article.shown = THIRD
    assert run_result(article)["look_page"] == "0-2"


def test_result_without_doubts_says_nothing_of_them(article: Session) -> None:
    end(article, FIRST)
    assert (run_result(article)["look"], run_result(article)["look_page"]) == ("", "")


def test_title_tells_how_far_reading_is(article: Session) -> None:
    """Of the pages that were asked for; the check mark says that all of them are read."""
    assert tab_title(article) == ""
    run = article.begin((FIRST, SECOND), ReadRequest())
    assert tab_title(article) == "0/2 · article.pdf"
    end(article, FIRST)
    assert tab_title(article) == "1/2 · article.pdf"
    end(article, SECOND, Finish.FAILED)
    assert tab_title(article) == "2/2 · article.pdf"
    article.end(run)
    assert tab_title(article) == "1/2 · article.pdf"
    again = article.begin((SECOND,), ReadRequest())
    end(article, SECOND)
    article.end(again)
    assert tab_title(article) == "✓ article.pdf"


def test_title_of_a_first_page_counts_the_others(article: Session) -> None:
    """No check mark stands before a document of which one page was read by itself."""
    run = article.begin((FIRST,), ReadRequest(), aside=True)
    end(article, FIRST)
    article.end(run)
    assert tab_title(article) == "1/3 · article.pdf"


def test_long_runs_are_told(article: Session) -> None:
    """By the time that has passed and that is left; a run that waits for a model or is over is none."""
    assert not takes_long(article)
    run = article.begin((FIRST, SECOND), ReadRequest())
    assert not takes_long(article)
    run.started_at[FIRST] = run.now()
    run.durations_s.append(LONG_RUN_S)
    assert takes_long(article)
    run.durations_s.clear()
    run.began -= LONG_RUN_S + 1
    assert takes_long(article)
    article.end(run)
    assert not takes_long(article)
