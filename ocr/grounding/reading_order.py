"""Paragraphs that a text has in another order than the page, as far as the columns of the page can tell.

Captions, notes and what stands across columns may be read in any order. Paragraphs of one column and type, one right
after the other in the text, are read from the top down. From one column into the next the page's own words decide, if
they too have the paragraphs the other way round.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ocr.grounding.ground import GroundedPage
from ocr.grounding.text_lines import line_boxes
from ocr.page_words import Finding, FindingKind, PreciseBox
from ocr.parsing.figures import rule

MIN_WORDS = 8
"""Of a paragraph whose place counts."""

MIN_FOUND = 0.8
"""Share of its words that must be found."""

MIN_RUN = 3
"""Words that follow each other on the page too; single ones may be others of the page that are the same."""

MAX_GAP = 3
"""Words of the page within such a run that the text has not, or has elsewhere."""

MAX_WORDS_BETWEEN = 12
"""Words of the page, such as a page number, between the end of a paragraph and the next one."""

SAME_HEIGHT = 0.12
"""Share by which the height of the type of two paragraphs may differ."""

PARAGRAPH_LABELS = {"text", "paragraph", "list"}
"""Layout labels of what is read from the top down."""

_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]*)*")
_NO_PARAGRAPH = re.compile(
    r"\s*(?:<table|\||!\[|\$\$|\[\^|```|<sup|\$\^|[*†‡§¶]\s"
    r"|\W*(?:figure|fig\.|table|tab\.|abb\.|abbildung|tabelle|tableau)\s*[\dIVX]+\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _PlacedParagraph:
    """A paragraph of the text that was found on the page."""

    start: int
    end: int
    first: int
    last: int
    """Indices of its first and its last word on the page."""
    boxes: tuple[PreciseBox, ...]
    """Of its lines."""
    columns: tuple[PreciseBox, ...]
    """Where it stands: one box for each column or each stretch that runs downwards."""
    line_height: float
    word_height: float
    """Both are medians: a few lines differ in how many of their letters rise or descend, and so do a few words."""

    def is_set_as(self, other: "_PlacedParagraph") -> bool:
        """Whether both have the same size of type."""
        return _alike(self.line_height, other.line_height) or _alike(self.word_height, other.word_height)


def moved(grounded: GroundedPage) -> Iterator[Finding]:
    """Each paragraph that stands on the page before the one that precedes it in the text."""
    paragraphs = list(_paragraphs(grounded))
    for at, (before, paragraph) in enumerate(pairwise(paragraphs)):
        if before is None or paragraph is None or not paragraph.is_set_as(before):
            continue
        around = (paragraphs[at - 1] if at else None, paragraphs[at + 2] if at + 2 < len(paragraphs) else None)
        if _stands_above(paragraph, before) or _goes_on_in(paragraph, before, around):
            text = grounded.markdown[paragraph.start : paragraph.end]
            yield Finding(FindingKind.MOVED, text, text, paragraph.start, paragraph.end, paragraph.boxes)


def _stands_above(one: _PlacedParagraph, other: _PlacedParagraph) -> bool:
    """Whether some of it stands above some of the other one, in the same column."""
    return any(
        upper[3] <= lower[1] + 2 and _same_column(upper, lower) for upper in one.columns for lower in other.columns
    )


def _goes_on_in(
    one: _PlacedParagraph, other: _PlacedParagraph, around: tuple[_PlacedParagraph | None, _PlacedParagraph | None]
) -> bool:
    """Whether the end of a column and the beginning of the next one are read in the wrong order.

    The page's words have the left paragraph right before the right one. `around` are the paragraphs before and after
    the two in the text: where each stands beside one of them, what is read are rows of cells.
    """
    left, right = one.columns[-1], other.columns[0]
    if not 0 < other.first - one.last <= MAX_WORDS_BETWEEN or left[2] > right[0] or right[3] > left[1] + 2:
        return False
    widths = left[2] - left[0], right[2] - right[0]
    before, after = around
    row = _side_by_side(before, other) and (after is None or _side_by_side(after, one))
    return min(widths) >= 0.7 * max(widths) and not row


def _side_by_side(one: _PlacedParagraph | None, other: _PlacedParagraph) -> bool:
    """Whether both begin at the same height."""
    return one is not None and abs(one.columns[0][1] - other.columns[0][1]) <= other.line_height


def _same_column(one: PreciseBox, other: PreciseBox) -> bool:
    """Whether two boxes have the same edges; the right one of a single line may stand anywhere."""
    overlap = min(one[2], other[2]) - max(one[0], other[0])
    return overlap >= 0.7 * max(one[2] - one[0], other[2] - other[0])


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= SAME_HEIGHT * max(one, other)


def _paragraphs(grounded: GroundedPage) -> Iterator[_PlacedParagraph | None]:
    """The text's paragraphs, None for what is none or is not found on the page."""
    index, words, to_page = 0, grounded.text, grounded.alignment.to_page
    for match in _PARAGRAPH.finditer(grounded.markdown):
        first = index
        while index < len(words) and words[index].start < match.end():
            index += 1
        found = [link[0] for link in to_page[first:index] if link]
        enough = index - first >= MIN_WORDS and len(found) >= MIN_FOUND * (index - first)
        places = [at for run in _runs(found) if len(run) >= MIN_RUN for at in run] if enough else []
        places = [at for at in places if grounded.page[at].word.upright]
        if not places or _NO_PARAGRAPH.match(match[0]) or not _is_labelled_so(grounded, match.start()):
            yield None
            continue
        boxes = [grounded.page[at].box for at in places]
        lines = line_boxes(boxes)
        height, word_height = (median(box[3] - box[1] for box in some) for some in (lines, boxes))
        columns = tuple(_columns(lines, height))
        yield _PlacedParagraph(match.start(), match.end(), places[0], places[-1], lines, columns, height, word_height)


def _is_labelled_so(grounded: GroundedPage, offset: int) -> bool:
    """Whether the model takes the place for running text, or does not say what it is."""
    region = grounded.region_of(offset)
    return region is None or rule(grounded.regions[region].label) in PARAGRAPH_LABELS


def _runs(found: Sequence[int]) -> Iterator[list[int]]:
    """Words of the page in the text's order, in runs that follow each other on the page."""
    run: list[int] = []
    for at in found:
        if run and not run[-1] <= at <= run[-1] + MAX_GAP:
            yield run
            run = []
        run.append(at)
    if run:
        yield run


def _columns(lines: tuple[PreciseBox, ...], height: float) -> Iterator[PreciseBox]:
    """Lines that follow each other downwards, as one box."""
    box = lines[0]
    for before, line in pairwise(lines):
        if line[1] < before[1] - height:
            yield box
            box = line
        else:
            box = (min(box[0], line[0]), min(box[1], line[1]), max(box[2], line[2]), max(box[3], line[3]))
    yield box
