"""What `--verify` found in a document, in a few words."""

import math
from dataclasses import dataclass, field

from ocr.documents.page_ranges import page_ranges
from ocr.types import PageResult


@dataclass(slots=True)
class VerifiedWords:
    """The checks of a document's pages together."""

    page_words: int = 0
    found: int = 0
    text_words: int = 0
    supported: int = 0
    places: int = 0
    """Places to look at."""
    pages: list[int] = field(default_factory=list)
    """Numbers of the pages that have them."""
    unchecked: list[int] = field(default_factory=list)
    """Numbers of the pages with text that there was nothing to compare with, and of those that were not read."""

    def add(self, page: PageResult) -> None:
        """Count a page."""
        check = page.check
        if check is None or check.source is None:
            self.unchecked.append(page.number)
        if check is None:
            return
        self.page_words += check.page_words
        self.found += check.found
        self.text_words += check.text_words
        self.supported += check.supported
        if places := len(check.places):
            self.places += places
            self.pages.append(page.number)

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
