"""Where files are sent to, in place of Gradio's own route: into our folder, and of aborted ones nothing stays."""

from __future__ import annotations

from collections.abc import Callable

from gradio.routes import App
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ocr.ui.bodies import SlowBody
from ocr.ui.multipart import BadMultipart, TooManyBytes
from ocr.ui.refusals import refusal
from ocr.ui.routes import UPLOAD
from ocr.ui.uploads import Uploads
from ocr.wording import say


def upload_route(uploads: Uploads, limit_bytes: int, is_known: Callable[[Request], bool]) -> Route:
    """The route; it answers with the list of paths that `gradio_client` and the page expect.

    Args:
        uploads: takes the files.
        limit_bytes: of one upload's files.
        is_known: whether a request's visitor has logged in, or need not.
    """

    async def upload(request: Request) -> Response:
        headers = dict(request.scope["headers"])
        if not is_known(request):
            return PlainTextResponse("Log in first.", 401)
        try:
            kind = request.headers.get("content-type", "")
            return JSONResponse(await uploads.receive(request.stream(), kind, limit_bytes))
        except BadMultipart as error:
            return PlainTextResponse(f"Not an upload: {error}.", 400)
        except TooManyBytes:
            happened = say("Larger than {limit} MB.", limit=limit_bytes // 1_000_000)
            return refusal(413, happened, say("Split it, or save it smaller."), headers)
        except SlowBody:
            return slow(headers)
        except OSError:
            return refusal(507, say("The server has no room for the file."), say("Try again later."), headers)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it

    return Route(UPLOAD, upload, methods=["POST"])


def slow(headers: dict[bytes, bytes]) -> PlainTextResponse:
    """What is said of a body that comes too slowly."""
    return refusal(408, say("It came too slowly."), say("Try again over a better connection."), headers)


def is_known(app: App, request: Request) -> bool:
    """Whether the visitor has logged in at Gradio's own log-in, or there is none."""
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return app.auth is None or any(request.cookies.get(name) in app.tokens for name in names)
