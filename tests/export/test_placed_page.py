"""placed_page.py: every word has a place, within the region it was read in, in the model's order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.export.placed_page import PlacedBlock, PlacedPage, place_in_regions
from ocr.page_words import PreciseBox
from ocr.types import Box, Region
from tests.export.placed_papers import ANSWER, read_page


def words(blocks: tuple[PlacedBlock, ...]) -> list[str]:
    return [line.text for block in blocks for line in block.lines]


def inside(box: PreciseBox, around: PreciseBox) -> bool:
    left, top, right, bottom = box
    return around[0] - 1e-6 <= left < right <= around[2] + 1e-6 and around[1] - 1e-6 <= top < bottom <= around[3] + 1e-6


def test_placed_page_order_and_labels() -> None:
    """Regions come in the model's order, headers and page numbers among them, pictures without words."""
    blocks = place_in_regions(read_page(1, ANSWER)).blocks
    assert [(block.label, bool(block.lines)) for block in blocks] == [
        ("header", True), ("title", True), ("text", True), ("image", False), ("caption", True), ("table", True),
        ("formula", True), ("text", True), ("text", True), ("page_number", True),
    ]  # fmt: skip
    assert words(blocks[:2]) == ["Running head", "A Title & <more>"]
    assert words(blocks[5:6]) == ["East 7", "West 8"]
    assert " ".join(words(blocks[2:3])) == (
        "The first paragraph of x^2 text that goes on for several lines and some more words to fill it, "
        "so that it has to be wrapped as any text would be."
    )
    assert all(inside(word.box, block.box) for block in blocks for line in block.lines for word in line.words)


def test_placed_page_paragraph_fills_its_region() -> None:
    """A paragraph is wrapped into lines of a height that fits its region's width."""
    (block,) = place_in_regions(read_page(1, f"![text](100,100,500,300) {'word ' * 60}")).blocks
    assert 5 <= len(block.lines) <= 12
    assert block.lines[0].box[1] == pytest.approx(100) and block.lines[-1].box[3] == pytest.approx(300)
    assert max(line.box[2] for line in block.lines) == pytest.approx(500)


def test_placed_page_scripts() -> None:
    """Characters of a script without spaces are words that nothing separates; Hebrew runs from the right."""
    blocks = place_in_regions(read_page(1, ANSWER)).blocks
    (line,) = blocks[7].lines
    assert [word.text for word in line.words] == ["日", "本", "語", "の", "文", "章", "で", "す。"]
    assert line.text == "日本語の文章です。"
    (line,) = blocks[8].lines
    assert line.text == "שלום עולם טוב"
    assert line.words[0].box[2] == pytest.approx(900) and line.words[2].box[0] == pytest.approx(100)


def test_placed_page_continued_block() -> None:
    """A block that goes on in another region is divided between the two."""
    answer = "![text](100,100,480,200) one two three four\n\n![text+](520,100,900,200) five six seven eight"
    first, second = place_in_regions(read_page(1, answer)).blocks
    assert [" ".join(words((block,))) for block in (first, second)] == ["one two three four", "five six seven eight"]
    assert (first.box[0], second.box[0]) == (100, 520)


def test_placed_page_without_regions() -> None:
    """The text of a model that places nothing is spread over the page; so is one that was corrected by hand."""
    page = read_page(1, "One line.\n\nAnother.")
    assert words(place_in_regions(page).blocks) == ["One line.", "Another."]
    assert words(place_in_regions(replace(page, markdown="Corrected.", blocks=())).blocks) == ["Corrected."]
    assert place_in_regions(read_page(1, "")).blocks == ()


@given(
    st.text(st.sampled_from("ab \n|日א<>$&\x00\ud800\u0301"), max_size=60),
    st.tuples(*[st.integers(0, 999)] * 2),
    st.tuples(*[st.integers(1, 1000)] * 2),
    st.tuples(*[st.integers(0, 3000)] * 2),
)
def test_placed_page_any_text(
    text: str, corner: tuple[int, int], size: tuple[int, int], pixels: tuple[int, int]
) -> None:
    """Whatever is written in whatever box: each word lies within it, and in whole pixels of the page."""
    box = Box(*corner, min(1000, corner[0] + size[0]), min(1000, corner[1] + size[1]))
    page = replace(read_page(1, ""), regions=(Region("text", box, text),), width=pixels[0], height=pixels[1])
    page = replace(page, blocks=(type(read_page(1, "x").blocks[0])(text, (0,)),))
    placed = place_in_regions(page)
    for block in placed.blocks:
        for word in (word for line in block.lines for word in line.words):
            assert word.text and inside(word.box, block.box)
            left, top, right, bottom = placed.pixels(word.box)
            assert 0 <= left < right <= placed.width and 0 <= top < bottom <= placed.height


def test_placed_page_sliver_is_quick() -> None:
    """A long text in a region of no width costs no more than another."""
    page = read_page(1, f"![text](0,0,1,1000) {'line of words ' * 20_000}")
    assert isinstance(place_in_regions(page), PlacedPage)
