"""The value of the outline: whether there is anything new; the browser then fetches it (outline_route.py)."""

from typing import Any

from ocr.web.state.browser_names import page_name
from ocr.web.state.session import Session


def outline_value(session: Session) -> dict[str, Any]:
    """What the browser has to know of the outline of the document that is shown."""
    document = session.shown.document if session.shown else -1
    outline = session.outline.of(document)
    return {
        "document": document,
        "revision": outline.latest,
        "count": outline.count,
        "full": bool(outline.cut),
        "shown": page_name(session.shown),
    }
