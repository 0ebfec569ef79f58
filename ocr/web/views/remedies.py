"""What helps a page that did not come out well: one way for each, at one press."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ocr.config.profiles import MIN_RETRY_PIXELS, RETRY_SCALE, TESSERACT, Model, profile_for, read_options
from ocr.i18n import say
from ocr.web.state.page_state import PageState, PageStatus, Wish

SHARPER = 1.5
"""How many times the pixels of a side a page gets in which no text was found."""
LARGEST = 4096
"""Pixels; beyond, a page costs more than it shows."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button beside the page's state."""

    label: str
    wish: Wish


def remedy(page: PageState, first: Wish) -> Remedy | None:
    """What to offer; None for a page that is well, or under way.

    `first` is how a page is asked for that never was before.
    """
    wish = page.wish or first
    if page.error is not None:
        return Remedy(say("Read page again"), wish)
    match page.status:
        case PageStatus.WAITING:
            return Remedy(say("Read this page"), wish)
        case PageStatus.CANCELLED:
            return Remedy(say("Read from the start"), wish)
        case PageStatus.BLANK:
            return _sharper(wish)
        case PageStatus.TRUNCATED:
            limited = wish.overrides.max_tokens is not None
            lifted = replace(wish, overrides=replace(wish.overrides, max_tokens=None))
            without = Remedy(say("Read page again without the token limit"), lifted)
            return without if limited else _coarser(page, wish)
        case PageStatus.REPEATED:
            return _coarser(page, wish)
    return None


def _coarser(page: PageState, wish: Wish) -> Remedy:
    """Fewer pixels than it was asked for with, be it at the ladder's end (retry.py)."""
    tried = [one.longest_side for one in page.result.tries] if page.result else []
    side = round(min([read_options(Model(wish.model), wish.overrides).longest_side, *tried]) * RETRY_SCALE)
    if profile_for(Model(wish.model)) is TESSERACT or side < MIN_RETRY_PIXELS:
        return Remedy(say("Read page again"), wish)
    return _sized(wish, side)


def _sharper(wish: Wish) -> Remedy:
    now = read_options(Model(wish.model), wish.overrides).longest_side
    side = min(LARGEST, round(now * SHARPER))
    if side <= now:
        return Remedy(say("Read page again"), wish)
    return _sized(wish, side)


def _sized(wish: Wish, side: int) -> Remedy:
    return Remedy(
        say("Read page again at {side} px", side=side),
        replace(wish, overrides=replace(wish.overrides, longest_side=side)),
    )
