"""Each word of a text with its place on the page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ocr.grounding.ground import GroundedPage, is_within
from ocr.page_words import PageWord
from ocr.types import Box, Region, TextBlock
from tests.grounding.pages import PROSE, grounded, page_of


def test_placed_words() -> None:
    """In the text's order, with offsets in the Markdown and the page's boxes."""
    words = page_of(["measure-", "ment", "of", "H", "2", "S"])
    placed = grounded("**measurement** of H~2~S now", words).placed_words()
    assert [word.text for word in placed] == ["measurement", "of", "H~2~S", "now"]
    assert placed[0].boxes == ((100, 120, 250, 130),)
    assert placed[2].boxes == ((340, 120, 570, 130),)
    assert [word.confidence for word in placed] == [1.0, 1.0, 1.0, 0.0]
    assert placed[3].boxes == ()


def test_placed_words_across_lines() -> None:
    """One box for each line that holds a part of the word."""
    words = [*page_of(PROSE[:9]), PageWord("meas-", (820, 120, 890, 130)), PageWord("urement", (100, 135, 170, 145))]
    placed = grounded(f"{' '.join(PROSE[:9])} measurement", words).placed_words()
    assert placed[-1].boxes == ((820, 120, 890, 130), (100, 135, 170, 145))


def test_placed_words_of_a_script_without_spaces() -> None:
    words = [PageWord("日本語", (100, 100, 400, 200)), PageWord("文書", (400, 100, 600, 200))]
    placed = grounded("日本語文書", words).placed_words()
    assert [(word.text, word.boxes) for word in placed][1:4] == [
        ("本", ((200.0, 100, 300.0, 200),)),
        ("語", ((300.0, 100, 400.0, 200),)),
        ("文", ((400.0, 100, 500.0, 200),)),
    ]


def test_placed_words_have_their_region() -> None:
    regions = (Region("text", Box(90, 300, 900, 400)), Region("text", Box(90, 100, 900, 200)))
    blocks = (TextBlock("twelve 12", (1,)), TextBlock("twelve 13", (0,)), TextBlock("none"))
    markdown = "\n\n".join(block.markdown for block in blocks)
    words = page_of(["twelve", "13"], top=310) + page_of(["twelve", "12"], top=110)
    page = GroundedPage(markdown, blocks, regions, words)
    placed = page.placed_words()
    assert [word.region for word in placed] == [1, 1, 0, 0, None]
    assert [word.boxes[0][1] for word in placed[:4]] == [110, 110, 310, 310]


@given(st.lists(st.sampled_from(["lawn", "lawns", "of", "12", "日本", "a"]), max_size=40))
def test_placed_words_are_all_of_them(words: list[str]) -> None:
    markdown = " ".join(words)
    placed = grounded(markdown, page_of(words, top=0)).placed_words()
    assert all(markdown[word.start : word.end] == word.text for word in placed)
    assert "".join(word.text for word in placed) == "".join(words)
    assert all(word.boxes for word in placed)


def test_is_within() -> None:
    box = Box(100, 100, 200, 200)
    assert is_within((100, 200), box)
    assert not is_within((95, 150), box)
    assert is_within((95, 150), box, margin=10)
