"""A page's text as it grows, for reading and by region."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.parsing.page_text import PageText
from ocr.types import Box, Region


def compose(text: str, size: int = 1) -> tuple[PageText, str, list[Region]]:
    """Fold a text fed `size` characters at a time: the page, what streamed for reading, the regions found."""
    page = PageText(2)
    pieces = [piece for at in range(0, len(text), size) for piece in page.feed(text[at : at + size])] + page.flush()
    streamed = "".join(piece for piece in pieces if isinstance(piece, str))
    return page, streamed.strip(), [piece for piece in pieces if isinstance(piece, Region)]


def folded(text: str) -> str:
    return " ".join(text.split())


def test_compose_plain_page() -> None:
    """A model without boxes: the text is the Markdown."""
    text = "# On boxes\n\nA page.\n\n<table><tr><td>1</td></tr></table>"
    page, streamed, found = compose(text)
    assert page.raw == page.markdown == streamed == text
    assert found == [] == list(page.regions)


def test_compose_figures_in_running_text() -> None:
    page, streamed, found = compose("Before\n\n![image](image_1.png)1,2,300,400\n\nAfter")
    assert page.markdown == streamed == "Before\n\n![image](figures/page-2-1.png)\n\nAfter"
    assert list(page.regions) == found == [Region("image", Box(1, 2, 300, 400))]


LAYOUT = """![header](0,0,1000,20) A running head
![title](10,30,900,60) On
boxes
![text](10,70,490,900) It began
![figure](510,70,900,300)
![caption](510,310,900,330) Figure 1
![text+](510,340,900,500)
and went on.
![formula](510,510,900,540) e = mc^2
![formula](510,550,900,560) $$a^2$$
![code](510,570,900,600) x = 1
![page_number](490,980,510,995) 7
"""


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_compose_layout(size: int) -> None:
    """Blocks become Markdown; continued ones are joined; headers and page numbers stay in the raw text only."""
    page, streamed, found = compose(LAYOUT, size)
    assert page.raw == LAYOUT
    assert page.markdown == (
        "# On boxes\n\nIt began and went on.\n\n![Figure 1](figures/page-2-1.png)\n\nFigure 1\n\n"
        "$$\ne = mc^2\n$$\n\n$$a^2$$\n\n```\nx = 1\n```"
    )
    labels = ["header", "title", "text", "figure", "caption", "text", "formula", "formula", "code", "page_number"]
    assert [region.label for region in page.regions] == [region.label for region in found] == labels
    assert page.regions[5].text == "and went on."
    assert folded(streamed) == folded(
        "# On boxes It began ![figure](figures/page-2-1.png) Figure 1 and went on. $$ e = mc^2 $$ $$a^2$$ ``` x = 1 ```"
    )


def test_compose_heading_already_marked() -> None:
    assert compose("![section](1,2,3,4) ### Methods")[0].markdown == "### Methods"


def test_compose_unknown_label_is_text() -> None:
    assert compose("![sidebar](1,2,3,4) Words")[0].markdown == "Words"


def test_compose_box_of_nothing_keeps_the_text() -> None:
    """Corners that enclose nothing are no region; the block's text is kept."""
    page, _, found = compose("![text](5,5,5,5) Words")
    assert (page.markdown, found, page.regions) == ("Words", [], ())


def test_compose_empty_page() -> None:
    page, streamed, _ = compose("")
    assert (page.markdown, page.raw, streamed) == ("", "", "")


def test_compose_drops_nothing_by_keyword() -> None:
    text = "system\nuser\nThe assistant wrote this. assistant"
    assert compose(text)[0].markdown == text


def test_compose_mends_for_reading_only() -> None:
    """Escaped maths, an open table and a fence around the page are mended in the Markdown, never in the raw text."""
    text = "```markdown\nwhere \\$x\\$ is\n\n<table><tr><td>1\n```"
    page = compose(text)[0]
    assert page.markdown == "where $x$ is\n\n<table><tr><td>1</td></tr></table>"
    assert page.raw == text


def test_compose_figure_without_place_is_named() -> None:
    """Models without boxes only say that there is a figure."""
    page, streamed, _ = compose("Before\n\n![image](image_1.png)\n\nAfter")
    assert page.markdown == streamed == "Before\n\n[image]\n\nAfter"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("![image](image_1.png)1,2,300,400\n\nFigure 3. *Wear* of [paths]\nMore", "Figure 3. Wear of paths"),
        ("![image](image_1.png)1,2,300,400\n\nMore", "image"),
        ("![figure](1,2,300,400) A pie of three parts", "A pie of three parts"),
        ("![caption](1,2,3,4) Above\n![chart](1,2,300,400)", "Above"),
        ("![figure](1,2,300,400)\n![figure_title](1,2,3,4) Under", "Under"),
        ("![chart](1,2,300,400) <table><tr><td>Jan</td><td>5</td></tr></table>", "chart"),
        ("![chart](1,2,300,400) Sales a month\n\n|Jan|Feb|\n|--|--|\n|5|6|", "Sales a month"),
    ],
)
def test_compose_figure_words(text: str, words: str) -> None:
    """A figure's alternative text is its caption, else its description, else its label."""
    assert f"![{words}](figures/page-2-1.png)" in compose(text)[0].markdown


def test_compose_control_characters_stay_in_the_raw_text() -> None:
    """What would steer a terminal or part two pages is not for reading; words stay apart."""
    text = "![text](1,2,300,400) \x1b[31mred\x07 and\x0cnew\r\nline\tend\x9b"
    page, streamed, _ = compose(text)
    assert page.raw == text
    assert page.markdown == streamed == "[31mred and new \nline\tend"
    assert [region.text for region in page.regions] == ["[31mred and new \nline\tend"]


def test_compose_figures_of_one_name_are_two() -> None:
    twice = "![image](image_1.png)1,2,300,400\n\n![image](image_1.png)1,500,300,900"
    page, _, found = compose(twice)
    assert [page.figure(region).name for region in found] == ["figures/page-2-1.png", "figures/page-2-2.png"]  # type: ignore[union-attr]
    assert page.markdown.count("figures/page-2-") == 2


def test_compose_lost_figure() -> None:
    page, _, _ = compose("![figure](1,2,300,400)\n![text](1,2,3,4) Words")
    page.remove_figure("figures/page-2-1.png")
    assert page.markdown == "[figure]\n\nWords"


def test_compose_headers_on_demand() -> None:
    page = PageText(headers=True)
    pieces = page.feed(LAYOUT) + page.flush()
    streamed = "".join(piece for piece in pieces if isinstance(piece, str))
    assert page.markdown.startswith("A running head\n\n# On boxes")
    assert page.markdown.endswith("\n\n7")
    assert streamed.rstrip().endswith("\n\n7")


def test_compose_lists() -> None:
    text = "![list](1,2,3,4) - one\n- two\n  - deeper\n![text](1,5,3,9) after"
    assert compose(text)[0].markdown == "- one\n- two\n  - deeper\n\nafter"


def test_compose_blocks_know_their_regions() -> None:
    """A continued block has both its regions; what is left out of the text has none there."""
    page = compose(LAYOUT)[0]
    assert [(block.markdown.split("\n")[0], block.regions) for block in page.blocks] == [
        ("# On boxes", (1,)), ("It began and went on.", (2, 5)), ("![Figure 1](figures/page-2-1.png)", (3,)),
        ("Figure 1", (4,)), ("$$", (6,)), ("$$a^2$$", (7,)), ("```", (8,)),
    ]  # fmt: skip


def test_compose_blocks_around_figures() -> None:
    """In running text a figure on a line of its own is a block with its region; one within a line is not."""
    figures = "![image](image_1.png)1,2,300,400\n\n![image](image_2.png)3,4,5,6"
    page = compose(f"Before\n\n{figures}\n\nAfter, ![image](image_3.png)5,6,7,8 !")[0]
    assert [(block.regions, block.markdown) for block in page.blocks] == [
        ((), "Before"),
        ((0,), "![image](figures/page-2-1.png)"),
        ((1,), "![image](figures/page-2-2.png)"),
        ((), "After, ![image](figures/page-2-3.png) !"),
    ]


def test_compose_closing_comes_before_the_next_region() -> None:
    """What ends a block is told before the region that follows it, even if both arrive at once."""
    page = PageText()
    pieces = page.feed("![formula](1,2,3,4) x^2\n![text](5,6,7,8) And")
    assert pieces == [
        Region("formula", Box(1, 2, 3, 4)), "\n\n$$\nx^2\n", "\n$$", Region("text", Box(5, 6, 7, 8)), "\n\nAnd"
    ]  # fmt: skip


FRAGMENTS = [
    "![text](1,2,3,4)", "![text+](5,6,7,8)", "![figure](1,2,300,400)", "![header](0,0,9,9)", "![formula](1,1,2,2)",
    "![image](image_1.png)1,2,3,4", "![image](image_2.png)", " Words", "\n", "$x$", "# ", "```", "<table>",
    "!", "![", "5",
]  # fmt: skip


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join), st.integers(1, 9))
def test_compose_any_split_gives_the_same(text: str, size: int) -> None:
    """Markdown, regions and raw text do not depend on how the text arrived, and the raw text is what arrived."""
    split, _, found = compose(text, size)
    whole, _, _ = compose(text, 10_000)
    assert split.raw == whole.raw == text
    assert (split.markdown, split.regions) == (whole.markdown, whole.regions)
    assert [(region.label, region.box) for region in found] == [(region.label, region.box) for region in split.regions]
    assert split.markdown == "\n\n".join(block.markdown for block in split.blocks)
    assert all(index < len(split.regions) for block in split.blocks for index in block.regions)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join))
def test_compose_holds_no_box_markers(text: str) -> None:
    """What is for reading holds no corners of a marker that stands whole in the text."""
    markdown = compose(text)[0].markdown
    assert not re.search(r"!\[[a-z+]+\]\(\d+,\d+,\d+,\d+\)", markdown)
