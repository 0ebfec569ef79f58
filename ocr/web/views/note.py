"""The note's value: the line above the text, and what it offers to do about a page."""

from __future__ import annotations

from typing import Any

from ocr.config.profiles import Model, read_options
from ocr.i18n import gettext
from ocr.web.state.browser_names import name
from ocr.web.state.page_state import PageState
from ocr.web.state.session import Session
from ocr.web.views import messages
from ocr.web.views.engine_status import Engine
from ocr.web.views.remedies import remedy

Value = dict[str, Any]


def note(session: Session, page: PageState | None, engine: Engine) -> Value:
    """The line above the text: the page's state, what it means, and what can be done about it."""
    if page is None:
        return {"page": "", "state": "", "word": "", "retried": "", "figures": "", "text": "", "act": "", "compare": 0}
    run = session.reader(page.page)
    offered = remedy(page, session.first)
    ready = engine.problem is None and session.server_problem is None
    before = run.pages_ahead(page.page, session.shown) if run else None
    return {
        "page": name(page.page),
        "state": page.status.value,
        "word": messages.STATES[page.status],
        "retried": messages.retried(page),
        "figures": messages.figures(page),
        "text": messages.note(page, before, starting=not engine.settled, ready=ready),
        "act": "stop" if run else "read" if ready else "",
        "remedy": offered.label if offered else "",
        "fresh": page.request is None,
        "compare": len(session.history.of(page.page).readings),
        **_fields(session, page),
    }


def _fields(session: Session, page: PageState) -> Value:
    """What Read again offers: the models that are there, and what holds where its fields are left empty."""
    request = page.request or session.first
    options = read_options(Model(request.model), request)
    served = [choice for choice in session.choices if choice.served]
    return {
        "model": request.model,
        "models": [{"id": one.id, "name": one.name, "sampling": one.sampling} for one in served],
        "defaults": {
            "longest_side": str(options.longest_side),
            "temperature": gettext("{number:g}", number=options.temperature),
            "max_tokens": str(options.most_tokens) if options.most_tokens else messages.ALL_THAT_FITS,
        },
        "refused": session.refused_again,
    }
