"""Words found in the pages of a document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.types import PageId
from ocr.web.state.replacements import (
    MAX_HIT_CHARS,
    MAX_HITS,
    Hit,
    HitsTooLong,
    PatternError,
    Replacement,
    Texts,
    version_of,
)
from ocr.web.state.replacements import find_hits as find_hits_in_time

ONE, TWO = PageId(0, 1), PageId(0, 2)
TEXTS = {ONE: ("# Tho lamp", "tho lamp, Tholen, tho"), TWO: ("The lamp",)}


def find_hits(texts: Texts, wanted: Replacement) -> list[Hit]:
    """With more time than any test takes."""
    return find_hits_in_time(texts, wanted, 300)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Replacement("tho", "the"), 4),
        (Replacement("tho", "the", case=True), 2),
        (Replacement("tho", "the", word=True), 3),
        (Replacement("th[oe] lamp", "", regex=True), 3),
        (Replacement("x*", "", regex=True), 0),
        (Replacement("", "the"), 0),
        (Replacement(".", "!"), 0),
    ],
)
def test_replacement_finds(wanted: Replacement, count: int) -> None:
    """As is asked for; what is found is never empty."""
    assert len(find_hits(TEXTS, wanted)) == count


@pytest.mark.parametrize("find", ["(", "(?P<a", "[z-a]", "(?au)a", "Dg{9i<]]"])
def test_replacement_by_what_is_no_regular_expression(find: str) -> None:
    """It is said; so it is of a replacement with a group that is not there."""
    with pytest.raises(PatternError, match=r"\w"):
        find_hits(TEXTS, Replacement(find, "", regex=True))
    with pytest.raises(PatternError, match=r"\w"):
        find_hits(TEXTS, Replacement("lamp", r"\3", regex=True))


@pytest.mark.parametrize("wanted", [Replacement(r"\U99999999", ""), Replacement("lamp", r"\U99999999")])
def test_replacement_by_a_character_that_is_none(wanted: Replacement) -> None:
    """It is no regular expression, or no template."""
    with pytest.raises(PatternError, match=r"\w"):
        find_hits(TEXTS, replace(wanted, regex=True))


def test_replacement_within_its_time() -> None:
    """The time is that of all paragraphs together, so that none is looked at once it is over."""
    with pytest.raises(TimeoutError):
        find_hits_in_time(TEXTS, Replacement("tho", "the"), 0)


def test_replacement_of_so_much_text_at_most() -> None:
    """Hits count with their replacements."""
    with pytest.raises(HitsTooLong):
        find_hits(TEXTS, Replacement("tho", "t" * (MAX_HIT_CHARS // 4)))
    with pytest.raises(HitsTooLong):
        find_hits({ONE: ["a" * 5000]}, Replacement("a+", r"\g<0>" * 100, regex=True))


def test_replacement_finds_so_many_at_most() -> None:
    """And one more, to tell that there are more; their version is that of what was found."""
    hits = find_hits({ONE: ["a" * (MAX_HITS + 9)]}, Replacement("a", "b"))
    assert len(hits) == MAX_HITS + 1
    assert version_of(hits) != version_of(hits[1:])
