from __future__ import annotations

from dataclasses import replace

from ocr.events import PageDone
from ocr.types import PageId, TextBlock
from ocr.web.state.session import Session
from ocr.web.views.outline_value import outline_value
from tests.web.conftest import result

PAGE = PageId(0, 2)


def test_outline_value_says_when_there_is_something_new(article: Session) -> None:
    """Of the document that is shown; what it is, the browser asks for."""
    nothing = {"document": 0, "revision": 0, "count": 0, "full": False, "shown": "0-1"}
    assert outline_value(article) == nothing
    article.apply(PageDone(PAGE, replace(result(), markdown="# One", blocks=(TextBlock("# One"),))))
    value = outline_value(article)
    assert value == {**nothing, "revision": value["revision"], "count": 1}
    assert value["revision"] > 0
    article.outline.of(0).cut.add(2)
    assert outline_value(article)["full"] is True
    article.shown = None
    assert outline_value(article) == {**nothing, "document": -1, "shown": ""}
