from __future__ import annotations

import pytest

from ocr.config.read_request import ReadRequest
from ocr.errors import Refused
from ocr.events import PageDone, PageFailed
from ocr.types import PageId
from ocr.web.state.session import Session
from ocr.web.views.run_line import run_line
from tests.web.conftest import result


def test_run_line_counts_pages_that_have_ended(article: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many pages there are; then those that have ended, failed ones too, of those asked for."""
    assert run_line(article) == "3 pages"
    pages = tuple(PageId(0, number) for number in (1, 2, 3))
    run = article.begin(pages, ReadRequest())
    monkeypatch.setattr(type(run), "seconds", property(lambda run: 12.4))
    assert run_line(article) == "0 of 3 · 12 s"
    article.pages[pages[0]].apply(PageDone(pages[0], result()))
    article.pages[pages[1]].apply(PageFailed(pages[1], result(), Refused("It said no.", "Do this.")))
    assert run_line(article) == "2 of 3 · 12 s"


def test_run_line_is_empty_without_a_document(article: Session) -> None:
    article.remove(0)
    assert run_line(article) == ""
