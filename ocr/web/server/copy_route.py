"""What the page copies to the clipboard, over HTTP: a document is too long for the updates of the screen."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ocr.web.actions.copy_pages import copied_json, parse_form
from ocr.web.server.routes import COPY
from ocr.web.state.browser_names import parse_page_name
from ocr.web.state.session_store import Sessions

COPIES_AT_ONCE = 2
"""A thousand pages take a core for some seconds."""


def copy_route(sessions: Sessions, is_known: Callable[[Request], bool]) -> Route:
    """The route; it takes JSON with the session's `key`, the name of a `page`, a `form` and `whole`.

    Args:
        sessions: of the app.
        is_known: whether a request's visitor has logged in, or need not.
    """
    room = asyncio.Semaphore(COPIES_AT_ONCE)

    async def copy(request: Request) -> Response:
        if not is_known(request):
            return PlainTextResponse("Log in first.", 401)
        try:
            asked = dict(await request.json())
        except (ValueError, TypeError, RecursionError):  # the last of lists within lists
            return PlainTextResponse("Not a request for a copy.", 400)
        return await _answer(asked)

    async def _answer(asked: dict[str, Any]) -> Response:
        form = parse_form(asked.get("form"))
        session, page = sessions.find(asked.get("key")), parse_page_name(asked.get("page"))
        if form is None or session is None or page is None or page not in session.pages:
            return PlainTextResponse("There is nothing here.", 404)
        session.touch()
        async with room:
            body = await copied_json(session, page, form, whole=asked.get("whole") is True)
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})

    return Route(COPY, copy, methods=["POST"])
