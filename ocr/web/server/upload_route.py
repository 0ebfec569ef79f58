"""The upload route, in place of Gradio's own: into our folder, and aborted uploads are deleted."""

from collections.abc import Callable

from gradio.routes import App
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from ocr.errors import OutputError, UsageError
from ocr.i18n import gettext
from ocr.web.server.error_responses import refusal
from ocr.web.server.request_bodies import SlowBody
from ocr.web.server.routes import UPLOAD
from ocr.web.state.multipart import BadMultipart, TooManyBytes
from ocr.web.state.session_store import Sessions
from ocr.web.state.visitors import LimitReached

RETRY_AFTER_S = 10.0
"""When a client that has reached a limit may try again."""


def upload_route(sessions: Sessions, limit_bytes: int, is_known: Callable[[Request], bool]) -> Route:
    """The route; it answers with the list of paths that `gradio_client` and the page expect.

    Args:
        sessions: their upload folder takes the files.
        limit_bytes: of one upload's files.
        is_known: whether a request's visitor has logged in, or need not.
    """
    limits = sessions.visitors.limits

    async def receive(request: Request) -> list[str]:
        address = client_address(request.scope)
        with sessions.visitors.uploads.counted(address):
            sessions.uploads.check_room(address, limits.waiting, limits.waiting_share * limit_bytes)
            kind = request.headers.get("content-type", "")
            return await sessions.uploads.receive(request.stream(), kind, limit_bytes, address)

    async def upload(request: Request) -> Response:
        headers = dict(request.scope["headers"])
        if not is_known(request):
            return PlainTextResponse("Log in first.", 401)
        try:
            return JSONResponse(await receive(request))
        except BadMultipart as error:
            return PlainTextResponse(f"Not an upload: {error}.", 400)
        except TooManyBytes:
            limit = gettext("Larger than {limit} MB.", limit=limit_bytes // 1_000_000)
            return refusal(413, UsageError(limit, "Split the document or reduce its size."), headers)
        except LimitReached as error:
            return refusal(429, error, headers, retry_after_s=RETRY_AFTER_S)
        except SlowBody as error:
            return refusal(408, error, headers)
        except OSError:
            return refusal(507, OutputError("The server has no space left for the file.", "Try again later."), headers)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it

    return Route(UPLOAD, upload, methods=["POST"])


def client_address(scope: Scope) -> str:
    """The visitor's address: the connection's, or what a trusted proxy says; empty where there is none."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def is_known(app: App, request: Request) -> bool:
    """Whether the visitor has logged in at Gradio's own log-in, or there is none."""
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return app.auth is None or any(request.cookies.get(name) in app.tokens for name in names)
