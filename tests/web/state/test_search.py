from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest

from ocr.events import PageDone
from ocr.types import PageId
from ocr.web.state import search as module
from ocr.web.state.search import MAX_QUERY_CHARS, Search, plain
from ocr.web.state.session import Session
from ocr.web.views.messages import found
from tests.web.conftest import result

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("markdown", "seen"),
    [
        ("# **Bold** and `code`", "bold and code"),
        ("<table><tr><td>One</td><td>Two</td></tr></table>", "one two"),
        ("![A *lamp*](figures/page-1-1.png) and [a link](https://a.example)", "a lamp and a link"),
        ("caf&eacute;\n\nÀ  LA\tcarte", "café à la carte"),
    ],
)
def test_search_looks_at_what_is_seen(markdown: str, seen: str) -> None:
    """Marks, tags and addresses are not text; white space and case do not count."""
    assert plain(markdown) == seen


@pytest.mark.parametrize("begun", ["[a1 ", "![", "![a](", "![a](b", "<td ", "<!--", "[["])
def test_search_goes_once_through_a_text_of_beginnings(begun: str) -> None:
    """Links, pictures and tags that never end: were each looked for to the end of the line, this would take minutes."""
    assert plain(begun * 100_000 + "end").endswith("end")


async def test_search_counts_on_all_pages(article: Session) -> None:
    """Every page that has the words, in order, and how often; a query of nothing finds nothing."""
    for number, text in ((2, "Lawn lawn"), (1, "the **law**n"), (3, "none")):
        page = PageId(0, number)
        article.pages[page].apply(PageDone(page, replace(result(), number=number, markdown=text)))
    search = Search()
    await search.run("  LAWN ", article.pages.values())
    assert search.hits == {PageId(0, 1): 1, PageId(0, 2): 2}
    assert found(search) == "3 on 2 pages"
    await search.run("meadow", article.pages.values())
    assert (search.hits, found(search)) == ({}, "No results")
    await search.run("", article.pages.values())
    assert (search.hits, found(search)) == ({}, "")
    await search.run("x" * 1000, article.pages.values())
    assert len(search.query) == MAX_QUERY_CHARS


async def test_search_follows_a_run(article: Session) -> None:
    """A page that ends while something is looked for is looked through too."""
    await article.search.run("text", article.pages.values())
    article.apply(PageDone(PageId(0, 2), result()))
    assert article.search.hits == {PageId(0, 2): 1}


async def test_search_folds_a_text_once(article: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its page has ended; not anew for each letter typed, and matches are counted beside the event loop."""
    folded: list[str] = []

    def watched(markdown: str) -> str:
        folded.append(markdown)
        return plain(markdown)

    def counted(wanted: str, pages: module.Folded) -> dict[PageId, int]:
        assert threading.current_thread() is not threading.main_thread()
        return count(wanted, pages)

    count = module._count
    monkeypatch.setattr(module, "plain", watched)
    article.apply(PageDone(PageId(0, 2), result()))
    assert folded == ["Text"]
    monkeypatch.setattr(module, "_count", counted)
    for query in ("t", "te", "tex"):
        await article.search.run(query, article.pages.values())
    assert article.search.hits == {PageId(0, 2): 1}
    assert folded.count("Text") == 1


async def test_search_forgets_a_document_that_is_removed(article: Session) -> None:
    """Nothing is found on pages that are gone, and their text is not kept."""
    article.apply(PageDone(PageId(0, 2), result()))
    await article.search.run("text", article.pages.values())
    article.remove(0)
    assert (article.search.hits, found(article.search)) == ({}, "No results")
    assert not article.search._folded


async def test_search_later_query_wins(article: Session) -> None:
    """Two that are looked for at the same time: what was typed last stands there."""
    article.apply(PageDone(PageId(0, 2), result()))
    pages = article.pages.values()
    await asyncio.gather(article.search.run("text", pages), article.search.run("nothing", pages))
    assert (article.search.query, article.search.hits) == ("nothing", {})


async def test_search_page_that_ends_meanwhile(article: Session) -> None:
    """It is looked through as it is at the end."""
    looking = asyncio.ensure_future(article.search.run("text", article.pages.values()))
    await asyncio.sleep(0)
    article.apply(PageDone(PageId(0, 2), result()))
    await looking
    assert article.search.hits == {PageId(0, 2): 1}
