from __future__ import annotations

from dataclasses import replace

from ocr.config.read_request import ReadRequest
from ocr.events import PageDone
from ocr.types import Finish, PageId
from ocr.web.state.session import Session
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.page_status import page_status
from tests.web.conftest import LIGHTON, result

ENGINE = EngineStatus(LIGHTON, public=False)
PAGE = PageId(0, 2)


def test_note_of_no_page_is_empty(session: Session) -> None:
    """Without a page there is nothing to say and nothing to do."""
    assert not any(page_status(session, None, ENGINE).values())


def test_note_says_what_can_be_done(article: Session) -> None:
    """Stop while the page is read, what is suggested when it has ended; what Read again means is said at its fields."""
    page = article.pages[PAGE]
    assert (page_status(article, page, ENGINE)["act"], page_status(article, page, ENGINE)["fresh"]) == ("read", True)
    article.begin((PAGE,), ReadRequest("LightOnOCR-2-1B"))
    assert page_status(article, page, ENGINE)["act"] == "stop"
    article.apply(PageDone(PAGE, replace(result(), finish=Finish.REPETITION)))
    value = page_status(article, page, ENGINE)
    assert (value["act"], value["word"], value["fresh"]) == ("read", "repeating", False)
    assert value["compare"] == 1
    assert (value["suggestion"], value["defaults"]["longest_side"]) == ("Read page again at 1148 px", "1540")
