"""Routes to which a page's script posts JSON, for answers that are too long for the updates of the screen."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

IsKnown = Callable[[Request], bool]
"""Whether a request's visitor has logged in, or need not."""


def json_route(
    path: str, is_known: IsKnown, answer: Callable[[dict[str, Any]], Awaitable[str | bytes | None]]
) -> Route:
    """A route that takes a JSON object and answers with JSON that nobody keeps.

    `answer` has the fields that were posted, which may be anything, and returns JSON; None where there is nothing: the
    status is 404 then. It is 401 without a login, and 400 where no object was posted.
    """

    async def respond(request: Request) -> Response:
        if not is_known(request):
            return PlainTextResponse("Log in first.", 401)
        try:
            asked = dict(await request.json())
        except (ValueError, TypeError, RecursionError):  # the last of lists within lists
            return PlainTextResponse("A JSON object is expected.", 400)
        body = await answer(asked)
        if body is None:
            return PlainTextResponse("There is nothing here.", 404)
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})

    return Route(path, respond, methods=["POST"])
