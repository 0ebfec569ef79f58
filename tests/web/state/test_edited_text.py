"""A typed text in place of a paragraph of a page."""

from __future__ import annotations

import time
from dataclasses import replace

from ocr.types import Box, Finish, PageResult, Region, TextBlock
from ocr.web.state.edited_text import typed, with_paragraphs

REGIONS = (Region("title", Box(0, 0, 9, 9), "Lamps"), Region("text", Box(0, 9, 9, 99), "One.\n\nTwo."))
BLOCKS = (TextBlock("# Lamps", (0,)), TextBlock("One.\n\nTwo.", (1,)))
PAGE = PageResult(1, 9, 9, "# Lamps\n\nOne.\n\nTwo.", "raw", REGIONS, Finish.STOP, None, 1, 4, 0.5, BLOCKS)


def texts(page: PageResult) -> tuple[str, list[str], list[str]]:
    return page.markdown, [block.markdown for block in page.blocks], [region.text for region in page.regions]


def test_paragraph_of_a_block_is_replaced() -> None:
    """The region has the new text too; the rest of the page, and the model's answer, stay."""
    page = with_paragraphs(PAGE, {2: "Three.\n\nFour."})
    blocks = ["# Lamps", "One.\n\nThree.\n\nFour."]
    assert texts(page) == ("# Lamps\n\nOne.\n\nThree.\n\nFour.", blocks, ["Lamps", "One.\n\nThree.\n\nFour."])
    assert (page.raw, page.corrected, [block.regions for block in page.blocks]) == ("raw", True, [(0,), (1,)])


def test_paragraph_is_removed() -> None:
    """With its block, if nothing else was in that."""
    assert texts(with_paragraphs(PAGE, {1: ""}))[:2] == ("# Lamps\n\nTwo.", ["# Lamps", "Two."])
    assert texts(with_paragraphs(PAGE, {0: ""})) == ("One.\n\nTwo.", ["One.\n\nTwo."], ["", "One.\n\nTwo."])


def test_paragraphs_of_a_block_are_changed_at_once() -> None:
    """Those that stay, and the blank lines around them, are as they were, whatever their lines end with."""
    page = replace(PAGE, blocks=(TextBlock("One.  \n\nTwo.\n \nThree. \n\nFour."),))
    assert with_paragraphs(page, {0: "1.", 1: "", 2: "3."}).markdown == "1.\n\n3.\n\nFour."
    assert with_paragraphs(page, {0: "1.", 2: "", 3: ""}).markdown.rstrip() == "1.\n\nTwo."
    assert with_paragraphs(page, {0: "", 1: "", 3: "4."}).markdown == "Three. \n\n4."


def test_paragraphs_of_a_block_are_found_once() -> None:
    """A long page that was read as one block does not hold its thread for seconds."""
    many = [f"Paragraph {number} of a long page." for number in range(2_000)]
    page = replace(PAGE, blocks=(TextBlock("\n\n".join(many)),))
    began = time.thread_time()
    changed = with_paragraphs(page, {at: text.upper() for at, text in enumerate(many)})
    assert time.thread_time() - began < 4
    assert changed.markdown == page.blocks[0].markdown.upper()


def test_paragraph_is_added() -> None:
    """After the last one, or to a page on which nothing was read."""
    assert with_paragraphs(PAGE, {3: "Five."}).markdown == "# Lamps\n\nOne.\n\nTwo.\n\nFive."
    blank = PageResult(1, 9, 9, "", "", (), Finish.STOP, None, 1, 0, 0.5)
    assert texts(with_paragraphs(blank, {0: "Five."}))[:2] == ("Five.", ["Five."])


def test_typed_text_is_plain() -> None:
    """No control characters, one kind of line's end, nothing around it."""
    assert typed("\r\n  one\x00\r\ntwo\r  \n") == "  one\ntwo"
