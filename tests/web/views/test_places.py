from __future__ import annotations

import pytest

from ocr.events import PageDone
from ocr.page_words import Finding, FindingKind, PageCheck, WordSource
from ocr.types import PageId
from ocr.web.state.session import Session
from ocr.web.state.verified_text import VerifiedText
from ocr.web.views.places import MAX_CHARS, places
from tests.web.conftest import result

FIRST, PAGE = PageId(0, 1), PageId(0, 2)


def compared(session: Session, page: PageId, *found: Finding, words: int = 1000) -> None:
    session.pages[page].apply(PageDone(page, result()))
    check = PageCheck(WordSource.TEXT_LAYER, words, words - len(found), findings=found)
    session.pages[page].verified = VerifiedText((), check)


def test_places_of_no_page_are_none(session: Session) -> None:
    """There is nothing to say."""
    assert not any(places(session, None, on_request=True).values())


def test_places_of_a_document(article: Session) -> None:
    """How many there are in all, on which pages, and what each of the page shown has on both sides."""
    long = Finding(FindingKind.MISSING, "", "word " * MAX_CHARS, 4, 4, ())
    moved = Finding(FindingKind.MOVED, "Text", "Text", 0, 4, ())
    compared(article, FIRST)
    compared(article, PAGE, moved, long)
    value = places(article, article.pages[PAGE], on_request=True)
    assert (value["pages"], "2 places" in value["summary"]) == ([["0-2", 2]], True)
    assert [(one["kind"], bool(one["take"])) for one in value["places"]] == [("moved", False), ("missing", True)]
    assert len(value["places"][1]["page_text"]) == MAX_CHARS + 1
    assert places(article, article.pages[FIRST], on_request=True)["places"] == []


@pytest.mark.parametrize("text", ["one</td><td>**two**", "one | two", "one\n\ntwo", "one &#116;wo"])
def test_places_show_plain_words(article: Session, text: str) -> None:
    """No markup of the text that is said to be wrong."""
    compared(article, PAGE, Finding(FindingKind.UNSUPPORTED, text, "", 0, len(text), ()))
    assert places(article, article.pages[PAGE], on_request=True)["places"][0]["text"] == "one two"


def test_places_none_is_no_claim_of_more_than_was_found(article: Session) -> None:
    """The share of words is rounded down, and said only of pages that were compared with something."""
    assert places(article, article.pages[PAGE], on_request=True)["summary"] == ""
    weak = Finding(FindingKind.MISSING, "", "word", 4, 4, (), weak=True)
    compared(article, PAGE, weak, words=100_000)
    assert places(article, article.pages[PAGE], on_request=True)["summary"].startswith("99.9 %")
    article.pages[PAGE].verified = VerifiedText((), PageCheck(None, note="Why."))
    value = places(article, article.pages[PAGE], on_request=True)
    assert (value["summary"], value["note"]) == ("", "Why.")


def test_places_of_scans_wait_for_a_press_or_for_idle_time(article: Session) -> None:
    """Where they come by themselves there is never anything to press, nor while other pages are still compared."""
    for waiting, expected in (("scans", (0, True)), ("changed", (0, True))):
        getattr(article.checks, waiting)[PAGE] = None
        value = places(article, article.pages[PAGE], on_request=False)
        assert (value["unchecked"], value["checking"]) == expected
    value = places(article, article.pages[PAGE], on_request=True)
    assert (value["unchecked"], value["checking"]) == (0, True)
    del article.checks.changed[PAGE]
    value = places(article, article.pages[PAGE], on_request=True)
    assert (value["unchecked"], value["checking"]) == (1, False)
