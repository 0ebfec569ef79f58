"""What `--verify` found in a document, in a few words."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ocr.documents.page_ranges import page_ranges
from ocr.types import PageResult


@dataclass(frozen=True, slots=True)
class VerifiedWords:
    """The checks of a document's pages together."""

    page_words: int
    found: int
    text_words: int
    supported: int
    places: int
    """Places to look at."""
    pages: tuple[int, ...]
    """Numbers of the pages that have them."""
    unchecked: tuple[int, ...]
    """Numbers of the pages with text that there was nothing to compare with, and of those that were not read."""

    @classmethod
    def of(cls, results: Iterable[PageResult]) -> Self:
        """Those of these pages."""
        results = list(results)
        checks = [page.check for page in results if page.check is not None]
        return cls(
            sum(check.page_words for check in checks),
            sum(check.found for check in checks),
            sum(check.text_words for check in checks),
            sum(check.supported for check in checks),
            sum(len(check.places) for check in checks),
            tuple(page.number for page in results if page.check and page.check.places),
            tuple(page.number for page in results if page.check is None or page.check.source is None),
        )

    @property
    def share(self) -> float:
        """The smaller of two shares: of the pages' words that the text has, of the text's words that the pages have."""
        found = self.found / self.page_words if self.page_words else 1.0
        return min(found, self.supported / self.text_words if self.text_words else 1.0)

    def summary(self) -> list[str]:
        """`99.2 % of the words found`, `3 places to look at on pages 1,4`, `1 page not checked`."""
        words = [f"{percent(self.found / self.page_words)} of the pages' words found"] if self.page_words else []
        if self.places:
            places = "1 place" if self.places == 1 else f"{self.places} places"
            words.append(f"{places} to look at on page{'s' * (len(self.pages) > 1)} {page_ranges(self.pages)}")
        if self.unchecked:
            words.append(f"{len(self.unchecked)} not checked")
        return words


def percent(share: float) -> str:
    """`99.2 %`; never rounded up."""
    return f"{math.floor(1000 * share + 1e-9) / 10:g} %"
