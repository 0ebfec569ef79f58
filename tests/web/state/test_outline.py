from __future__ import annotations

import time
from dataclasses import replace

import pytest

from ocr.events import PageDone
from ocr.types import PageId, TextBlock
from ocr.web.state.outline import MAX_HEADING_CHARS, Heading, Outline, headings
from ocr.web.state.page_state import PageState
from ocr.web.state.paragraphs import Paragraph
from ocr.web.state.session import Session
from tests.web.conftest import result

PAGE = PageId(0, 2)


def read_as(page: PageState, *markdown: str) -> PageState:
    """The page, read as these blocks."""
    blocks = tuple(map(TextBlock, markdown))
    page.apply(PageDone(page.page, replace(result(), markdown="\n\n".join(markdown), blocks=blocks)))
    return page


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("# Lamps", [(1, "Lamps")]),
        ("  ### *Lamps* of $x^2$ ##", [(3, "Lamps of x^2")]),
        ("words\n# One\n## Two", [(1, "One"), (2, "Two")]),
        ("#7 of the list", []),
        ("####### seven", []),
        ("# \n#", []),
        ("# ##", []),
        ("# Lamps ## \t\nand wicks", [(1, "Lamps")]),
        ("```\n# a comment\n```\n# After", [(1, "After")]),
        ("a # b", []),
        ("# [Lamps](http://a.example) &amp; wicks", [(1, "Lamps & wicks")]),
    ],
)
def test_headings_of_a_paragraph(markdown: str, found: list[tuple[int, str]]) -> None:
    assert [(one.level, one.text) for one in headings([Paragraph(markdown, ())])] == found


def test_headings_say_their_paragraph_and_are_cut() -> None:
    first, second = headings([Paragraph("words", ()), Paragraph("# One", ()), Paragraph(f"## {'a' * 500}", ())])
    assert first == Heading(1, 1, "One")
    assert (second.paragraph, len(second.text), second.text[-1]) == (2, MAX_HEADING_CHARS, "…")


@pytest.mark.parametrize("markdown", ["#{}\nx", "# a{}\nx", "# a{}b", "# a #{}\nx", "#{}#\nx"])
def test_headings_with_many_blanks(markdown: str) -> None:
    """As anyone may type them; each update of a page looks for its headings."""
    began = time.thread_time()
    list(headings([Paragraph(markdown.format(" " * 100_000), ())]))
    assert time.thread_time() - began < 2


def test_outline_tells_what_has_changed() -> None:
    """Pages come in any order; a text that has the same headings changes nothing."""
    outline = Outline()
    outline.update(read_as(PageState(PageId(0, 3)), "# Three"))
    before = outline.of(0).latest
    outline.update(read_as(PageState(PAGE), "# Two"))
    outline.update(read_as(PageState(PageId(0, 4)), "words"))
    after = outline.of(0).latest
    assert outline.of(0).since(0) == [(2, (Heading(1, 0, "Two"),)), (3, (Heading(1, 0, "Three"),))]
    assert outline.of(0).since(before) == [(2, (Heading(1, 0, "Two"),))]
    outline.update(read_as(PageState(PAGE), "# Two", "and words"))
    assert outline.of(0).latest == after
    outline.update(read_as(PageState(PAGE), "words"))
    assert (outline.of(0).since(after), outline.of(0).count) == ([(2, ())], 1)


def test_outline_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr.web.state.outline.MAX_HEADINGS", 3)
    outline = Outline()
    outline.update(read_as(PageState(PageId(0, 1)), "# One", "# Two"))
    outline.update(read_as(PageState(PAGE), "# Three", "# Four"))
    assert [len(found) for _, found in outline.of(0).since(0)] == [2, 1]
    outline.update(read_as(PageState(PageId(0, 1)), "# One", "# Another"))
    assert (outline.of(0).count, len(dict(outline.of(0).since(0))[1])) == (3, 2)
    assert outline.of(0).cut == {2}
    outline.update(read_as(PageState(PAGE), "# Three"))
    assert (outline.of(0).count, outline.of(0).cut) == (3, set())
    outline.update(read_as(PageState(PageId(0, 3)), "# Five"))
    assert (outline.of(0).count, outline.of(0).cut) == (3, {3})


def test_session_keeps_the_outline_of_the_texts_that_it_shows(article: Session) -> None:
    """Corrections too; a document that is removed takes its headings along."""
    page = article.pages[PAGE]
    article.apply(PageDone(PAGE, replace(result(), markdown="# One", blocks=(TextBlock("# One"),))))
    assert article.outline.of(0).since(0) == [(2, (Heading(1, 0, "One"),))]
    page.correct(replace(result(), markdown="# Won", blocks=(TextBlock("# Won"),), corrected=True))
    article.text_changed(PAGE)
    assert article.outline.of(0).since(0) == [(2, (Heading(1, 0, "Won"),))]
    article.remove(0)
    assert article.outline.of(0).count == 0
