"""Replacing in a document: what is left out, and each page a step of its own."""

from __future__ import annotations

from typing import Any

import pytest

from ocr.config.read_request import ReadRequest
from ocr.events import PageDone
from ocr.types import Finish, PageId, PageResult
from ocr.web.actions.replace_text import Found, replace_all
from ocr.web.actions.replace_text import look_for as look_for_by
from ocr.web.actions.text_search import TextSearch
from ocr.web.state.corrections import edit_paragraph, undo
from ocr.web.state.edited_text import ParagraphEdit
from ocr.web.state.replacements import Hit, Replacement
from ocr.web.state.session import Session
from ocr.workers.worker_process import WorkerDied

pytestmark = pytest.mark.anyio
ONE, TWO = PageId(0, 1), PageId(0, 2)


async def look_for(session: Session, document: int, wanted: Replacement) -> Found:
    """In a search of its own."""
    return await look_for_by(session, document, wanted, TextSearch())


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


async def test_edit_saved_during_the_search_stays(read: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hits are of the text before it."""

    async def find(*asked: Any) -> list[Hit]:
        hits = await search(*asked)
        await edit_paragraph(read, ONE, ParagraphEdit("1", 0, "tho lamp and tho wick", "tho wick"))
        return hits

    search = TextSearch.find
    monkeypatch.setattr(TextSearch, "find", find)
    pages, _ = await replace_all(read, await look_for(read, 0, Replacement("tho", "the")), ())
    assert (pages, read.pages[ONE].markdown, read.pages[TWO].markdown) == ([TWO], "tho wick", "the end")


async def test_look_for_what_cannot_be_looked_for(read: Session) -> None:
    """The reason is said."""
    assert (await look_for(read, 0, Replacement("(", "", regex=True))).problem
    assert (await look_for(read, 0, Replacement("a" * 1000, ""))).problem


@pytest.mark.parametrize("chars", [5_000, 10_001])
async def test_look_for_what_would_be_too_long(read: Session, chars: int) -> None:
    """Nothing is listed: all places would be too long for the browser, or a replacement, or a paragraph."""
    long = "tho " * 25_000 if chars == 5_000 else "tho"
    run = read.begin((ONE,), ReadRequest("LightOnOCR-2-1B"))
    read.apply(PageDone(ONE, PageResult(1, 9, 9, long, "raw", (), Finish.STOP, None, 1, 4, 0.5)))
    read.end(run)
    found = await look_for(read, 0, Replacement("tho", "t" * chars))
    assert (found.hits, bool(found.problem)) == ((), True)
    found = await look_for(read, 0, Replacement("tho", "thes"))
    assert bool(found.problem) is (chars == 5_000)


@pytest.mark.parametrize("error", [MemoryError(), TimeoutError(), WorkerDied("it ended")])
async def test_look_for_what_is_not_found_in_time(
    read: Session, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happened is said."""

    async def find(*_: object) -> None:
        raise error

    monkeypatch.setattr(TextSearch, "find", find)
    assert (await look_for(read, 0, Replacement("a", "", regex=True))).problem
