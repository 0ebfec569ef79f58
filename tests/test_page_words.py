"""Values of the words of a page."""

from __future__ import annotations

import pytest

from ocr.page_words import SPACELESS_LETTER, Finding, FindingKind, PageCheck, WordSource


def test_page_check_places() -> None:
    """Weak findings are none to look at."""
    strong = Finding(FindingKind.DIFFERS, "1961", "1981", 0, 4, ())
    weak = Finding(FindingKind.MISSING, "", "x", 4, 4, (), weak=True)
    assert PageCheck(WordSource.TEXT_LAYER, 2, 1, 1, 1, findings=(strong, weak)).places == (strong,)


@pytest.mark.parametrize(("letter", "matches"), [("日", True), ("の", True), ("ท", True), ("한", False), ("a", False)])
def test_spaceless_letter(letter: str, matches: bool) -> None:
    assert bool(SPACELESS_LETTER.match(letter)) == matches
