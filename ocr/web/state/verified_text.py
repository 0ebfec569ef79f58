"""A page's text compared with the words that stand on the page, and the places that somebody should look at."""

import zlib
from dataclasses import dataclass

from ocr.page_words import Finding, PageCheck, PlacedWord


@dataclass(frozen=True, slots=True)
class VerifiedText:
    """The words of the text that a page shows, and what their comparison found."""

    words: tuple[PlacedWord, ...]
    """In the order of the text; their offsets, as those of the findings, are in the page's `markdown`."""
    check: PageCheck


def place_id(finding: Finding) -> str:
    """A name of a place that stays the same while the text around it changes, and when it is compared anew."""
    boxes = [[round(side) for side in box] for box in finding.boxes]
    named = f"{finding.kind} {finding.text!r} {finding.page_text!r} {boxes}"
    return f"{zlib.crc32(named.encode(errors='surrogatepass')):08x}"
