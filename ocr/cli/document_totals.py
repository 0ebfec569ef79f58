"""What is said of a document's pages, added up as they end."""

from collections import Counter
from dataclasses import dataclass, field

from ocr.cli.verified_words import VerifiedWords
from ocr.types import Finish, PageResult

SUMMARY_WORDS = {
    Finish.FAILED: "failed",
    Finish.LENGTH: "truncated",
    Finish.REPETITION: "cut off at a repetition",
    Finish.CANCELLED: "stopped before its end",
    Finish.UNREAD: "not read",
}


@dataclass(slots=True)
class DocumentTotals:
    """Those of the pages that have ended, in whatever order."""

    pages: int = 0
    ends: Counter[Finish] = field(default_factory=Counter)
    blank: int = 0
    cached: int = 0
    words: VerifiedWords = field(default_factory=VerifiedWords)
    lacking_fonts: list[int] = field(default_factory=list)
    """Numbers of the pages on which letters may be missing."""
    missing_fonts: set[str] = field(default_factory=set)
    """The fonts that these letters are of."""

    def add(self, page: PageResult) -> None:
        """Count a page."""
        self.pages += 1
        self.ends[page.finish] += 1
        self.blank += page.blank
        self.cached += page.cached
        self.words.add(page)
        if page.missing_fonts:
            self.lacking_fonts.append(page.number)
            self.missing_fonts.update(page.missing_fonts)

    def summary(self, *, verified: bool) -> str:
        """`3 pages`, and what is wrong with some of them."""
        words = [f"{self.pages} page{'' if self.pages == 1 else 's'}"]
        words += [f"{self.ends[finish]} {said}" for finish, said in SUMMARY_WORDS.items() if self.ends[finish]]
        words += [f"{self.blank} blank"] if self.blank else []
        words += self.words.summary() if verified else []
        words += [f"{self.cached} from the cache"] if self.cached else []
        return ", ".join(words)
