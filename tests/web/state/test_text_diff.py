from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.web.state import text_diff as module
from ocr.web.state.text_diff import BOTH, FIRST, SECOND, Differences, Segment, differences

TEXTS = st.lists(
    st.sampled_from(["The", "lamp ", "1,540", "\n", "\n\n", "<tr><td>", "</td>", "\\alpha", "**", " ", "é", "漢字"]),
    max_size=30,
).map("".join)


def of(found: Differences, *whose: int) -> str:
    """One side's text, without white space."""
    return "".join("".join(part.text.split()) for row in found.rows for part in row.segments if part.whose in whose)


@given(TEXTS, TEXTS)
def test_differences_lose_and_invent_nothing(first: str, second: str) -> None:
    """What both have and what one has alone are that text again, whatever the two are."""
    found = differences(first, second)
    assert of(found, BOTH, FIRST) == "".join(first.split())
    assert of(found, BOTH, SECOND) == "".join(second.split())
    assert 0 <= found.alike <= 1
    assert (found.words == 0) == (first.split() == second.split() or of(found, FIRST, SECOND) == "")


@given(TEXTS)
def test_differences_of_a_text_from_itself_are_none(text: str) -> None:
    assert (differences(text, text).words, differences(text, text).alike) == (0, 1.0)


def test_differences_are_words_in_their_place() -> None:
    """A word that was read otherwise is found where it stands; the rest is in both."""
    found = differences("The modem was old.", "The modern was old.")
    assert [part[:2] for row in found.rows for part in row.segments] == [
        (BOTH, "The "), (FIRST, "modem "), (SECOND, "modern "), (BOTH, "was old."),
    ]  # fmt: skip
    assert (found.words, found.alike) == (1, 0.8)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("a b c", "a  b\nc", 0),  # white space and line ends
        ("caf\u00e9", "cafe\u0301", 0),  # the same letters, composed or not
        ("1,540 px", "1.540 px", 1),  # a number is one word
        ("<td>1</td>", "<th>1</th>", 2),
        ("\\(a^2\\)", "\\(a^3\\)", 1),
        ("**bold**", "bold", 2),
        ('<table border="1">', "", 1),
        ("one two three", "", 3),
        ("", "", 0),
    ],
)
def test_differences_count_words_and_signs(first: str, second: str, words: int) -> None:
    assert differences(first, second).words == words


def test_differences_rows_end_where_both_lines_end() -> None:
    """Paragraphs stand beside each other; one that only one side has moves nothing below it."""
    found = differences("One.\n\nTwo.\n\nThree.", "One.\n\nThree.")
    assert ["".join(part.text for part in row.segments if part.whose != FIRST).strip() for row in found.rows] == [
        "One.", "Three.",
    ]  # fmt: skip
    assert [row.gap for row in found.rows] == [False, True]
    assert Segment(FIRST, "Two.\n\n") in [part for row in found.rows for part in row.segments]


def test_differences_table_in_one_line_becomes_rows() -> None:
    """Models write tables in one line; a cell that differs is found in its row."""
    table = "<table><tr><td>1</td></tr><tr><td>{}</td></tr></table>"
    found = differences(table.format("2"), table.format("7"))
    assert [[part.text for part in row.segments] for row in found.rows] == [
        ["<table>"],
        ["<tr><td>1</td></tr>"],
        ["<tr><td>", "2", "7", "</td></tr>"],
        ["</table>"],
    ]


@pytest.mark.parametrize(
    ("first", "second", "alone"),
    [
        ("- a\n- b\n- c", "- a\n- c", "- b\n"),
        ("- a\n- c", "- a\n- b\n- c", "- b\n"),
        ("See:\n\n- a\n- a b\n- c", "See:\n\n- a\n- c", "- a b\n"),
        ("- a\n- c", "- c", "- a\n"),
        ("One is. Two are.", "One is. Two are. Three go.", "Three go."),
        ("Line one\nline three", "Line one\nline two\nline three", "line two\n"),
    ],
)
def test_differences_are_whole_lines_and_sentences_where_they_can_be(first: str, second: str, alone: str) -> None:
    """What one side lacks is a line or a sentence, not the end of one and the beginning of the next."""
    found = differences(first, second)
    assert [part.text for row in found.rows for part in row.segments if part.whose != BOTH] == [alone]


def test_differences_leave_each_its_white_space() -> None:
    """Where only that differs, both have the words, each as it wrote them."""
    (row,) = differences("twice** a day", "twice a day").rows
    assert row.segments == [Segment(BOTH, "twice ", "twice"), Segment(FIRST, "** "), Segment(BOTH, "a day")]


def test_differences_have_no_words_in_common_by_chance() -> None:
    """Two passages that say other things are one difference, though a word of them is the same."""
    found = differences(
        "Begin. Lamps wear out soon the oil is dear to us. End.",
        "Begin. Nobody knows what the bridge had cost then. End.",
    )
    assert len([part for row in found.rows for part in row.segments if part.whose != BOTH]) == 2


def test_differences_take_no_time_at_their_worst() -> None:
    """Pages of 64 kB that share their words but not their order, and white space without end: seconds at most."""
    rng = random.Random(7)
    pages = [" ".join(rng.choice(words) for _ in range(32_000)) for words in ("ab", "ab", "abcdefgh") for _ in "12"]
    began = time.process_time()
    for first, second in zip(pages[::2], pages[1::2], strict=True):
        differences(first, second)
    differences(" " * 64_000 + "x", "x" + "\n " * 32_000 + "y")
    differences("<" * 64_000, "<td" * 20_000)
    assert time.process_time() - began < 5


def test_differences_of_endless_texts_are_lines_then_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond what can be compared by words lines are, beyond that the texts are taken for different as a whole."""
    first, second = "a b\nc d\ne f", "a b\nc x\ne f"
    monkeypatch.setattr(module, "MAX_WORD_PAIRS", 30)
    assert [part.text for row in differences(first, second).rows for part in row.segments if part.whose != BOTH] == [
        "c d", "c x",
    ]  # fmt: skip
    monkeypatch.setattr(module, "MAX_WORD_PAIRS", 3)
    assert differences(first, second).alike == 0
    monkeypatch.setattr(module, "MAX_COMPARED_CHARS", 3)
    assert (differences(first, second).words, differences(first, first).words) == (6, 0)
