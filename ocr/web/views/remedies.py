"""What helps a page that did not come out well: one way for each, at one press."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ocr.config.profiles import MIN_RETRY_PIXELS, RETRY_SCALE, TESSERACT, Model, profile_for, read_options
from ocr.config.read_request import ReadRequest
from ocr.i18n import gettext
from ocr.web.state.page_state import PageState, PageStatus

SHARPER = 1.5
"""How many times the pixels of a side a page gets in which no text was found."""
LARGEST = 4096
"""Pixels; beyond, a page costs more than it shows."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button beside the page's state."""

    label: str
    request: ReadRequest


def remedy(page: PageState, first: ReadRequest) -> Remedy | None:
    """What to offer; None for a page that is well, or under way.

    `first` is how a page is asked for that never was before.
    """
    request = page.request or first
    if page.error is not None:
        return Remedy(gettext("Read page again"), request)
    match page.status:
        case PageStatus.WAITING:
            return Remedy(gettext("Read this page"), request)
        case PageStatus.CANCELLED:
            return Remedy(gettext("Read from the start"), request)
        case PageStatus.BLANK:
            return _sharper(request)
        case PageStatus.TRUNCATED:
            limited = request.max_tokens is not None
            lifted = replace(request, max_tokens=None)
            without = Remedy(gettext("Read page again without the token limit"), lifted)
            return without if limited else _coarser(page, request)
        case PageStatus.REPEATED:
            return _coarser(page, request)
    return None


def _coarser(page: PageState, request: ReadRequest) -> Remedy:
    """Fewer pixels than it was asked for with, be it at the ladder's end (retry.py)."""
    tried = [one.longest_side for one in page.result.tries] if page.result else []
    side = round(min([read_options(Model(request.model), request).longest_side, *tried]) * RETRY_SCALE)
    if profile_for(Model(request.model)) is TESSERACT or side < MIN_RETRY_PIXELS:
        return Remedy(gettext("Read page again"), request)
    return _sized(request, side)


def _sharper(request: ReadRequest) -> Remedy:
    now = read_options(Model(request.model), request).longest_side
    side = min(LARGEST, round(now * SHARPER))
    if side <= now:
        return Remedy(gettext("Read page again"), request)
    return _sized(request, side)


def _sized(request: ReadRequest, side: int) -> Remedy:
    return Remedy(gettext("Read page again at {side} px", side=side), replace(request, longest_side=side))
