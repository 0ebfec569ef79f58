"""The page's words put into the text, wherever in Markdown they belong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.page_words import Finding, FindingKind
from ocr.types import Box, Finish, PageResult, Region, TextBlock
from ocr.web.state.corrected_text import corrected

PARAGRAPH = "this is a whole paragraph more"


def result(*blocks: str) -> PageResult:
    regions = tuple(Region("text", Box(0, at, 9, at + 1), text) for at, text in enumerate(blocks))
    parts = tuple(TextBlock(text, (at,)) for at, text in enumerate(blocks))
    return PageResult(1, 9, 9, "\n\n".join(blocks), "raw", regions, Finish.STOP, None, 1, 9, 1.0, parts)


def found(read: PageResult, text: str, page_text: str) -> Finding:
    """What differs or is made up from the text's begin to its end."""
    start = read.markdown.index(text)
    kind = FindingKind.DIFFERS if page_text else FindingKind.UNSUPPORTED
    return Finding(kind, text, page_text, start, start + len(text), ())


def missing(read: PageResult, before: str, words: str) -> Finding:
    """Words that the text lacks behind others."""
    at = read.markdown.index(before) + len(before)
    return Finding(FindingKind.MISSING, "", words, at, at, ())


@pytest.mark.parametrize(
    ("block", "text", "page", "after"),
    [
        ("It took 74 days.", "74", "14", "It took 14 days."),
        ("It cost a lot.", "a lot", "$5 *net*", r"It cost \$5 \*net\*."),
        ("<table><tr><td>74</td></tr></table>", "74", "1 < 4", "<table><tr><td>1 &lt; 4</td></tr></table>"),
        ("So it was. Nobody had foreseen this. It ended.", "Nobody had foreseen this", "", "So it was. It ended."),
        ("So it was. Nobody had foreseen this.", "Nobody had foreseen this", "", "So it was."),
        ("It was very, very good.", "very good", "", "It was very."),
        ("Very good it was.", "Very good", "", "it was."),
    ],
)
def test_corrected_within_a_block(block: str, text: str, page: str, after: str) -> None:
    """Words are exchanged, as text that is no markup, or go with the marks of their sentence; the rest stays."""
    before = result("# Title", block, "The end.")
    made = corrected(before, found(before, text, page))
    assert made
    assert made.markdown == f"# Title\n\n{after}\n\nThe end."
    assert [one.markdown for one in made.blocks] == ["# Title", after, "The end."]
    assert (made.regions[1].text, made.regions[0], made.raw) == (after, before.regions[0], "raw")


@pytest.mark.parametrize(
    ("blocks", "before", "words", "after"),
    [
        (["One two.", "Three."], "One", "and a half", ["One and a half two.", "Three."]),
        (["**One** two.", "Three."], "One", "more", ["**One** more two.", "Three."]),
        (["One two.", "Three."], "two", PARAGRAPH, ["One two.", PARAGRAPH, "Three."]),
        (["One two.", "Three."], "", PARAGRAPH, [PARAGRAPH, "One two.", "Three."]),
        (["One two.", "Three."], "", "Number", ["Number One two.", "Three."]),
        (["<table><tr><td>One</td></tr></table>"], "One", "a & b", ["<table><tr><td>One a &amp; b</td></tr></table>"]),
        ([""], "", "All of the page", ["All of the page"]),
    ],
)  # fmt: skip
def test_corrected_by_what_was_left_out(blocks: list[str], before: str, words: str, after: list[str]) -> None:
    """Missing words come in where they belong: in the sentence, in the cell, or in a paragraph of their own."""
    read = result(*blocks)
    made = corrected(read, missing(read, before, words))
    assert made
    assert [one.markdown for one in made.blocks] == after
    assert made.markdown == "\n\n".join(after)


def test_corrected_across_blocks() -> None:
    """What was made up over several paragraphs goes, and a paragraph of which nothing is left with it."""
    read = result("It began. Then a", "made up", "story ended. The end.")
    made = corrected(read, found(read, "Then a\n\nmade up\n\nstory ended", ""))
    assert made
    assert [one.markdown for one in made.blocks] == ["It began.", "The end."]


def test_corrected_text_of_regions_that_are_a_part_of_a_block() -> None:
    """A heading's mark is none of the region's; of a paragraph that the model continued each part changes by itself."""
    before = result("# A Title of 74", "It took 74 days. And 61 more.", "The end.")
    parts = ("A Title of 74", "It took 74 days.", "And 61 more.")
    regions = tuple(Region("text", Box(0, at, 9, at + 1), text) for at, text in enumerate(parts))
    blocks = tuple(replace(block, regions=at) for block, at in zip(before.blocks, ((0,), (1, 2), ()), strict=True))
    before = replace(before, regions=regions, blocks=blocks)
    for text, page, after in (
        ("74", "14", ("A Title of 14", *parts[1:])),
        ("61", "67", (*parts[:2], "And 67 more.")),
        ("days. And", "", (parts[0], "It took 74", "61 more.")),
    ):
        made = corrected(before, found(before, text, page))
        assert made
        assert tuple(region.text for region in made.regions) == after


def test_corrected_not_where_words_moved() -> None:
    """Words that stand elsewhere on the page have nothing to be exchanged for."""
    read = result("One two.")
    assert corrected(read, Finding(FindingKind.MOVED, "One", "", 0, 3, ())) is None
