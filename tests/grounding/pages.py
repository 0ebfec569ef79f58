"""Pages of words for the tests: as many lines as are wanted, in one column, ten words a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ocr.grounding.ground import GroundedPage
from ocr.page_words import PageWord
from ocr.types import Region, TextBlock

PROSE = re.findall(
    r"[\w']+",
    """The committee agrees to the railing and to the mast on three conditions. First that the mowing crew be given a
    week's notice in writing. Second that the brass band keep its right of way on the second Sunday of June 1961.
    Third that a copy of your findings be left in the reading room where the public may consult it without having
    to ask. As to the cost we can offer 12 pounds and the loan of a ladder. Should you need more than one ladder
    please write to me again at 214 Station Road.""",
)


def page_of(words: Iterable[str], confidence: float = 1.0, top: float = 120) -> list[PageWord]:
    """The words in lines of ten from `top` on, 15 thousandths each, 80 for each word."""
    return [
        PageWord(
            word,
            (100 + 80 * (at % 10), top + 15 * (at // 10), 170 + 80 * (at % 10), top + 10 + 15 * (at // 10)),
            confidence,
        )
        for at, word in enumerate(words)
    ]


def grounded(markdown: str, words: Iterable[PageWord], regions: Sequence[Region] = ()) -> GroundedPage:
    """The page of one block without a region."""
    return GroundedPage(markdown, (TextBlock(markdown),), regions, words)
