"""Parse page ranges such as `1,3-5,8-`."""

import re
from collections.abc import Iterable

from ocr.errors import UsageError
from ocr.i18n import gettext, ngettext

RANGE = re.compile(r"\s*+([0-9]++)?\s*+(?:([-–])\s*+([0-9]++)?\s*+)?")
"""`3`, `3-5`, `8-`, `-3`; also, by what it leaves optional, nothing and `-`."""

MAX_SELECTION_CHARS = 10_000
"""What is longer could be written shorter: it would take longer to read than a page to show."""

BEYOND = 10**9
"""More pages than any document has."""

EXAMPLE = gettext('Enter page numbers and ranges such as "1,3-5,8-".')


def select_pages(text: str | None, count: int) -> tuple[int, ...]:
    """Page numbers, from 1, ascending, each once, of a document of `count` pages: `1,3-5,8-`; nothing means all.

    Pages past the end are left out.

    Raises:
        UsageError: with what is wrong and an example.
    """
    if text is None or not text.strip():
        return tuple(range(1, count + 1))
    pages: list[int] = []
    for first, last in sorted(_bounds(part, count) for part in _parts(text)):
        pages += range(max(first, pages[-1] + 1) if pages else first, min(last, count) + 1)
    if not pages:
        number = ngettext("{count} page", "{count:,} pages", count)
        values = {"asked": text.strip(), "number": number}
        raise UsageError(gettext('None of the pages "{asked}" exist: the document has {number}.', **values), EXAMPLE)
    return tuple(pages)


def page_ranges(numbers: Iterable[int]) -> str:
    """Page numbers as people write them: `1-4,9`."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ",".join(f"{first}-{last}" if first < last else f"{first}" for first, last in ranges)


def check_selection(text: str | None) -> None:
    """Refuse what makes no sense for a document of any length, before one is opened.

    Raises:
        UsageError: with what is wrong and an example.
    """
    if text and text.strip():
        for part in _parts(text):
            _bounds(part, BEYOND)


def _parts(text: str) -> list[str]:
    """What stands between the commas."""
    if len(text) > MAX_SELECTION_CHARS:
        message = gettext("The page range has more than {number:,} characters.", number=MAX_SELECTION_CHARS)
        raise UsageError(message, EXAMPLE)
    return text.split(",")


def _bounds(part: str, count: int) -> tuple[int, int]:
    """First and last page of one part of a selection."""
    match = RANGE.fullmatch(part)
    if match is None or not (match[1] or match[3]):
        raise UsageError(gettext('"{part}" is not a page number or range.', part=part.strip()), EXAMPLE)
    first = _number(match[1]) if match[1] else 1
    last = _number(match[3]) if match[3] else count if match[2] else first
    if first == 0 or (match[3] and last == 0):
        raise UsageError(gettext('"{part}": pages are numbered from 1.', part=part.strip()), EXAMPLE)
    if match[3] and last < first:
        raise UsageError(gettext('"{part}": the first page comes after the last.', part=part.strip()), EXAMPLE)
    return first, last


def _number(digits: str) -> int:
    """The value of digits, or one beyond every document's last page: Python refuses to convert very long numbers."""
    return int(digits) if len(digits) <= 9 else BEYOND
