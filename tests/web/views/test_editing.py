"""What the browser is given for editing."""

from __future__ import annotations

from ocr.config.read_request import ReadRequest
from ocr.events import PageDone
from ocr.types import Finish, PageId, PageResult
from ocr.web.state.edited_text import EditOutcome
from ocr.web.state.session import Session
from ocr.web.views.editing import editing

PAGE = PageId(0, 2)


def test_editing_has_the_markdown_of_a_page_that_was_read(article: Session) -> None:
    """Of no other; how the latest edit went is there always."""
    article.edit = EditOutcome("7", "No.")
    page = article.pages[PAGE]
    value = editing(article, page)
    assert (value["editable"], value["sources"]) == (False, [])
    article.begin((PAGE,), ReadRequest("LightOnOCR-2-1B"))
    assert not editing(article, page)["editable"]
    article.apply(PageDone(PAGE, PageResult(2, 9, 9, "# a\n\nb $c$", "raw", (), Finish.STOP, None, 1, 4, 0.5)))
    value = editing(article, page)
    assert (value["editable"], value["sources"]) == (True, ["# a", "b $c$"])
    assert value["edit"] == {"key": "7", "problem": "No.", "newer": "", "at": 0, "next": 0}
