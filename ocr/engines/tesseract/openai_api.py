"""The HTTP side: the routes of vLLM's OpenAI-compatible API that a reader of pages needs."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ocr.engines.tesseract.openai_schema import (
    DONE,
    MAX_BODY,
    Answer,
    ApiError,
    PageRequest,
    event,
    model_list,
    parse_request,
)
from ocr.engines.tesseract.process_pool import Pool, WorkerFailed

log = logging.getLogger(__name__)


def create_app(pool: Pool, api_key: str | None = None) -> Starlette:
    """The API over a started pool; with `api_key`, everything under /v1 asks for it as bearer token."""

    async def chat_completions(request: Request) -> Response:
        return await complete(request, pool)

    routes = [
        Route("/health", health),
        Route("/v1/models", models),
        Route("/v1/chat/completions", chat_completions, methods=["POST"]),
    ]
    handlers = {ApiError: _api_error, HTTPException: _http_error}
    middleware = [Middleware(RequireKey, key=api_key)] if api_key else []
    return Starlette(routes=routes, exception_handlers=handlers, middleware=middleware)


async def health(request: Request) -> Response:
    """200 and nothing else: it is only reached once all workers are up."""
    return Response()


async def models(request: Request) -> Response:
    """The one model."""
    return JSONResponse(model_list())


async def complete(request: Request, pool: Pool) -> Response:
    """Read one page, streamed or whole."""
    _refuse_if_full(pool)
    page = await asyncio.to_thread(parse_request, await _body(request))
    _refuse_if_full(pool)
    if page.stream:
        return EventStream(stream(pool, page))
    return await _unless_disconnected(request, whole(pool, page))


def _refuse_if_full(pool: Pool) -> None:
    if pool.full:
        raise ApiError(503, "Too many pages are waiting; try again later.")


async def _body(request: Request) -> bytes:
    """The request's body.

    Raises:
        ApiError: 413 as soon as it is known to be too large.
    """
    too_large = ApiError(413, f"The request is larger than {MAX_BODY // 2**20} MiB.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_BODY:
        raise too_large
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise too_large
    return bytes(body)


class Budget:
    """What `max_tokens` leaves of an answer. A token is a word with the white space before it."""

    def __init__(self, tokens: int) -> None:
        """Allow this many tokens."""
        self._left = tokens
        self.used = 0
        self.exceeded = False
        """Whether something had to be cut off."""

    def take(self, text: str) -> str:
        """As much of `text` as is still allowed."""
        words = list(re.finditer(r"\S+", text))
        if len(words) > self._left:
            self.exceeded = True
            text = text[: words[self._left - 1].end()] if self._left else ""
            words = words[: self._left]
        self._left -= len(words)
        self.used += len(words)
        return text


async def stream(pool: Pool, page: PageRequest) -> AsyncGenerator[str, None]:
    """The server-sent events of one answer."""
    answer, budget = Answer.new(), Budget(page.max_tokens)
    yield answer.chunk({"role": "assistant", "content": ""})
    try:
        async with aclosing(pool.read(page)) as texts:
            async for text in texts:
                yield answer.chunk({"content": budget.take(text)})
                if budget.exceeded:
                    break
    except WorkerFailed as error:
        log.error("A page failed: %s", error)  # noqa: TRY400 - one line, not a traceback
        yield event(ApiError(500, f"The page could not be read: {error}").body())
    else:
        yield answer.chunk({}, _finish(budget))
        if page.include_usage:
            yield answer.usage_chunk(budget.used)
    yield DONE


async def whole(pool: Pool, page: PageRequest) -> Response:
    """The whole answer at once."""
    answer, budget, pieces = Answer.new(), Budget(page.max_tokens), list[str]()
    try:
        async with aclosing(pool.read(page)) as texts:
            async for text in texts:
                pieces.append(budget.take(text))
                if budget.exceeded:
                    break
    except WorkerFailed as error:
        log.error("A page failed: %s", error)  # noqa: TRY400 - one line, not a traceback
        raise ApiError(500, f"The page could not be read: {error}") from error
    return JSONResponse(answer.whole("".join(pieces), _finish(budget), budget.used))


def _finish(budget: Budget) -> str:
    return "length" if budget.exceeded else "stop"


class EventStream(StreamingResponse):
    """A stream that is closed with its connection, so that the page's worker is freed."""

    def __init__(self, events: AsyncGenerator[str, None]) -> None:
        """Send `events` as they come."""
        super().__init__(events, media_type="text/event-stream")
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, and close the source whichever way that ends."""
        async with aclosing(self._events):
            await super().__call__(scope, receive, send)


async def _unless_disconnected(request: Request, answer: Awaitable[Response]) -> Response:
    """Give up the answer when the client has gone."""
    work = asyncio.ensure_future(answer)
    gone = asyncio.ensure_future(request.receive())  # the body has been read: what follows is the disconnect
    try:
        await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise ClientDisconnect
        return work.result()
    finally:
        gone.cancel()
        work.cancel()


class RequireKey:
    """Answer 401 to requests under /v1 without the bearer token, as vLLM does."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        """Let requests with `key` through to `app`."""
        self._app = app
        self._expected = f"Bearer {key}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request."""
        if scope["type"] == "http" and scope["path"].startswith("/v1"):
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, self._expected):
                await JSONResponse({"error": "Unauthorized"}, 401)(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    headers = {"retry-after": "1"} if error.status == 503 else None
    return JSONResponse(error.body(), error.status, headers)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse(ApiError(error.status_code, error.detail).body(), error.status_code)
