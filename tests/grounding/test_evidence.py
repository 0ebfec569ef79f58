"""How much a disagreement proves."""

from __future__ import annotations

from ocr.grounding.evidence import is_weak_difference, is_weak_missing, is_weak_unsupported
from ocr.page_words import WordSource
from tests.grounding.pages import PROSE, grounded, page_of

TESSERACT, LAYER = WordSource.TESSERACT, WordSource.TEXT_LAYER


def test_weak_missing_of_a_few_words() -> None:
    """One word that Tesseract alone has read proves nothing; one of the document's own text does."""
    at = PROSE.index("writing")
    page = grounded(" ".join(PROSE[:at] + PROSE[at + 1 :]), page_of(PROSE))
    assert is_weak_missing(page, [at], TESSERACT)
    assert not is_weak_missing(page, [at], LAYER)


def test_weak_missing_of_single_letters() -> None:
    """Marks of lists and pieces of formulas."""
    words = [*PROSE[:20], "o", "x", *PROSE[20:]]
    page = grounded(" ".join(PROSE), page_of(words))
    assert is_weak_missing(page, [20], LAYER)
    assert is_weak_missing(page, [20, 21], LAYER)


def test_weak_missing_of_a_formula() -> None:
    words = [*PROSE[:20], "𝑑𝑊", "dt", "𝑎𝑓(1", "𝑊)", *PROSE[20:]]
    page = grounded(" ".join(PROSE), page_of(words))
    assert is_weak_missing(page, range(20, 24), LAYER)


def test_weak_missing_of_glyphs_without_unicode() -> None:
    words = page_of(PROSE[:20]) + page_of(PROSE[20:30], confidence=0.5, top=150) + page_of(PROSE[30:], top=165)
    assert is_weak_missing(grounded(" ".join(PROSE[:20] + PROSE[30:]), words), range(20, 30), LAYER)


def test_weak_unsupported_of_a_few_words() -> None:
    page = grounded(" ".join([*PROSE[:20], "surely", *PROSE[20:]]), page_of(PROSE))
    assert is_weak_unsupported(page, [20], TESSERACT)
    assert not is_weak_unsupported(page, [20], LAYER)


def test_weak_unsupported_at_the_end() -> None:
    """Below the last word that Tesseract read there may be room for more, as for a signature."""
    page = grounded(" ".join([*PROSE, "with many friendly greetings"]), page_of(PROSE))
    run = range(len(PROSE), len(PROSE) + 4)
    assert is_weak_unsupported(page, run, TESSERACT)
    assert not is_weak_unsupported(page, run, LAYER)


def test_weak_difference_of_confused_characters() -> None:
    words = [*PROSE[:20], "5ummer", *PROSE[20:]]
    page = grounded(" ".join([*PROSE[:20], "Summer", *PROSE[20:]]), page_of(words))
    assert is_weak_difference(page, [20], [20], TESSERACT)
    assert not is_weak_difference(page, [20], [20], LAYER)


def test_weak_difference_of_digits() -> None:
    """Digits are told apart by Tesseract too."""
    words = [*PROSE[:20], "1850", *PROSE[20:]]
    page = grounded(" ".join([*PROSE[:20], "1350", *PROSE[20:]]), page_of(words))
    assert not is_weak_difference(page, [20], [20], TESSERACT)


def test_weak_difference_of_a_raised_digit() -> None:
    """The power may be misread; the number before it counts."""
    words = page_of([*PROSE[:20], "10°", *PROSE[20:]])
    for number, weak in (("10$^{3}$", True), ("60$^{3}$", False)):
        page = grounded(" ".join([*PROSE[:20], number, *PROSE[20:]]), words)
        assert is_weak_difference(page, [20], [20], TESSERACT) == weak
