"""The value of the comparison: two readings of the current page side by side."""

import zlib
from typing import Any

from ocr.config.profiles import RETRY_SCALE, TESSERACT, Model, profile_for, read_options, whole_patches
from ocr.i18n import gettext
from ocr.types import PageId
from ocr.web.state.browser_names import page_name
from ocr.web.state.page_history import PageHistory
from ocr.web.state.page_state import PageState, PageStatus, Reading
from ocr.web.state.session import Session
from ocr.web.views import comparison_text, engine_messages, messages
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.retry_suggestions import LARGER_SCALE, MAX_LONGEST_SIDE_PX

MAX_OTHER_MODELS = 3
"""Models that are offered at one press; the others are in the menu."""
HIGHER_TEMPERATURE = 0.5
"""The temperature that is offered, unless the page was read at it or a higher one."""

CLOSED: dict[str, Any] = {
    "open": False, "page": "", "key": "", "readings": [], "a": 0, "b": 0, "own": 0, "state": "", "first": "",
    "text": "", "rows": "[]", "said": "", "act": "", "offers": [],
}  # fmt: skip
"""What is sent while nobody looks."""


def compare(session: Session, page: PageState | None, engine: EngineStatus) -> dict[str, Any]:
    """The pair that is compared; where there is none, or the second is still being read, what there is of it."""
    if page is None or not session.history.open:
        return CLOSED
    history = session.history.of(page.page)
    value = CLOSED | {"open": True, "page": page_name(page.page), "readings": _readings(history), "own": history.own}
    if session.reader(page.page):
        reading, before = page.status is PageStatus.READING, history.own or max(history.readings, default=0)
        return value | {
            "a": before,
            "first": history.readings[before].result.markdown if before else "",
            "state": page.status.value,
            "text": page.markdown if reading else "",
            "said": comparison_text.in_progress(page)
            if reading
            else messages.status_text(page, _before(session, page.page)),
        }
    able = engine.settled and engine.problem is None and session.server_problem is None
    value |= {"act": "read" if able else "", "offers": offers(session, page) if able else []}
    first, second = history.pair()
    value |= {"a": first or second, "b": second if first else 0, "key": f"{page_name(page.page)} {first} {second}"}
    if first and second:
        value["key"] += f" {_text_hash(history.readings[first])} {_text_hash(history.readings[second])}"
        found = session.history.comparison(history.readings[first], history.readings[second])
        value |= {"rows": found.rows_json, "said": comparison_text.differences_summary(found)}
    return value


def offers(session: Session, page: PageState) -> list[dict[str, Any]]:
    """Other ways to read a page, at one press each: what it says on the button, and what it asks for."""
    if page.request is None:
        return []
    request = page.request
    profile, options = profile_for(Model(request.model)), read_options(Model(request.model), request)
    others = [one for one in session.choices if one.served and one.id != request.model]
    found: list[dict[str, Any]] = [
        {"label": gettext("Read with {model}", model=one.name), "model": one.id} for one in others[:MAX_OTHER_MODELS]
    ]
    larger = profile is TESSERACT or options.longest_side < profile.longest_side  # a server shrinks what is larger
    scaled = min(MAX_LONGEST_SIDE_PX, options.longest_side * (LARGER_SCALE if larger else RETRY_SCALE))
    side = whole_patches(scaled, options.patch_pixels)
    if side != options.longest_side:
        found.append({"label": gettext("Read at {side} px", side=side), "longest_side": str(side)})
    if profile is not TESSERACT:
        warm = HIGHER_TEMPERATURE if options.temperature < HIGHER_TEMPERATURE else profile.temperature
        found.append({"label": gettext("Read at temperature {number:g}", number=warm), "temperature": f"{warm:g}"})
    return found


def _readings(history: PageHistory) -> list[dict[str, Any]]:
    """Each as the lists name it, and what it took."""
    return [
        {
            "number": number,
            "name": _name(reading),
            "how": comparison_text.request_summary(reading),
            "took": comparison_text.result_summary(reading),
        }
        for number, reading in history.readings.items()
    ]


def _text_hash(reading: Reading) -> int:
    """Changes when the reading is corrected, which keeps its number."""
    return zlib.crc32(reading.result.markdown.encode(errors="replace"))


def _name(reading: Reading) -> str:
    """The model that read it, and whether somebody has changed the text since."""
    model = engine_messages.short_name(reading.request.model if reading.request else "")
    return gettext("by hand, after {model}", model=model) if reading.result.corrected else model


def _before(session: Session, page: PageId) -> int | None:
    run = session.reader(page)
    return run.pages_ahead(page, session.shown) if run else None
