"""What blocks are taken for, from size, place and words."""

from __future__ import annotations

import pytest

from ocr.engines.tesseract.layout import Part, joined, parts
from ocr.engines.tesseract.recognition import Kind
from tests.engines.tesseract.pages import block, line, page, picture, prose


def labels(found: list[Part]) -> list[str]:
    return [part.label for part in found]


def test_layout_headings_by_size() -> None:
    """Type much larger than the body's is the title, somewhat larger a section; a second large one is a section."""
    found = list(
        parts(
            page(
                block((line("On Boxes", 100, 150, size=18),)),
                block((line("1 Methods", 100, 250, size=12),)),
                prose(),
                block((line("Another Large One", 100, 600, size=18),)),
                prose(top=700),
            )
        )
    )
    assert labels(found) == ["title", "section", "text", "section", "text"]
    assert found[0].text == "On Boxes"


def test_layout_edges_of_the_page() -> None:
    """Header first; footer and page number last, though the second column came after them."""
    found = list(
        parts(
            page(
                block((line("A running head", 100, 40, size=8),)),
                prose(),
                block((line("17", 480, 1360),)),
                block((line("Draft of May", 100, 1340),)),
                prose(left=520),
            )
        )
    )
    assert labels(found) == ["header", "text", "text", "footer", "page_number"]


@pytest.mark.parametrize("text", ["- 3 -", "Page 3 of 9", "xiv", "3/9"])
def test_layout_page_number_forms(text: str) -> None:
    assert labels(list(parts(page(prose(), block((line(text, 480, 1360),)))))) == ["text", "page_number"]


def test_layout_interrupted_paragraph_goes_on() -> None:
    """A sentence that a column's end or a footnote breaks is one text."""
    first = block((line("The beam", 100, 500),))
    note = block((line("* A pass is one crossing.", 100, 1200, size=7),))
    second = block((line("missed people.", 520, 300),))
    found = list(parts(page(prose(), first, note, second)))
    assert [(part.label, part.continues) for part in found] == [
        ("text", False),
        ("text", False),
        ("text", True),
        ("footnote", False),
    ]


def test_layout_captions() -> None:
    """A caption names its figure with a full stop or colon; a sentence that begins alike is text."""
    found = list(
        parts(
            page(
                prose(),
                block((line("Figure 2. Wear of paths", 100, 600),)),
                block((line("Table 1 lists the lawns", 100, 700),)),
            )
        )
    )
    assert labels(found) == ["text", "caption", "text"]


def test_layout_list() -> None:
    items = (line("• one item", 100, 600), line("• another", 100, 630), line("of two lines", 120, 660))
    found = list(parts(page(prose(), block(items))))
    assert (found[1].label, found[1].text) == ("list", "- one item\n- another of two lines")


def test_layout_figure_takes_its_axes() -> None:
    """Small words at a figure's edges are part of it, the caption is not; the figure is one region."""
    found = list(
        parts(
            page(
                prose(),
                picture((100, 600, 500, 900)),
                block((line("0 15 30", 120, 910, size=6),)),
                block((line("Figure 1. A plot", 100, 960),)),
            )
        )
    )
    assert labels(found) == ["text", "image", "caption"]
    assert found[1].box == (100, 600, 500, 922)
    assert found[1].text == ""


def test_layout_words_inside_a_picture_are_part_of_it() -> None:
    found = list(parts(page(prose(), picture((100, 600, 500, 900)), block((line("Exit", 200, 700),)))))
    assert labels(found) == ["text", "image"]


@pytest.mark.parametrize("box", [(100, 600, 120, 615), (0, 0, 1000, 1400)])
def test_layout_no_figure(box: tuple[int, int, int, int]) -> None:
    """A speck is no figure, and neither is the table that the page was photographed on."""
    assert labels(list(parts(page(prose(), picture(box))))) == ["text"]


def test_layout_noise_is_dropped() -> None:
    """Short blocks that were hardly read, and blocks without letters; a long uncertain paragraph is kept."""
    uncertain = block((line("a long and faint paragraph that Tesseract is not sure of", 100, 800, confidence=50.0),))
    found = list(
        parts(
            page(
                prose(),
                block((line("br", 100, 600, confidence=40.0),)),
                block((line("~ — .", 100, 700),)),
                uncertain,
            )
        )
    )
    assert len(found) == 2
    assert found[1].text.startswith("a long and faint")


def test_layout_tables() -> None:
    """Rows with wide gaps are a table, in a block that Tesseract takes for text too."""
    rows = tuple(
        line(text, 100, 600 + 30 * n, gap=200) for n, text in enumerate(["Tea  7.60", "Cake  4.25", "Jam  5.80"])
    )
    found = list(parts(page(prose(), block(rows))))
    assert labels(found) == ["text", "table"]
    assert found[1].text.startswith("<table><tbody><tr><td>Tea</td><td>7.60</td></tr>")


def test_layout_table_that_cannot_be_told_is_text() -> None:
    found = list(parts(page(prose(), block((line("only one column", 100, 700),), kind=Kind.TABLE))))
    assert labels(found) == ["text", "text"]


def test_layout_empty_page() -> None:
    assert list(parts(page())) == []


def test_layout_divided_words() -> None:
    """A word divided at a line's end is whole again; a dash between words stays."""
    lines = (
        line("an uncor-", 0, 0),
        line("rected number, North-", 0, 30),
        line("South - and", 0, 60),
        line("more", 0, 90),
    )
    assert joined(lines) == "an uncorrected number, North- South - and more"
