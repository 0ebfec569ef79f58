from __future__ import annotations

from dataclasses import replace

from ocr.config.profiles import Model
from ocr.config.read_request import ReadRequest
from ocr.events import PageDone, PageStarted, TextArrived
from ocr.types import Finish, PageId, PageImage
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


def test_note_while_an_image_is_encoded(article: Session) -> None:
    """Before the first word of llama-server it says what goes on, and what the last page took; with a word no more."""
    llama = Model("LightOnOCR-2-1B", owned_by="llamacpp")
    page, engine = article.pages[PAGE], EngineStatus(LIGHTON, public=False)
    run = article.begin((PAGE,), ReadRequest(llama.id))
    article.apply(PageStarted(PAGE, PageImage(10, 14, b"", "image/png")), run)
    assert page_status(article, page, engine)["text"] == ""
    article.models = (llama,)
    first = page_status(article, page, engine)["text"]
    assert first
    engine.last_page_s[llama.id] = 48.2
    assert page_status(article, page, engine)["text"].startswith(first)
    assert "48 s" in page_status(article, page, engine)["text"]
    article.apply(TextArrived(PAGE, "Lamps", "Lamps", 1), run)
    assert page_status(article, page, engine)["text"] == ""
