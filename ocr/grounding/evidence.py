"""How much a disagreement of the text and the page proves; what proves little is told, but nobody need look at it.

A document's own text is exact, apart from formulas. Tesseract misreads, most of all where it is unsure, and does not
read handwriting at all.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from ocr.grounding.folding import folded
from ocr.grounding.ground import GroundedPage, PageUnit
from ocr.page_words import WordSource

SURE = 0.85
"""Tesseract's confidence in a word, from which its reading counts against another."""

VERY_SURE = 0.9
"""The same in a single word."""

MIN_RUN_WORDS = 3
"""Words of a run that proves something where Tesseract read the page."""

MIN_RUN_LETTERS = 10
"""Letters and digits of it."""

MIN_PROSE_WORDS = 6
"""Words of three letters and more from which a run beside a formula is no part of it."""

_CONFUSED = str.maketrans("01582", "olsbz") | {ord("i"): "l", ord("|"): "l"}
"""Characters that Tesseract takes for each other, as one of them."""

_RAISED = re.compile(r"\$|<su[bp]>|\[\^|~\d|\^\d")
"""Markup of small raised and lowered characters, which Tesseract misreads."""

_FORMULA_LETTER = re.compile("[\U0001d400-\U0001d7ff]")
"""A letter of Unicode's alphabets for formulas."""

_UNPLACED_PICTURE = re.compile(r"!\[[^\]\n]*\]\(|\[(?:image|figure|chart)\]")


def is_weak_missing(grounded: GroundedPage, run: Sequence[int], source: WordSource) -> bool:
    """Whether little follows from words of the page that the text has not."""
    units = [grounded.page[at] for at in run]
    letters = sum(len(unit.key) for unit in units)
    prose = sum(len(unit.key) >= 3 and unit.key.isalpha() for unit in units)
    if letters < 2 or (prose < MIN_PROSE_WORDS and _beside_formula(grounded, run)):
        return True
    if not prose and (max(len(unit.key) for unit in units) < 2 or _has_formula_letters(units)):
        return True  # marks of a list, a formula
    if _may_be_in_picture(grounded, units):
        return True
    if source is WordSource.TEXT_LAYER:
        return min(unit.word.confidence for unit in units) < 1
    sure = sum(unit.word.confidence >= SURE for unit in units)
    return len(units) < MIN_RUN_WORDS or letters < MIN_RUN_LETTERS or sure < 0.6 * len(units)


def is_weak_unsupported(grounded: GroundedPage, run: Sequence[int], source: WordSource) -> bool:
    """Whether little follows from words of the text that the page has not."""
    words = [grounded.text[index] for index in run]
    letters = sum(len(word.key) for word in words)
    if letters < 2 or 2 * sum(word.formula for word in words) >= len(words):
        return True
    if source is WordSource.TEXT_LAYER:
        return False
    if len(words) < MIN_RUN_WORDS or letters < MIN_RUN_LETTERS:
        return True
    return _has_room(grounded, run)


def is_weak_difference(grounded: GroundedPage, text: Sequence[int], page: Sequence[int], source: WordSource) -> bool:
    """Whether little follows from a word that is another on the page."""
    if any(grounded.text[index].formula for index in text):
        return True
    confidence = min(grounded.page[at].word.confidence for at in page)
    if source is WordSource.TEXT_LAYER:
        return confidence < 1
    ours = "".join(grounded.text[index].key for index in text)
    theirs = "".join(grounded.page[at].key for at in page)
    if confidence < VERY_SURE or ours.translate(_CONFUSED) == theirs.translate(_CONFUSED):
        return True
    if min(len(ours), len(theirs)) < 2 or ours.replace("rn", "m") == theirs.replace("rn", "m"):
        return True
    written = grounded.markdown[grounded.text[text[0]].start : grounded.text[text[-1]].end]
    raised = _RAISED.search(written)
    return _is_cut_off(ours, theirs) or (raised is not None and theirs.startswith(folded(written[: raised.start()])))


def _is_cut_off(ours: str, theirs: str) -> bool:
    """Whether Tesseract's word is ours without its last or first letter, or without the mark of a note."""
    return len(ours) - len(theirs) <= 2 and not theirs.isdigit() and (ours.startswith(theirs) or ours.endswith(theirs))


def _has_formula_letters(units: Sequence[PageUnit]) -> bool:
    return any(_FORMULA_LETTER.search(unit.word.text) for unit in units)


def _beside_formula(grounded: GroundedPage, run: Sequence[int]) -> bool:
    """Whether the words of the text around the place are those of a formula."""
    to_text = grounded.alignment.to_text
    for at in (run[0] - 1, run[-1] + 1):
        if 0 <= at < len(to_text) and to_text[at]:
            first, last = to_text[at][0], to_text[at][-1]
            around = grounded.text[max(0, first - 2) : last + 3]
            if any(word.formula for word in around):
                return True
    return False


def _may_be_in_picture(grounded: GroundedPage, units: Sequence[PageUnit]) -> bool:
    """Whether the text has a picture without a place, and these are short lines as of its axes."""
    if grounded.regions or not _UNPLACED_PICTURE.search(grounded.markdown):
        return False
    lines = 1 + sum(abs(one.middle[1] - other.middle[1]) > 4 for one, other in pairwise(units))
    return len(units) / lines <= 4


def _has_room(grounded: GroundedPage, run: Sequence[int]) -> bool:
    """Whether something that Tesseract did not read may stand between the words around, as a line of handwriting."""
    to_page, page = grounded.alignment.to_page, grounded.page
    before, after = run[0] - 1, run[-1] + 1
    if before < 0 or after >= len(to_page) or not to_page[before] or not to_page[after]:
        return True
    last, following = to_page[before][-1], to_page[after][0]
    if following <= last:
        return True
    if any(page[at].word.confidence < SURE for at in range(last + 1, following)):
        return True
    above, below = page[last].box, page[following].box
    return below[1] - above[3] > 2 * max(above[3] - above[1], below[3] - below[1])
