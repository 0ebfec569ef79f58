"""A page's text compared with the words that stand on the page, and the places that somebody should look at."""

import pickle
import zlib
from dataclasses import dataclass, field, replace

from ocr.page_words import Finding, PageCheck, PlacedWord
from ocr.types import PageId, PageResult


class VerifiedText:
    """The words of the text that a page shows, and what their comparison with the page found."""

    __slots__ = ("_words", "check", "has_words", "places")

    def __init__(self, words: tuple[PlacedWord, ...], check: PageCheck) -> None:
        """Pack the words, which takes milliseconds; their offsets are in the page's `markdown`."""
        self._words = zlib.compress(pickle.dumps(words, pickle.HIGHEST_PROTOCOL), 1)
        self.check = check
        self.has_words = bool(words)
        self.places = check.places

    @property
    def words(self) -> tuple[PlacedWord, ...]:
        """In the order of the text; unpacked at each use."""
        words: tuple[PlacedWord, ...] = pickle.loads(zlib.decompress(self._words))
        return words

    def put_into(self, result: PageResult) -> PageResult:
        """The result that this is of, with its words and its check; takes milliseconds."""
        return replace(result, words=self.words, check=self.check)


@dataclass(frozen=True, slots=True)
class MeasuredText:
    """A result that Tesseract read, and its words where Tesseract found them on the page."""

    result: PageResult
    words: VerifiedText


@dataclass(slots=True)
class SessionChecks:
    """The pages of a session whose text is still to be compared."""

    changed: dict[PageId, None] = field(default_factory=dict)
    """Pages whose text is new: compared with their document's own text next."""
    scans: dict[PageId, None] = field(default_factory=dict)
    """Those for which that takes Tesseract: left until nobody reads, or until the visitor asks for it."""
    requested: dict[PageId, None] = field(default_factory=dict)
    """Those of them for which the visitor has asked."""
    recognized: set[PageId] = field(default_factory=set)
    """Pages compared by Tesseract before: when their text changes they are again, without being asked for."""

    measured: dict[PageId, MeasuredText] = field(default_factory=dict)
    """What Tesseract has read, until it has been compared."""
    running: set[str] = field(default_factory=set)
    """Which of these are being compared, by their names."""

    def add(self, page: PageId) -> None:
        """The text of this page is new."""
        self.remove(page)
        self.changed[page] = None

    def add_scan(self, page: PageId) -> None:
        """A changed page takes Tesseract."""
        self.remove(page)
        (self.requested if page in self.recognized else self.scans)[page] = None

    def request(self, document: int) -> None:
        """The visitor asks for the scans of this document."""
        for page in [page for page in self.scans if page.document == document]:
            del self.scans[page]
            self.requested[page] = None

    def remove(self, page: PageId) -> None:
        """There is nothing to compare of this page any more."""
        for pages in (self.changed, self.scans, self.requested):
            pages.pop(page, None)

    def forget(self, page: PageId) -> None:
        """The page is removed."""
        self.remove(page)
        self.recognized.discard(page)
        self.measured.pop(page, None)


def place_id(finding: Finding) -> str:
    """A name of a place that stays the same while the text around it changes, and when it is compared anew."""
    boxes = [[round(side) for side in box] for box in finding.boxes]
    named = f"{finding.kind} {finding.text!r} {finding.page_text!r} {boxes}"
    return f"{zlib.crc32(named.encode(errors='surrogatepass')):08x}"
