"""The marker grammar, fed in any split: markers found, text given back, nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.parsing.markup import Marker, MarkupDecoder, Text
from ocr.types import Box

FIGURE = "![image](image_1.png)100,200,500,600"
BLOCK = "![title](10,20,990,60)"


def decode(*feeds: str) -> list[Text | Marker]:
    """The pieces of a text fed so, neighbouring texts joined."""
    decoder = MarkupDecoder()
    pieces = [piece for text in feeds for piece in decoder.feed(text)] + decoder.flush()
    joined: list[Text | Marker] = []
    for piece in pieces:
        if isinstance(piece, Text) and joined and isinstance(joined[-1], Text):
            joined[-1] = Text(joined[-1].source + piece.source)
        else:
            joined.append(piece)
    return joined


def source(pieces: list[Text | Marker]) -> str:
    return "".join(piece.source for piece in pieces)


def test_markup_figure() -> None:
    assert decode(f"a\n{FIGURE}\nb") == [
        Text("a\n"),
        Marker(FIGURE, "image", Box(100, 200, 500, 600), "image_1.png"),
        Text("\nb"),
    ]


@pytest.mark.parametrize(
    "written", ["![image](image_1.png) 100, 200 ,500,600", "![image](image_1.png)\n100,\n200,500,600"]
)
def test_markup_figure_white_space(written: str) -> None:
    """Any white space may stand between and around the numbers."""
    (marker,) = decode(written)
    assert isinstance(marker, Marker)
    assert marker.box == Box(100, 200, 500, 600)


def test_markup_figure_without_place() -> None:
    """Models without boxes name figures and give no corners; the text after stays text."""
    assert decode("![image](image_1.png)\nFigure 1: 3,4") == [
        Marker("![image](image_1.png)", "image", None, "image_1.png"),
        Text("\nFigure 1: 3,4"),
    ]


def test_markup_block() -> None:
    assert decode(f"{BLOCK} On boxes\n\n![text](0,0,1000,1000)") == [
        Marker(BLOCK, "title", Box(10, 20, 990, 60)),
        Text(" On boxes\n\n"),
        Marker("![text](0,0,1000,1000)", "text", Box(0, 0, 1000, 1000)),
    ]


def test_markup_continued_block() -> None:
    (marker,) = decode("![text+](1,2,3,4)")
    assert marker == Marker("![text+](1,2,3,4)", "text", Box(1, 2, 3, 4), continues=True)


def test_markup_unknown_label_passes() -> None:
    (marker,) = decode("![Sidebar note](1,2,3,4)")
    assert isinstance(marker, Marker)
    assert marker.label == "Sidebar note"


def test_markup_same_name_twice() -> None:
    """Two figures of one name are two regions."""
    assert sum(isinstance(piece, Marker) for piece in decode(f"{FIGURE}\n{FIGURE}")) == 2


@pytest.mark.parametrize(
    ("corners", "box"),
    [
        ("500,600,100,200", Box(100, 200, 500, 600)),
        ("900,900,1003,1200", Box(900, 900, 1000, 1000)),
        ("5,5,5,9", None),
        ("1200,1300,1400,1500", None),
    ],
)
def test_markup_corners_put_right(corners: str, box: Box | None) -> None:
    """Swapped corners are exchanged, those off the page moved to its edge; what encloses nothing is no box."""
    for written in (f"![image](image_1.png){corners}", f"![text]({corners})"):
        (marker,) = decode(written)
        assert isinstance(marker, Marker)
        assert (marker.box, marker.source) == (box, written)


@pytest.mark.parametrize(
    "text",
    [
        "100,200,500,600",
        "Wow! [a](b) ![alt text](https://example.org/a.png) ![x]",
        "![image](image_1.png",
        "![image](image_1",
        "![te",
        "!",
        "![text](1,2,3)",
        "![text](1,2,3,4,5)",
        "![text](1.5,2,3,4)",
        "assistant\nsystem\nuser",
    ],
)
def test_markup_ordinary_text_is_given_back(text: str) -> None:
    """Coordinates without a marker, links, and what only begins like a marker stay text."""
    assert decode(*text) == [Text(text)]


def test_markup_never_shows_half_a_marker() -> None:
    decoder = MarkupDecoder()
    shown = [piece.source for char in f"See {BLOCK} x" for piece in decoder.feed(char) if isinstance(piece, Text)]
    assert "".join(shown) == "See  x"


def test_markup_number_may_go_on() -> None:
    """A last number at the end of a feed is held back until it is known to be whole."""
    decoder = MarkupDecoder()
    assert decoder.feed("![image](image_1.png)1,2,3,4") == []
    (marker,) = decoder.feed("00\n")[:1]
    assert isinstance(marker, Marker)
    assert marker.box == Box(1, 2, 3, 400)


fragments = st.sampled_from([
    "![", "]", "(", ")", "image", "text+", "image_1.png", "1", "20", "1000", "9999", ",", " ", "\n", "!", "a", "$x$",
    FIGURE, BLOCK, "![image](image_2.png)", "](", ".png)", "é",
])  # fmt: skip
pages = st.lists(fragments, max_size=30).map("".join)


@given(pages, st.data())
def test_markup_any_split_gives_the_same(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=10)))
    feeds = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert decode(*feeds) == decode(text) == decode(*text)


@given(pages | st.text())
def test_markup_nothing_is_lost(text: str) -> None:
    assert source(decode(*text)) == text
