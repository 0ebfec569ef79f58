"""Where the words of a page's text stand on the page, as the browser gets it: small, and made once."""

import asyncio
import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from ocr.grounding.markdown_words import markdown_words
from ocr.page_words import Finding, PlacedWord, PreciseBox
from ocr.web.state.page_state import PageState
from ocr.web.state.verified_text import VerifiedText


@dataclass(frozen=True, slots=True)
class WordPlaces:
    """The words of a page's text in its order; the browser knows each by its index among them."""

    value: str
    """JSON, 26 bytes a word: as lists, a thousand words would be walked through for each update of the screen."""
    starts: tuple[int, ...]
    """Where each of them begins in the Markdown."""

    def finding(self, finding: Finding) -> dict[str, Any]:
        """A place to look at, with its words from `first` to before `end`; what is missing belongs before `first`."""
        return {
            "kind": finding.kind,
            "text": finding.text,
            "page": finding.page_text,
            "first": bisect_left(self.starts, finding.start),
            "end": bisect_left(self.starts, finding.end),
            "boxes": [_outer(box) for box in finding.boxes],
        }


def word_places(markdown: str, paragraphs: Sequence[str], words: Sequence[PlacedWord]) -> WordPlaces:
    """Some 10 ms of work for a page of 1,000 words.

    Args:
        markdown: the text of the page.
        paragraphs: its parts, in its order.
        words: all of its words, each with its place if it has one.

    Returns:
        In `value`, `words` are lists of the letters and digits by which the browser finds a word in the text that it
        shows, and the left, top, right and bottom of each of its boxes, 0–1000; `starts` are the indices of the words
        with which the paragraphs begin.
    """
    starts = tuple(word.start for word in words)
    keys = (letters(word.key) for word in markdown_words(markdown))
    value = {
        "words": [
            [key, *(side for box in word.boxes for side in _outer(box))] for key, word in zip(keys, words, strict=True)
        ],
        "starts": [bisect_left(starts, offset) for offset in _offsets(markdown, paragraphs)],
    }
    return WordPlaces(json.dumps(value, ensure_ascii=False, separators=(",", ":")), starts)


def letters(key: str) -> str:
    """The letters and digits of a word's key, as the browser folds what it shows (static/base/word-match.js)."""
    return key.replace(".", "").replace(",", "").lower()


def _offsets(markdown: str, paragraphs: Iterable[str]) -> Iterable[int]:
    """Where each paragraph begins in the Markdown."""
    end = 0
    for paragraph in paragraphs:
        text = paragraph.strip()
        begin = markdown.find(text, end)
        if begin >= 0:
            end = begin + len(text)
        yield begin if begin >= 0 else end


def _outer(box: PreciseBox) -> list[int]:
    """The smallest box of whole thousandths that has this one in it."""
    left, top, right, bottom = box
    return [max(0, floor(left)), max(0, floor(top)), min(1000, ceil(right)), min(1000, ceil(bottom))]


@dataclass(slots=True)
class ShownWordPlaces:
    """The places of the words of the page that is shown, made once for each comparison."""

    _latest: tuple[VerifiedText, WordPlaces] | None = None

    async def prepare(self, page: PageState) -> None:
        """Make them in a thread, so that `of` has them ready."""
        if (verified := page.verified) and verified.has_words and not self._has(verified):
            self._latest = verified, await asyncio.to_thread(word_places, *_text_of(page), verified.words)

    def of(self, page: PageState) -> WordPlaces | None:
        """Those of this page; None while its text is not compared with the page, or cannot be."""
        if (verified := page.verified) is None or not verified.has_words:
            return None
        if not self._has(verified):
            self._latest = verified, word_places(*_text_of(page), verified.words)
        assert self._latest
        return self._latest[1]

    def _has(self, verified: VerifiedText) -> bool:
        return self._latest is not None and self._latest[0] is verified


def _text_of(page: PageState) -> tuple[str, list[str]]:
    return page.markdown, [one.markdown for one in page.text.paragraphs]
