"""The headings of a document, over HTTP: those of a long one are too many for every update of the screen."""

import asyncio
import json
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ocr.web.server.routes import OUTLINE
from ocr.web.state.outline import Heading
from ocr.web.state.session_store import Sessions


def outline_route(sessions: Sessions, is_known: Callable[[Request], bool]) -> Route:
    """The route; it takes JSON with the session's `key`, a `document`, and the `revision` that the browser has.

    It answers with the latest `revision`, and in `pages` with the number and the headings of each page that has others
    since then: level, index of the paragraph, text.

    Args:
        sessions: of the app.
        is_known: whether a request's visitor has logged in, or need not.
    """

    async def outline(request: Request) -> Response:
        if not is_known(request):
            return PlainTextResponse("Log in first.", 401)
        try:
            asked = dict(await request.json())
        except (ValueError, TypeError, RecursionError):  # the last of lists within lists
            return PlainTextResponse("Not a request for an outline.", 400)
        document, revision = asked.get("document"), asked.get("revision")
        session = sessions.find(asked.get("key"))
        if session is None or not isinstance(revision, int) or not isinstance(document, int):
            return PlainTextResponse("There is nothing here.", 404)
        session.touch()
        found = session.outline.of(document)
        body = await asyncio.to_thread(_json, found.latest, found.since(revision))
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})

    return Route(OUTLINE, outline, methods=["POST"])


def _json(revision: int, pages: Sequence[tuple[int, Sequence[Heading]]]) -> str:
    return json.dumps({"revision": revision, "pages": pages}, ensure_ascii=True, separators=(",", ":"))
