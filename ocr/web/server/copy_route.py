"""What the page copies to the clipboard, over HTTP: a document is too long for the updates of the screen."""

import asyncio
from typing import Any

from starlette.routing import Route

from ocr.web.actions.copy_pages import copied_json, parse_form
from ocr.web.server.json_route import IsKnown, json_route
from ocr.web.server.routes import COPY
from ocr.web.state.browser_names import parse_page_name
from ocr.web.state.session_store import Sessions

COPIES_AT_ONCE = 2
"""A thousand pages take a core for some seconds."""


def copy_route(sessions: Sessions, is_known: IsKnown) -> Route:
    """The route; it takes the session's `key`, the name of a `page`, a `form` and `whole`."""
    room = asyncio.Semaphore(COPIES_AT_ONCE)

    async def copy(asked: dict[str, Any]) -> bytes | None:
        form = parse_form(asked.get("form"))
        session, page = sessions.find(asked.get("key")), parse_page_name(asked.get("page"))
        if form is None or session is None or page is None or page not in session.pages:
            return None
        session.touch()
        async with room:
            return await copied_json(session, page, form, whole=asked.get("whole") is True)

    return json_route(COPY, is_known, copy)
