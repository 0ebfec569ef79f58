from __future__ import annotations

from dataclasses import replace

from ocr.events import PageDone, PageStarted, TextArrived
from ocr.page_words import Finding, FindingKind, PageCheck, WordSource
from ocr.types import PageId, PageImage
from ocr.web.state.page_state import PageStatus
from ocr.web.state.session import Session
from ocr.web.state.verified_text import VerifiedText, place_id
from ocr.web.views.page_list import LETTER_MEANINGS, strip
from tests.web.conftest import result

PAGE = PageId(0, 2)


def test_strip_has_a_letter_for_each_page(article: Session) -> None:
    """Its state; a capital where there is a thumbnail; beside them what is not so everywhere."""
    article.pages[PageId(0, 1)].apply(PageDone(PageId(0, 1), replace(result(), attempts=3)))
    page = article.pages[PAGE]
    page.apply(PageStarted(PAGE, PageImage(10, 14, b"", "image/png")))
    page.apply(TextArrived(PAGE, "a word", "a word", tokens=60))
    article.thumbnails.add(PageId(0, 1))
    (file,) = strip(article)["files"]
    assert (file["states"], file["tokens"], file["attempts"]) == (["Drw"], [[2, 50]], [[1, 3]])
    assert file["places"] == []
    assert len(LETTER_MEANINGS) == len(PageStatus)


def test_strip_tells_the_pages_that_somebody_should_look_at(article: Session) -> None:
    """How many places each of them has; neither weak nor dismissed ones."""
    page = article.pages[PAGE]
    page.apply(PageDone(PAGE, result()))
    sure = Finding(FindingKind.DIFFERS, "Text", "Test", 0, 4, ())
    found = (sure, replace(sure, page_text="Next"), replace(sure, weak=True))
    page.verified = VerifiedText((), PageCheck(WordSource.TEXT_LAYER, findings=found))
    page.dismiss(place_id(sure))
    assert strip(article)["files"][0]["places"] == [[2, 1]]


def test_strip_tells_the_pages_whose_text_was_corrected(article: Session) -> None:
    """As long as the text that a person has changed is the page's."""
    page = article.pages[PAGE]
    page.apply(PageDone(PAGE, result()))
    assert strip(article)["files"][0]["corrected"] == []
    page.correct(replace(result(), corrected=True))
    assert strip(article)["files"][0]["corrected"] == [[2, 1]]
    page.undo()
    assert strip(article)["files"][0]["corrected"] == []
