"""What --verify prints of a document."""

from __future__ import annotations

import pytest

from ocr.cli.verified_words import VerifiedWords, percent
from ocr.page_words import Finding, FindingKind, PageCheck, WordSource
from ocr.types import Finish, PageResult

PLACE = Finding(FindingKind.DIFFERS, "1961", "1981", 0, 4, ())


def page(number: int, check: PageCheck | None) -> PageResult:
    return PageResult(number, 10, 14, "Text", "raw", (), Finish.STOP, None, 1, 42, 1.5, check=check)


def test_verified_words() -> None:
    """The pages' words and places together; pages without a comparison are counted."""
    pages = [
        page(1, PageCheck(WordSource.TEXT_LAYER, 300, 299, 100, 100, findings=(PLACE, PLACE))),
        page(2, PageCheck(WordSource.TESSERACT, 200, 200, 100, 90)),
        page(3, PageCheck(None, note="why")),
        page(4, PageCheck(WordSource.TESSERACT, 0, 0, 0, 0, findings=(PLACE,))),
        page(5, None),
    ]
    words = VerifiedWords()
    for one in reversed(pages):
        words.add(one)
    assert words.summary() == ["99.8 % of the pages' words found", "3 places to look at on pages 1,4", "2 not checked"]
    assert sorted(words.unchecked) == [3, 5]
    assert words.share == pytest.approx(0.95)  # the smaller share counts: of what the text has


def test_verified_words_of_nothing() -> None:
    words = VerifiedWords()
    words.add(page(1, PageCheck(WordSource.TEXT_LAYER)))
    assert (words.summary(), words.share) == ([], 1.0)


@pytest.mark.parametrize(("share", "text"), [(1.0, "100 %"), (0.9999, "99.9 %"), (0.992, "99.2 %"), (0.0, "0 %")])
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text
