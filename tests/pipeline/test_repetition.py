"""Loops are seen soon after their start; pages that repeat themselves because they must are left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.pipeline.repetition import (
    CHECK_INTERVAL_CHARS,
    MAX_EQUAL_TEXT_CHARS,
    MAX_PATTERN_CHARS,
    MIN_REPEATED_TOKENS,
    Repetition,
)
from tests.conftest import SAMPLES
from tests.pipeline.repeating import EMPTY_LOOPS, FORMS, HONEST, LOOPS, ROW_LOOPS, alarmed, caught, cells, table

ALL_LOOPS = {**LOOPS, **EMPTY_LOOPS, **ROW_LOOPS}

PIECES = st.lists(st.integers(1, 90), min_size=1, max_size=20)


def fed(text: str, lengths: list[int], *, allow_equal_rows: bool = False) -> int | None:
    """The character at which the text, cut into pieces of these lengths, is taken for a loop."""
    watch, at, turn = Repetition(allow_equal_rows=allow_equal_rows), 0, 0
    while at < len(text):
        length = lengths[turn % len(lengths)]
        at, turn, piece = at + length, turn + 1, text[at : at + length]
        if watch.feed(piece):
            return at
    return None


@pytest.mark.parametrize("interval", [1, 4, 16])
@pytest.mark.parametrize("name", ALL_LOOPS)
def test_repetition_loop_is_seen(name: str, interval: int) -> None:
    """Within 200 tokens from where it begins to repeat itself, and the bundle that they come in."""
    found = caught(ALL_LOOPS[name], interval=interval)
    assert found
    assert found[1] < 200 + interval


@pytest.mark.parametrize("name", {**LOOPS, **EMPTY_LOOPS})
def test_repetition_loop_is_seen_with_equal_rows_allowed(name: str) -> None:
    """Just as soon, where it is none of rows."""
    found = caught(ALL_LOOPS[name], allow_equal_rows=True)
    assert found
    assert found[1] <= 200


@pytest.mark.parametrize("name", ROW_LOOPS)
def test_repetition_loop_of_rows_is_seen_with_equal_rows_allowed(name: str) -> None:
    """Later, for a page may hold thirty of them: at the 34th, or after 2,600 characters if they hold words."""
    row = ROW_LOOPS[name]
    found = caught(row, allow_equal_rows=True)
    assert found
    limit = 65 if name == "lined paper" else 33
    assert found[0] <= max(limit * len(row), 200 * 4)
    if any(character.isdigit() for character in row):
        assert found[0] <= MAX_EQUAL_TEXT_CHARS + 64


@pytest.mark.parametrize("allow_equal_rows", [False, True])
@pytest.mark.parametrize("name", HONEST)
def test_repetition_honest_page_is_no_loop(name: str, allow_equal_rows: bool) -> None:
    assert not alarmed(HONEST[name], allow_equal_rows=allow_equal_rows)


@pytest.mark.parametrize("name", FORMS)
def test_repetition_form_is_doubted_once(name: str) -> None:
    """A page of equal rows is taken for a loop at first, and for what it is with equal rows allowed."""
    assert alarmed(FORMS[name])
    assert not alarmed(FORMS[name], allow_equal_rows=True)


@pytest.mark.parametrize("name", FORMS)
def test_repetition_form_is_believed_however_it_is_cut(name: str) -> None:
    """Wherever in a row a server's piece ends, in the midst of a tag too, and whatever stands above the rows."""
    falsely = [
        before
        for before in range(CHECK_INTERVAL_CHARS)
        if fed("x" * before + "\n" + FORMS[name], [1], allow_equal_rows=True)
    ]
    assert falsely == []


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("truth/*.txt")), ids=lambda path: path.stem)
def test_repetition_sample_is_no_loop(path: Path) -> None:
    assert not alarmed(path.read_text() * 2)


def test_repetition_transcript_is_no_loop() -> None:
    """What the models of the tests write for the samples."""
    answers = json.loads((Path(__file__).parents[1] / "tiny_model" / "answers.json").read_text())
    assert not any(alarmed(answer["answer"]) for answer in answers)


@given(
    before=st.text(max_size=2000),
    pattern=st.text(
        st.characters(categories=["Lu", "Ll", "Nd"], include_characters=" \n|<>/"),
        min_size=1,
        max_size=MAX_PATTERN_CHARS,
    ),
    lengths=PIECES,
)
def test_repetition_any_pattern(before: str, pattern: str, lengths: list[int]) -> None:
    """Whatever came before it and however it is cut into pieces; a pattern of words twice over is no loop yet."""
    if not any(character.isalnum() for character in pattern):
        pattern = "x" + pattern[1:]
    found = fed(before + pattern * (3 + 2000 // len(pattern)), lengths)
    assert found is not None
    assert found <= len(before) + 3 * len(pattern) + 8 * MIN_REPEATED_TOKENS + 4 * max(lengths) + 64


@given(st.lists(st.tuples(st.sampled_from(["0.00", "yes", "", "n/a"]), st.integers(1, 12)), min_size=5, max_size=60))
def test_repetition_rows_that_differ(rows: list[tuple[str, int]]) -> None:
    """No table is a loop whose rows bear different names."""
    assert not alarmed(table(*(cells(f"Row {number}", *[text] * times) for number, (text, times) in enumerate(rows))))


@given(st.text(st.sampled_from("ab<td> 0"), max_size=MIN_REPEATED_TOKENS - 1), st.integers(1, 2))
def test_repetition_needs_length(text: str, times: int) -> None:
    """What is shorter than the least loop is none, nor is what stands there twice and no more."""
    assert fed(text, [7]) is None


def test_repetition_twice_is_no_loop() -> None:
    """A page that holds the same long text twice, as a form and its copy."""
    paragraph = "".join(f"clause {number} of the contract; " for number in range(80))
    assert fed(paragraph * 2, [5]) is None
