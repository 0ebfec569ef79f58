"""Paragraphs in another order than the page's, told where one column can tell it."""

from __future__ import annotations

from dataclasses import replace

from ocr.grounding.ground import GroundedPage
from ocr.grounding.reading_order import moved
from ocr.page_words import PageWord
from ocr.types import Box, Region, TextBlock
from tests.grounding.pages import PROSE, grounded, page_of

FIRST, SECOND = PROSE[:40], PROSE[40:80]
TEXT = f"{' '.join(SECOND)}\n\n{' '.join(FIRST)}"


def beside(words: list[PageWord], by: float, scale: float = 0.4) -> list[PageWord]:
    """The words in a narrower column."""
    return [
        PageWord(word.text, (by + word.box[0] * scale, word.box[1], by + word.box[2] * scale, word.box[3]))
        for word in words
    ]


def test_moved_within_a_column() -> None:
    (finding,) = moved(grounded(TEXT, page_of(FIRST) + page_of(SECOND, top=300)))
    assert finding.text == " ".join(FIRST)
    assert finding.boxes[0] == (100, 120, 890, 130)


def test_moved_between_columns() -> None:
    """The right column before the left one may be meant."""
    words = beside(page_of(FIRST), 0) + beside(page_of(SECOND, top=300), 500)
    assert list(moved(grounded(TEXT, words))) == []


def test_moved_of_a_note() -> None:
    """Small print stands below what is read after it."""
    small = [
        PageWord(word.text, (word.box[0], word.box[1], word.box[2], word.box[1] + 7))
        for word in page_of(SECOND, top=300)
    ]
    assert list(moved(grounded(TEXT, page_of(FIRST) + small))) == []


def test_moved_of_captions_and_tables() -> None:
    words = page_of(["Figure", "1", *FIRST]) + page_of(SECOND, top=300)
    assert list(moved(grounded(f"{' '.join(SECOND)}\n\n**Figure 1** {' '.join(FIRST)}", words))) == []
    table = f"{' '.join(SECOND)}\n\n<table><tr><td>{' '.join(FIRST)}</td></tr></table>"
    assert list(moved(grounded(table, page_of(FIRST) + page_of(SECOND, top=300)))) == []


def test_moved_of_a_paragraph_that_goes_on_in_the_next_column() -> None:
    """It ends at the top of the right column; what follows stands below that."""
    left = beside(page_of(PROSE[:30], top=500), 0)
    right = beside(page_of(PROSE[30:60], top=100), 500)
    text = f"{' '.join(PROSE[:45])}\n\n{' '.join(PROSE[45:60])}"
    assert list(moved(grounded(text, left + right))) == []


def in_order(*paragraphs: list[str]) -> str:
    return "\n\n".join(" ".join(words) for words in paragraphs)


def test_moved_of_a_paragraph_that_stands_in_two_columns() -> None:
    """Its end stands right above the paragraph that the text has before it."""
    left = beside(page_of(PROSE[:20], top=800), 0)
    right = beside(page_of([*PROSE[20:30], *PROSE[30:60]], top=100), 500)
    (finding,) = moved(grounded(in_order(PROSE[30:60], PROSE[:30]), left + right))
    assert finding.text == " ".join(PROSE[:30])


def columns_of(*rows: tuple[int, float]) -> list[PageWord]:
    """Two columns of two paragraphs each, 20 words a paragraph; those on the right begin at these heights."""
    words = beside(page_of(PROSE[:20], top=100) + page_of(PROSE[20:40], top=200), 0)
    for at, top in rows:
        words += beside(page_of(PROSE[at : at + 20], top=top), 500)
    return words


def test_moved_from_one_column_into_the_next() -> None:
    """The end of the left column belongs before the beginning of the right one, as the page's words have it."""
    page = columns_of((40, 100), (60, 160))
    right = in_order(PROSE[:20], PROSE[20:40], PROSE[40:60], PROSE[60:80])
    wrong = in_order(PROSE[:20], PROSE[40:60], PROSE[20:40], PROSE[60:80])
    assert list(moved(grounded(right, page))) == []
    assert [finding.text for finding in moved(grounded(wrong, page))] == [" ".join(PROSE[20:40])]


def test_moved_within_rows() -> None:
    """Paragraphs side by side may be read row by row, whatever the order of the page's words."""
    page = columns_of((40, 100), (60, 200))
    assert list(moved(grounded(in_order(PROSE[:20], PROSE[40:60], PROSE[20:40], PROSE[60:80]), page))) == []


def test_moved_between_columns_above_and_below_a_heading() -> None:
    """Both columns of the upper half come before those of the lower one."""
    upper = beside(page_of(PROSE[:20], top=100), 0) + beside(page_of(PROSE[20:40], top=100), 500)
    lower = beside(page_of(PROSE[40:60], top=400), 0) + beside(page_of(PROSE[60:80], top=400), 500)
    text = in_order(PROSE[:20], PROSE[20:40], PROSE[40:60], PROSE[60:80])
    assert list(moved(grounded(text, upper + lower))) == []


def test_moved_in_spite_of_a_word_elsewhere() -> None:
    """A word that is found far from its paragraph says nothing of where that stands."""
    apart = PageWord("zenith", (100, 900, 170, 910))
    text = f"{' '.join(SECOND)}\n\n{' '.join(FIRST)} zenith"
    assert len(list(moved(grounded(text, page_of(FIRST) + page_of(SECOND, top=300) + [apart])))) == 1


def test_moved_of_type_that_looks_lower() -> None:
    """Lines without a letter that descends are no smaller type."""
    low = [PageWord(word.text, (*word.box[:3], word.box[3] - 2)) for word in page_of(FIRST)]
    mixed = page_of(SECOND, top=300)
    mixed = [
        word if at % 10 == 0 else PageWord(word.text, (*word.box[:3], word.box[3] - 2)) for at, word in enumerate(mixed)
    ]
    assert len(list(moved(grounded(TEXT, low + mixed)))) == 1


def test_moved_of_a_paragraph_that_begins_like_a_caption() -> None:
    words = ["Table", "manners", *FIRST]
    text = f"{' '.join(SECOND)}\n\n{' '.join(words)}"
    assert len(list(moved(grounded(text, page_of(words) + page_of(SECOND, top=300))))) == 1


def test_moved_on_a_page_that_is_upside_down() -> None:
    """Its first line stands lowest."""
    turned = [
        replace(word, box=tuple(1000 - edge for edge in (*word.box[2:], *word.box[:2])), upright=False)
        for word in page_of(FIRST) + page_of(SECOND, top=300)
    ]
    assert list(moved(grounded(in_order(FIRST, SECOND), turned))) == []


def test_moved_of_what_is_labelled() -> None:
    """Where the model says that it is no running text, it may stand anywhere."""
    for label, count in (("text", 1), ("caption", 0), ("footnote", 0), ("aside_text", 0)):
        regions = Region("text", Box(90, 290, 900, 360)), Region(label, Box(90, 110, 900, 180))
        blocks = TextBlock(" ".join(SECOND), (0,)), TextBlock(" ".join(FIRST), (1,))
        page = GroundedPage(TEXT, blocks, regions, page_of(FIRST) + page_of(SECOND, top=300))
        assert len(list(moved(page))) == count, label
