from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.events import PageDone, PageStarted, TextArrived
from ocr.types import PageId, PageImage
from ocr.web.state.session import Session
from ocr.web.state.text_window import TextWindow
from ocr.web.views.document_text import document_text, late_pages, prepare, prepare_late
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.screen import screen
from tests.web.conftest import LIGHTON, result

ENGINE = EngineStatus(LIGHTON, public=False)


def test_document_text_writes_the_page_that_is_shown(article: Session) -> None:
    """The text of the others that are being read comes when they have been, and not at each update."""
    article.text_window = TextWindow(0, 0, 3)
    for page in list(article.pages)[:2]:
        article.pages[page].apply(PageStarted(page, PageImage(10, 14, b"", "image/png")))
        article.pages[page].apply(TextArrived(page, "words", "words", tokens=1))
    article.shown = PageId(0, 1)
    assert [bool(page["paragraphs"]) for page in document_text(article)["pages"]] == [True, False, False]
    article.shown = PageId(0, 2)
    assert [bool(page["paragraphs"]) for page in document_text(article)["pages"]] == [False, True, False]
    article.pages[PageId(0, 1)].apply(PageDone(PageId(0, 1), result()))
    assert [bool(page["paragraphs"]) for page in document_text(article)["pages"]] == [True, True, False]


def test_document_text_is_not_sent_with_the_page_as_well(article: Session) -> None:
    """While the document's text is looked at, the page's paragraphs go out with that alone."""
    first = PageId(0, 1)
    article.pages[first].apply(PageDone(first, result()))
    alone = screen(article, ENGINE).text
    assert alone["paragraphs"]
    assert not alone["in_document"]
    article.text_window = TextWindow(0, 0, 3)
    shown = screen(article, ENGINE)
    assert (shown.text["paragraphs"], shown.text["in_document"]) == ([], True)
    assert shown.document_text["pages"][0]["paragraphs"] == alone["paragraphs"]
    article.text_tied, article.text_window = False, TextWindow(0, 1, 1)
    assert screen(article, ENGINE).text == alone


@pytest.mark.anyio
async def test_document_text_does_not_keep_the_page_waiting(article: Session) -> None:
    """What takes long to render of the other pages comes later, and until then there is what was rendered before."""
    article.text_window, article.shown = TextWindow(0, 0, 3), PageId(0, 2)
    for page in article.pages:
        article.pages[page].apply(PageDone(page, replace(result(), markdown="long " * 1_000)))
    await prepare(article)
    before = document_text(article)["pages"]
    assert [(bool(page["paragraphs"]), page["late"]) for page in before] == [
        (False, True),
        (True, False),
        (False, True),
    ]
    await prepare_late(late_pages(article))
    whole = document_text(article)["pages"]
    assert [(bool(page["paragraphs"]), page["late"]) for page in whole] == [(True, False)] * 3
    assert late_pages(article) == []
    first = PageId(0, 1)
    article.pages[first].apply(PageDone(first, replace(result(), markdown="short\n\n" + "other " * 1_000)))
    changed = document_text(article)["pages"][0]
    assert (changed["paragraphs"], changed["late"]) == (whole[0]["paragraphs"], True)
    await prepare_late(late_pages(article))
    assert [one["html"][:8] for one in document_text(article)["pages"][0]["paragraphs"]] == ["<p>short", "<p>other"]
