"""The comparison's value: two readings of the page on the desk beside each other, while somebody looks at them."""

from __future__ import annotations

from typing import Any

from ocr.config.profiles import RETRY_SCALE, TESSERACT, Model, profile_for, read_options
from ocr.types import PageId
from ocr.web.state.browser_names import name
from ocr.web.state.page_history import PageHistory
from ocr.web.state.page_state import PageState, PageStatus
from ocr.web.state.session import Session
from ocr.web.views import comparison_text, engine_messages, messages
from ocr.web.views.engine_status import Engine
from ocr.web.views.remedies import LARGEST, SHARPER

OTHERS = 3
"""Models that are offered at one press; the others are in the menu."""
WARMER = 0.5
"""The temperature that is offered, unless the page was read at it or a higher one."""

Value = dict[str, Any]

CLOSED: Value = {
    "open": False, "page": "", "key": "", "readings": [], "a": 0, "b": 0, "own": 0, "state": "", "first": "",
    "text": "", "rows": [], "said": "", "act": "", "offers": [],
}  # fmt: skip
"""What is sent while nobody looks."""


def compare(session: Session, page: PageState | None, engine: Engine) -> Value:
    """The pair that is compared; where there is none, or the second is still being read, what there is of it."""
    if page is None or not session.history.open:
        return CLOSED
    history = session.history.of(page.page)
    value = CLOSED | {"open": True, "page": name(page.page), "readings": _readings(history), "own": history.own}
    if session.reader(page.page):
        reading, before = page.status is PageStatus.READING, history.own or max(history.readings, default=0)
        return value | {
            "a": before,
            "first": history.readings[before].result.markdown if before else "",
            "state": page.status.value,
            "text": page.markdown if reading else "",
            "said": comparison_text.growing(page) if reading else messages.note(page, _before(session, page.page)),
        }
    able = engine.settled and engine.problem is None and session.server_problem is None
    value |= {"act": "read" if able else "", "offers": offers(session, page) if able else []}
    first, second = history.pair()
    value |= {"a": first or second, "b": second if first else 0, "key": f"{name(page.page)} {first} {second}"}
    if first and second:
        found = session.history.comparison(history.readings[first], history.readings[second])
        rows = [[row.gap, [list(segment) for segment in row.segments]] for row in found.rows]
        value |= {"rows": rows, "said": comparison_text.differ(found)}
    return value


def offers(session: Session, page: PageState) -> list[Value]:
    """Other ways to read a page, at one press each: what it says on the button, and what it asks for."""
    if page.request is None:
        return []
    request = page.request
    profile, options = profile_for(Model(request.model)), read_options(Model(request.model), request)
    others = [one for one in session.choices if one.served and one.id != request.model]
    found: list[Value] = [{"label": comparison_text.with_model(one.name), "model": one.id} for one in others[:OTHERS]]
    larger = profile is TESSERACT or options.longest_side < profile.longest_side  # a server shrinks what is larger
    side = min(LARGEST, round(options.longest_side * (SHARPER if larger else RETRY_SCALE)))
    if side != options.longest_side:
        found.append({"label": comparison_text.at_size(side), "longest_side": str(side)})
    if profile is not TESSERACT:
        warm = WARMER if options.temperature < WARMER else profile.temperature
        found.append({"label": comparison_text.at_temperature(warm), "temperature": f"{warm:g}"})
    return found


def _readings(history: PageHistory) -> list[Value]:
    """Each as the lists name it, and what it took."""
    return [
        {
            "number": number,
            "name": engine_messages.short(reading.request.model if reading.request else ""),
            "how": comparison_text.asked(reading),
            "took": comparison_text.took(reading),
        }
        for number, reading in history.readings.items()
    ]


def _before(session: Session, page: PageId) -> int | None:
    run = session.reader(page)
    return run.pages_ahead(page, session.shown) if run else None
