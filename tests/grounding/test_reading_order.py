"""Paragraphs in another order than the page's, told where one column can tell it."""

from __future__ import annotations

from ocr.grounding.reading_order import moved
from ocr.page_words import PageWord
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
