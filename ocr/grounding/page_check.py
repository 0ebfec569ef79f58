"""What the text of a page left out, made up or read otherwise, as far as the words on the page can tell."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ocr.grounding.evidence import is_weak_difference, is_weak_missing, is_weak_unsupported
from ocr.grounding.ground import GroundedPage, PageUnit, is_within
from ocr.grounding.reading_order import moved
from ocr.grounding.text_lines import line_boxes
from ocr.page_words import Finding, FindingKind, PageCheck, WordSource
from ocr.parsing.figures import PICTURE_LABELS, rule
from ocr.parsing.page_text import HEADERS

MARGIN = 85
"""Thousandths of the page's height at its top and bottom in which headers and page numbers stand."""

MAX_FURNITURE_WORDS = 25
"""Of a header or footer without a label of its own."""


def check_page(grounded: GroundedPage, source: WordSource, note: str = "") -> PageCheck:
    """Compare a page's text with the words of the page, which are from `source`."""
    aside = _set_aside(grounded)
    described = _described(grounded)
    alignment = grounded.alignment
    counted = [at for at in range(len(grounded.page)) if at not in aside]
    expected = [index for index in range(len(grounded.text)) if index not in described]
    findings = [
        *_missing(grounded, aside, source),
        *_unsupported(grounded, described, source),
        *_differs(grounded, source),
        *moved(grounded),
    ]
    return PageCheck(
        source,
        page_words=len(counted),
        found=sum(bool(alignment.to_text[at]) for at in counted),
        text_words=len(expected),
        supported=sum(bool(alignment.to_page[index]) for index in expected),
        set_aside=len(aside),
        findings=tuple(sorted(findings, key=lambda finding: (finding.start, finding.end))),
        note=note,
    )


def _set_aside(grounded: GroundedPage) -> set[int]:
    """The page's words that the text need not have, and has not."""
    labelled = [region.box for region in grounded.regions if rule(region.label) in HEADERS | PICTURE_LABELS]
    to_text = grounded.alignment.to_text
    aside = {
        at
        for at, unit in enumerate(grounded.page)
        if not to_text[at] and (not unit.word.upright or any(is_within(unit.middle, box) for box in labelled))
    }
    return aside | _furniture(grounded, aside)


def _furniture(grounded: GroundedPage, aside: set[int]) -> set[int]:
    """Missing words at the top and the bottom of the page, above and below all that the text has."""
    to_text = grounded.alignment.to_text
    found = [unit.box for at, unit in enumerate(grounded.page) if to_text[at]]
    top = min([MARGIN, *(box[1] for box in found)])
    bottom = max([1000 - MARGIN, *(box[3] for box in found)])
    missing = [(at, unit) for at, unit in enumerate(grounded.page) if not to_text[at] and at not in aside]
    furniture: set[int] = set()
    above = [at for at, unit in missing if unit.box[3] <= top + 1]
    below = [at for at, unit in missing if unit.box[1] >= bottom - 1]
    for words in (above, below):
        if len(words) <= MAX_FURNITURE_WORDS:
            furniture.update(words)
    return furniture


def _described(grounded: GroundedPage) -> set[int]:
    """The text's words that describe a picture and stand nowhere on the page, if it has them not."""
    pictures = {index for index, region in enumerate(grounded.regions) if rule(region.label) in PICTURE_LABELS}
    to_page = grounded.alignment.to_page
    return {
        index
        for index, word in enumerate(grounded.text)
        if not to_page[index] and grounded.region_of(word.start) in pictures
    }


def _runs(indices: Sequence[int], bridges: Callable[[int], bool]) -> Iterator[list[int]]:
    """Ascending indices in runs of successive ones, across others that are bridges."""
    run: list[int] = []
    for index in indices:
        if run and not all(bridges(between) for between in range(run[-1] + 1, index)):
            yield run
            run = []
        run.append(index)
    if run:
        yield run


def _missing(grounded: GroundedPage, aside: set[int], source: WordSource) -> Iterator[Finding]:
    to_text = grounded.alignment.to_text
    lacking = [at for at in range(len(to_text)) if not to_text[at] and at not in aside]
    for run in _runs(lacking, aside.__contains__):
        units = [grounded.page[at] for at in run]
        offset = _belongs_at(grounded, run)
        yield Finding(
            FindingKind.MISSING,
            "",
            _joined(units),
            offset,
            offset,
            line_boxes(unit.box for unit in units),
            weak=is_weak_missing(grounded, run, source),
        )


def _belongs_at(grounded: GroundedPage, run: Sequence[int]) -> int:
    """Where words of the page would stand in the Markdown: after the word before them, else before the next one."""
    to_text, text = grounded.alignment.to_text, grounded.text
    for at in range(run[0] - 1, -1, -1):
        if to_text[at]:
            return text[to_text[at][-1]].end
    after = (to_text[at] for at in range(run[-1] + 1, len(to_text)))
    following = next(filter(None, after), None)
    return text[following[0]].start if following else 0


def _unsupported(grounded: GroundedPage, described: set[int], source: WordSource) -> Iterator[Finding]:
    to_page = grounded.alignment.to_page
    alone = [index for index in range(len(to_page)) if not to_page[index] and index not in described]
    for run in _runs(alone, lambda _: False):
        start, end = grounded.text[run[0]].start, grounded.text[run[-1]].end
        around = [
            grounded.page[to_page[index][side]].box
            for index, side in ((run[0] - 1, -1), (run[-1] + 1, 0))
            if 0 <= index < len(to_page) and to_page[index]
        ]
        yield Finding(
            FindingKind.UNSUPPORTED,
            grounded.markdown[start:end],
            "",
            start,
            end,
            line_boxes(around),
            weak=is_weak_unsupported(grounded, run, source),
        )


@dataclass(frozen=True, slots=True)
class _Pair:
    """Words of the text and of the page that are taken for each other, but are not the same."""

    text: tuple[int, ...]
    page: tuple[int, ...]


def _differs(grounded: GroundedPage, source: WordSource) -> Iterator[Finding]:
    alignment = grounded.alignment
    unlike = [
        index for index, similarity in enumerate(alignment.similarity) if alignment.to_page[index] and similarity < 1
    ]
    for page, group in groupby(unlike, key=lambda index: alignment.to_page[index]):
        indices = tuple(group)
        start, end = grounded.text[indices[0]].start, grounded.text[indices[-1]].end
        units = [grounded.page[at] for at in page]
        yield Finding(
            FindingKind.DIFFERS,
            grounded.markdown[start:end],
            _joined(units),
            start,
            end,
            line_boxes(unit.box for unit in units),
            weak=is_weak_difference(grounded, indices, page, source),
        )


def _joined(units: Sequence[PageUnit]) -> str:
    """The page's words with spaces between them; parts of one word once."""
    words = [next(same) for _, same in groupby((unit.word for unit in units), key=id)]
    return " ".join(word.text for word in words)
