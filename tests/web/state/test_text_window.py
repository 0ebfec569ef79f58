from __future__ import annotations

from dataclasses import replace

from ocr.types import PageId
from ocr.web.state.session import Session
from ocr.web.state.text_window import FIRST_PAGES, MAX_PAGES, PAGES_BEFORE, STEP_PAGES, TextWindow, around


def test_text_window_begins_near_the_page_that_is_looked_at() -> None:
    """The page is always among those shown, and not the first of them unless it is the document's."""
    assert around(0, 0) == TextWindow(0, 0, FIRST_PAGES)
    assert all(around(0, at).has(at) for at in (0, 1, 9, 1999))
    assert around(0, 1500).first == 1500 - PAGES_BEFORE


def test_text_window_grows_at_both_ends_up_to_a_bound() -> None:
    """What is added at one end goes at the other, and never before the first page."""
    window = around(0, 100)
    for _ in range(9):
        window = window.after()
    assert (window.count, window.first + window.count) == (MAX_PAGES, 99 + FIRST_PAGES + STEP_PAGES * 9)
    before = window.before()
    assert (before.first, before.count) == (window.first - STEP_PAGES, MAX_PAGES)
    assert TextWindow(0, 4, 10).before() == TextWindow(0, 0, 14)


def test_text_window_follows_the_page_unless_it_is_untied(article: Session) -> None:
    """A page outside moves it; an untied one stays, but not at a document that is no longer looked at."""
    article.shown, article.text_window = PageId(0, 1), TextWindow(0, 1, 1)
    assert article.shown_window == around(0, 0)
    article.text_tied = False
    assert article.shown_window == article.text_window
    article.text_window = replace(article.text_window, document=7)
    assert article.shown_window == around(0, 0)
    article.text_window = None
    assert article.shown_window is None
