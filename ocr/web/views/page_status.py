"""The page status: the line above the text, and what it offers to do about a page."""

from typing import Any

from ocr.config.profiles import LLAMA_OWNER, Model, read_options
from ocr.web.state.browser_names import page_name
from ocr.web.state.page_state import PageState
from ocr.web.state.session import Session
from ocr.web.views import messages
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.model_choices import option_values, options_in_use
from ocr.web.views.retry_suggestions import suggest_retry


def page_status(session: Session, page: PageState | None, engine: EngineStatus) -> dict[str, Any]:
    """The line above the text: the page's state, what it means, and what can be done about it."""
    if page is None:
        return {"page": "", "state": "", "word": "", "retried": "", "figures": "", "text": "", "act": "", "compare": 0}
    run = session.reader(page.page)
    offered = suggest_retry(page, session.first)
    ready = engine.problem is None and session.server_problem is None
    before = run.pages_ahead(page.page, session.shown) if run else None
    name = page.request.model if page.request else ""
    paused = engine.away_s(options_in_use(session, name)) is not None
    model = next((model for model in session.models if model.id == name), None)
    looking = messages.looking(engine.last_page_s.get(name)) if model and model.owned_by == LLAMA_OWNER else ""
    return {
        "page": page_name(page.page),
        "state": page.status.value,
        "word": messages.STATES[page.status],
        "retried": messages.retried(page),
        "figures": messages.figures(page),
        "text": messages.status_text(
            page, before, starting=not engine.settled, ready=ready, paused=paused, looking=looking
        ),
        "act": "stop" if run else "read" if ready else "",
        "suggestion": offered.label if offered else "",
        "fresh": page.request is None,
        "compare": len(session.history.of(page.page).readings),
        **_fields(session, page),
    }


def _fields(session: Session, page: PageState) -> dict[str, Any]:
    """What Read again offers: the models that are there, and what holds where its fields are left empty."""
    request = page.request or session.first
    options = read_options(Model(request.model), request)
    served = [choice for choice in session.choices if choice.served]
    return {
        "model": request.model,
        "models": [{"id": one.id, "name": one.name, "sampling": one.sampling} for one in served],
        "defaults": option_values(options),
        "refused": session.refused_again,
    }
