"""What helps a page that did not come out well: one way for each, at one press."""

from dataclasses import dataclass, replace

from ocr.config.profiles import (
    MIN_RETRY_PIXELS,
    RETRY_SCALE,
    TESSERACT,
    Model,
    profile_for,
    read_options,
    whole_patches,
)
from ocr.config.read_request import ReadRequest
from ocr.i18n import gettext
from ocr.web.state.page_state import ANSWERED, PageState, PageStatus
from ocr.web.views.engine_messages import short_name

LARGER_SCALE = 1.5
"""How many times the pixels of a side a page gets in which no text was found."""
MAX_LONGEST_SIDE_PX = 4096
"""Pixels; beyond, a page costs more than it shows."""


@dataclass(frozen=True, slots=True)
class RetrySuggestion:
    """A button beside the page's state."""

    label: str
    request: ReadRequest


def suggest_retry(page: PageState, first: ReadRequest) -> RetrySuggestion | None:
    """What to offer; None for a page that is well, or under way. Where a better model is there, that.

    `first` is how a page is asked for that never was before.
    """
    request = page.request or first
    if page.status is PageStatus.UNREAD:
        return RetrySuggestion(gettext("Read this page"), request)
    if page.error is not None:
        return RetrySuggestion(gettext("Read page again"), request)
    if page.status in ANSWERED and _by_tesseract(request) and first.model and not _by_tesseract(first):
        label = gettext("Read with {model}", model=short_name(first.model))
        return RetrySuggestion(label, replace(first, rotation=request.rotation))
    match page.status:
        case PageStatus.WAITING:
            return RetrySuggestion(gettext("Read this page"), request)
        case PageStatus.CANCELLED:
            return RetrySuggestion(gettext("Read from the start"), request)
        case PageStatus.BLANK:
            side = read_options(Model(request.model), request).longest_side
            return _at_size(request, max(side, min(MAX_LONGEST_SIDE_PX, side * LARGER_SCALE)))
        case PageStatus.TRUNCATED if request.max_tokens is not None:
            unlimited = replace(request, max_tokens=None)
            return RetrySuggestion(gettext("Read page again without the token limit"), unlimited)
        case PageStatus.TRUNCATED | PageStatus.REPEATED:
            return _with_fewer_pixels(page, request)
    return None


def _by_tesseract(request: ReadRequest) -> bool:
    return profile_for(Model(request.model)) is TESSERACT


def _with_fewer_pixels(page: PageState, request: ReadRequest) -> RetrySuggestion:
    """Fewer pixels than it was asked for with, those of the last retry included (retry.py)."""
    tried = [one.longest_side for one in page.result.tries] if page.result else []
    side = min([read_options(Model(request.model), request).longest_side, *tried]) * RETRY_SCALE
    if _by_tesseract(request) or side < MIN_RETRY_PIXELS:
        return RetrySuggestion(gettext("Read page again"), request)
    return _at_size(request, side)


def _at_size(request: ReadRequest, pixels: float) -> RetrySuggestion:
    options = read_options(Model(request.model), request)
    side = whole_patches(pixels, options.patch_pixels)
    if side == options.longest_side:
        return RetrySuggestion(gettext("Read page again"), request)
    return RetrySuggestion(gettext("Read page again at {side} px", side=side), replace(request, longest_side=side))
