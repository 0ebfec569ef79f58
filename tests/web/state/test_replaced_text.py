"""Hits replaced in the text of a page."""

from __future__ import annotations

import pytest

from ocr.types import Box, Finish, PageId, PageResult, Region, TextBlock
from ocr.web.state.edited_text import MAX_PARAGRAPH_CHARS
from ocr.web.state.replaced_text import outgrows, replaced
from ocr.web.state.replacements import Hit, Replacement, find_hits

ONE = PageId(0, 1)
PARAGRAPHS = ("# Tho lamp", "tho lamp, Tholen, tho")


def page_of(*blocks: TextBlock) -> PageResult:
    """A page with these blocks, each a region of its own if it says so."""
    regions = tuple(Region("text", Box(0, 0, 9, 9), text=block.markdown) for block in blocks if block.regions)
    markdown = "\n\n".join(block.markdown for block in blocks)
    return PageResult(1, 9, 9, markdown, "raw", regions, Finish.STOP, None, 1, 4, 0.5, blocks)


def hits_of(wanted: Replacement) -> list[Hit]:
    """In the paragraphs."""
    return find_hits({ONE: PARAGRAPHS}, wanted, 300)


def test_hits_are_replaced_one_by_one() -> None:
    """In each paragraph from the end on; the groups of a regular expression may be used."""
    page = page_of(*map(TextBlock, PARAGRAPHS))
    hits = hits_of(Replacement(r"(t)ho\b", r"\1he", regex=True))
    assert replaced(page, PARAGRAPHS, hits).markdown == "# The lamp\n\nthe lamp, Tholen, the"
    assert replaced(page, PARAGRAPHS, hits[1:2]).markdown == "# Tho lamp\n\nthe lamp, Tholen, tho"
    assert replaced(page, PARAGRAPHS, hits_of(Replacement("# Tho lamp", ""))).markdown == PARAGRAPHS[1]


def test_hits_of_paragraphs_that_share_a_block() -> None:
    """The regions of a block follow, and a paragraph that is left empty goes."""
    page = page_of(TextBlock("\n\n".join(PARAGRAPHS), (0,)), TextBlock("End.", (1,)))
    hits = hits_of(Replacement("tho", "a"))
    after = replaced(page, PARAGRAPHS, hits)
    assert [block.markdown for block in after.blocks] == ["# a lamp\n\na lamp, alen, a", "End."]
    assert [region.text for region in after.regions] == ["# a lamp\n\na lamp, alen, a", "End."]
    gone = replaced(page, PARAGRAPHS, hits_of(Replacement(".+", "", regex=True)))
    assert ([block.markdown for block in gone.blocks], gone.regions[0].text) == (["End."], "")


@pytest.mark.parametrize(
    ("before", "found", "text", "outgrown"),
    [
        (MAX_PARAGRAPH_CHARS - 2, 1, 3, False),
        (MAX_PARAGRAPH_CHARS - 1, 1, 3, True),
        (MAX_PARAGRAPH_CHARS + 9, 3, 3, False),  # as a model has written it
    ],
)
def test_paragraphs_that_would_be_too_long(before: int, found: int, text: int, outgrown: bool) -> None:
    """One that is already longer may keep its length."""
    hit = Hit(ONE, 0, 0, found, "a" * found, "b" * text)
    assert outgrows({ONE: ["a" * before]}, [hit]) is outgrown


def test_paragraphs_that_would_be_too_long_by_some_of_the_hits() -> None:
    """A hit that would make it shorter may be left out."""
    hits = [Hit(ONE, 0, 0, 9, "a" * 9, ""), Hit(ONE, 0, 10, 11, "a", "b" * 9)]
    assert outgrows({ONE: ["a" * MAX_PARAGRAPH_CHARS]}, hits)
