"""Words found in the pages of a document, and replaced in them."""

from __future__ import annotations

import pytest

from ocr.types import Finish, PageId, PageResult, TextBlock
from ocr.web.state.replacements import MAX_HITS, PatternError, Replacement, find_hits, replaced, version_of

ONE, TWO = PageId(0, 1), PageId(0, 2)
TEXTS = {ONE: ("# Tho lamp", "tho lamp, Tholen, tho"), TWO: ("The lamp",)}


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


def test_replacement_hit_by_hit() -> None:
    """In each paragraph from the end on; the groups of a regular expression may be used."""
    blocks = tuple(map(TextBlock, TEXTS[ONE]))
    page = PageResult(1, 9, 9, "\n\n".join(TEXTS[ONE]), "raw", (), Finish.STOP, None, 1, 4, 0.5, blocks)
    hits = find_hits({ONE: TEXTS[ONE]}, Replacement(r"(t)ho\b", r"\1he", regex=True))
    assert replaced(page, TEXTS[ONE], hits).markdown == "# the lamp\n\nthe lamp, Tholen, the".replace("# the", "# The")
    assert replaced(page, TEXTS[ONE], hits[1:2]).markdown == "# Tho lamp\n\nthe lamp, Tholen, tho"
    assert (
        replaced(page, TEXTS[ONE], find_hits({ONE: TEXTS[ONE]}, Replacement("# Tho lamp", ""))).markdown
        == TEXTS[ONE][1]
    )


@pytest.mark.parametrize("find", ["(", "(?P<a", "[z-a]"])
def test_replacement_by_what_is_no_regular_expression(find: str) -> None:
    """It is said; so it is of a replacement with a group that is not there."""
    with pytest.raises(PatternError, match=r"\w"):
        find_hits(TEXTS, Replacement(find, "", regex=True))
    with pytest.raises(PatternError, match=r"\w"):
        find_hits(TEXTS, Replacement("lamp", r"\3", regex=True))


def test_replacement_finds_so_many_at_most() -> None:
    """And one more, to tell that there are more; their version is that of what was found."""
    hits = find_hits({ONE: ["a" * (MAX_HITS + 9)]}, Replacement("a", "b"))
    assert len(hits) == MAX_HITS + 1
    assert version_of(hits) != version_of(hits[1:])
