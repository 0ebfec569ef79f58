from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.page import PageDone, PageId
from ocr.ui.search import LONGEST, Search, plain
from ocr.ui.session import Session
from ocr.ui.words import found
from tests.ui.conftest import result


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


def test_search_counts_on_all_pages(article: Session) -> None:
    """Every page that has the words, in order, and how often; a query of nothing finds nothing."""
    for number, text in ((2, "Lawn lawn"), (1, "the **law**n"), (3, "none")):
        page = PageId(0, number)
        article.pages[page].apply(PageDone(page, replace(result(), number=number, markdown=text)))
    search = Search()
    search.look("  LAWN ", article.pages.values())
    assert search.hits == {PageId(0, 1): 1, PageId(0, 2): 2}
    assert found(search) == "3 on 2 pages"
    search.look("meadow", article.pages.values())
    assert (search.hits, found(search)) == ({}, "Not found")
    search.look("", article.pages.values())
    assert (search.hits, found(search)) == ({}, "")
    search.look("x" * 1000, article.pages.values())
    assert len(search.query) == LONGEST


def test_search_follows_a_run(article: Session) -> None:
    """A page that ends while something is looked for is looked through too."""
    article.search.look("text", article.pages.values())
    article.apply(PageDone(PageId(0, 2), result()))
    assert article.search.hits == {PageId(0, 2): 1}
