"""The library over HTTP: its list, its thumbnails, deleting and undoing; of a private page alone."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ocr.errors import OutputError
from ocr.web.actions.session_library import SessionLibrary
from ocr.web.locale.translation import parse_language
from ocr.web.server.error_responses import refusal
from ocr.web.server.routes import LIBRARY

Endpoint = Callable[[Request, SessionLibrary], Awaitable[Response]]


def library_routes(library: SessionLibrary | None) -> list[Route]:
    """The routes; without a library, as on every page with a password, each answers that there is nothing."""

    def route(path: str, method: str, endpoint: Endpoint) -> Route:
        async def answer(request: Request) -> Response:
            if library is None:
                return PlainTextResponse("There is nothing here.", 404)
            try:
                return await endpoint(request, library)
            except OutputError as error:
                return refusal(507, error, dict(request.scope["headers"]))

        return Route(f"{LIBRARY}{path}", answer, methods=[method])

    return [
        route("", "GET", _list),
        route("/{number:int}/thumbnail", "GET", _thumbnail),
        route("/{number:int}/delete", "POST", _delete),
        route("/{number:int}/undo", "POST", _undo),
        route("/notice/dismiss", "POST", _dismiss_notice),
    ]


async def _list(request: Request, library: SessionLibrary) -> Response:
    """The list for `language`, with the hits of `query`; nothing where the browser has it already."""
    query, language = request.query_params.get("query", ""), parse_language(request.query_params.get("language"))
    known = request.headers.get("if-none-match", "").strip('"')
    version, listed = await library.listing(query, language, known)
    headers = {"ETag": f'"{version}"', "Cache-Control": "no-cache"} if version else {"Cache-Control": "no-store"}
    if listed is None:
        return Response(status_code=304, headers=headers)
    return Response(listed, media_type="application/json", headers=headers)


async def _thumbnail(request: Request, library: SessionLibrary) -> Response:
    path = await library.thumbnail(request.path_params["number"])
    if path is None:
        return PlainTextResponse("There is nothing here.", 404)
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


async def _delete(request: Request, library: SessionLibrary) -> Response:
    await library.delete(request.path_params["number"])
    return JSONResponse({})


async def _undo(request: Request, library: SessionLibrary) -> Response:
    await library.library.run(library.library.undo, request.path_params["number"])
    return JSONResponse({})


async def _dismiss_notice(request: Request, library: SessionLibrary) -> Response:
    await library.dismiss_notice()
    return JSONResponse({})
