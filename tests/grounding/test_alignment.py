"""Words of a text are linked with those of a page, in whatever order, however they are divided."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ocr.grounding.alignment import Alignment
from ocr.grounding.folding import folded
from tests.grounding.pages import PROSE

WORDS = [folded(word) for word in PROSE]


def unlinked(alignment: Alignment) -> tuple[list[int], list[int]]:
    """Indices of the text's and the page's words that have no partner."""
    return (
        [index for index, link in enumerate(alignment.to_page) if not link],
        [at for at, link in enumerate(alignment.to_text) if not link],
    )


def test_alignment_of_the_same() -> None:
    alignment = Alignment(WORDS, WORDS)
    assert alignment.to_page == [(index,) for index in range(len(WORDS))]
    assert set(alignment.similarity) == {1.0}


def test_alignment_of_other_orders() -> None:
    """Columns and captions may stand elsewhere."""
    alignment = Alignment(WORDS[40:] + WORDS[:40], WORDS)
    assert unlinked(alignment) == ([], [])
    assert alignment.to_page[0] == (40,)


def test_alignment_of_a_table_in_columns() -> None:
    """Cells that the page has in another order than the text, many of them alike."""
    cells = [str(number) for number in (1, 2, 3, 2, 2, 5, 1, 9, 9, 4, 0, 1)]
    columns = [cells[row * 3 + column] for column in range(3) for row in range(4)]
    assert unlinked(Alignment(WORDS[:20] + cells + WORDS[20:], WORDS[:20] + columns + WORDS[20:])) == ([], [])


def test_alignment_of_words_that_changed_places() -> None:
    """A word in the place of another is that one only where its like stands nowhere else."""
    text = [*WORDS[:20], "anyone", *WORDS[20:60], "passes", *WORDS[60:]]
    page = [*WORDS[:20], "passes", *WORDS[20:60], "anyone", *WORDS[60:]]
    alignment = Alignment(text, page)
    assert unlinked(alignment) == ([], [])
    assert set(alignment.similarity) == {1.0}


@pytest.mark.parametrize("at", [0, 30, len(WORDS) - 25])
def test_alignment_of_a_part_left_out(at: int) -> None:
    lacking = list(range(at, at + 25))
    assert unlinked(Alignment(WORDS[:at] + WORDS[at + 25 :], WORDS)) == ([], lacking)
    assert unlinked(Alignment(WORDS, WORDS[:at] + WORDS[at + 25 :])) == (lacking, [])


def test_alignment_of_a_part_replaced_by_another() -> None:
    """What both happen to hold, `the` and `of`, links neither."""
    made_up = "the lawns of the town had been left to the geese and nobody was asked about the noise of it"
    ours = re.findall(r"\w+", made_up)
    alignment = Alignment(WORDS[:20] + ours + WORDS[45:], WORDS)
    assert unlinked(alignment) == (list(range(20, 20 + len(ours))), list(range(20, 45)))


@pytest.mark.parametrize(
    ("text", "page"),
    [
        (["measurement"], ["measure", "ment"]),
        (["h2s"], ["h", "2", "s"]),
        (["a", "to", "z"], ["atoz"]),
        (["well", "known"], ["wellkn", "own"]),
    ],
)
def test_alignment_of_words_divided_otherwise(text: list[str], page: list[str]) -> None:
    alignment = Alignment(WORDS[:20] + text + WORDS[20:], WORDS[:20] + page + WORDS[20:])
    assert unlinked(alignment) == ([], [])
    assert set(alignment.similarity) == {1.0}


@pytest.mark.parametrize("at", [0, 20, len(WORDS) - 1])
@pytest.mark.parametrize("other", ["x", "xxxxxxxx", "7"])
def test_alignment_of_one_word_changed(at: int, other: str) -> None:
    """Between its neighbours a word is the same word, however it is written."""
    alignment = Alignment([*WORDS[:at], other, *WORDS[at + 1 :]], WORDS)
    assert alignment.to_page[at] == (at,)
    assert alignment.similarity[at] < 1
    assert unlinked(alignment) == ([], [])


def test_alignment_prefers_the_region() -> None:
    """Of two places that are alike, the one where the model says that the word stands."""
    text, page = ["12", *WORDS[:9]], [*WORDS[:9], "12", "a1", "a2", "a3", "12"]
    for at in (9, 13):
        page_regions = [0 if index == at else None for index in range(len(page))]
        assert Alignment(text, page, [0] + [None] * 9, page_regions).to_page[0] == (at,)


some_words = st.lists(
    st.sampled_from(["a", "b", "the", "lawn", "1", "2.5", "measure", "ment", "measurement"]), max_size=60
)


@given(some_words, some_words)
@example(["a", "a", "a", "ment"], ["a", "b", "measurement"])
def test_alignment_links_both_ways(text: list[str], page: list[str]) -> None:
    """Every word belongs to one link at most, and both sides know the same links."""
    alignment = Alignment(text, page)
    for index, link in enumerate(alignment.to_page):
        assert (alignment.similarity[index] > 0) <= bool(link)
        assert all(index in alignment.to_text[at] for at in link)
    for at, link in enumerate(alignment.to_text):
        assert all(at in alignment.to_page[index] for index in link)


@given(some_words)
def test_alignment_of_any_text_with_itself(words: list[str]) -> None:
    alignment = Alignment(words, words)
    assert unlinked(alignment) == ([], [])
    assert all(similarity == 1 for similarity in alignment.similarity)


def test_alignment_is_not_quadratic() -> None:
    """Ten thousand words that are all alike, or all different, take no longer than words do."""
    for words in (["same"] * 10_000, [str(number) for number in range(10_000)]):
        shuffled = random.Random(1).sample(words, len(words))
        assert unlinked(Alignment(words, shuffled)) == ([], [])
        assert len(unlinked(Alignment(words, [f"{word}x" for word in words]))[0]) <= 10_000
