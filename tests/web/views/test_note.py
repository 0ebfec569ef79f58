from __future__ import annotations

from dataclasses import replace

from ocr.config.read_request import ReadRequest
from ocr.events import PageDone
from ocr.types import Finish, PageId
from ocr.web.state.session import Session
from ocr.web.views.engine_status import Engine
from ocr.web.views.note import note
from tests.web.conftest import LIGHTON, result

ENGINE = Engine(LIGHTON, public=False)
PAGE = PageId(0, 2)


def test_note_of_no_page_is_empty(session: Session) -> None:
    """Without a page there is nothing to say and nothing to do."""
    assert not any(note(session, None, ENGINE).values())


def test_note_says_what_can_be_done(article: Session) -> None:
    """Stop while the page is read, its remedy when it has ended; what Read again means is said at its fields."""
    page = article.pages[PAGE]
    assert (note(article, page, ENGINE)["act"], note(article, page, ENGINE)["fresh"]) == ("read", True)
    article.begin((PAGE,), ReadRequest("LightOnOCR-2-1B"))
    assert note(article, page, ENGINE)["act"] == "stop"
    article.apply(PageDone(PAGE, replace(result(), finish=Finish.REPETITION)))
    value = note(article, page, ENGINE)
    assert (value["act"], value["word"], value["fresh"]) == ("read", "repeating", False)
    assert value["compare"] == 1
    assert (value["remedy"], value["defaults"]["longest_side"]) == ("Read page again at 1155 px", "1540")
