"""Replacing in a document: what is left out, and each page a step of its own."""

from __future__ import annotations

import pytest

from ocr.config.read_request import ReadRequest
from ocr.events import PageDone
from ocr.types import Finish, PageId, PageResult
from ocr.web.actions.replace_text import look_for, replace_all
from ocr.web.state.corrections import undo
from ocr.web.state.replacements import Replacement
from ocr.web.state.session import Session

pytestmark = pytest.mark.anyio
ONE, TWO = PageId(0, 1), PageId(0, 2)


@pytest.fixture
def read(article: Session) -> Session:
    """Both pages have been read."""
    run = article.begin((ONE, TWO), ReadRequest("LightOnOCR-2-1B"))
    for page, text in ((ONE, "tho lamp and tho wick"), (TWO, "tho end")):
        article.apply(PageDone(page, PageResult(page.number, 9, 9, text, "raw", (), Finish.STOP, None, 1, 4, 0.5)))
    article.end(run)
    return article


async def test_replace_all_but_what_is_left_out(read: Session) -> None:
    """One step takes a page's back."""
    found = await look_for(read, 0, Replacement("tho", "the"))
    assert [(hit.page, found.before(hit), found.after(hit)) for hit in found.hits][1] == (ONE, "tho lamp and ", " wick")
    pages, _ = await replace_all(read, found, {2})
    assert (pages, read.pages[ONE].markdown, read.pages[TWO].markdown) == ([ONE], "the lamp and the wick", "tho end")
    undo(read, ONE)
    assert read.pages[ONE].markdown == "tho lamp and tho wick"


async def test_replace_all_leaves_pages_that_are_read_or_have_changed(read: Session) -> None:
    """The version tells a preview that is out of date."""
    found = await look_for(read, 0, Replacement("tho", "the"))
    run = read.begin((TWO,), ReadRequest("LightOnOCR-2-1B"))
    again = await look_for(read, 0, Replacement("tho", "the"))
    assert (len(again.hits), again.version != found.version) == (2, True)
    pages, _ = await replace_all(read, found, ())
    assert pages == [ONE]
    read.end(run)


async def test_look_for_what_cannot_be_looked_for(read: Session) -> None:
    """The reason is said."""
    assert (await look_for(read, 0, Replacement("(", "", regex=True))).problem
    assert (await look_for(read, 0, Replacement("a" * 1000, ""))).problem
