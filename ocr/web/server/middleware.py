"""The middleware before Gradio: which requests are let through, with what limits and response headers."""

import re
import secrets
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from gradio.queueing import Queue
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ocr.config.settings import Settings
from ocr.i18n import gettext
from ocr.web.server.error_responses import refusal
from ocr.web.server.event_streams import LAST_EVENT_ID, EventStreams
from ocr.web.server.mcp_auth import refuse_call
from ocr.web.server.origins import is_foreign
from ocr.web.server.request_bodies import SlowBody, parse_event, read_body, replay, with_minimum_rate
from ocr.web.server.response_headers import HardenedSend
from ocr.web.server.routes import FILE, JOIN, LOGIN, STATE_CHANGING_GETS, STREAM, TOOL, UPLOAD, is_open
from ocr.web.server.stream_ends import StreamEnds
from ocr.web.server.upload_route import RETRY_AFTER_S, client_address
from ocr.web.state.login_throttle import LoginThrottle
from ocr.web.state.session_store import Sessions
from ocr.web.state.visitor_limits import NEW_TABS_WINDOW_S
from ocr.web.state.visitors import LimitReached

EVENT_LIMIT_BYTES = 256 * 1024
"""Of a posted event: a page range, a model's name, a click."""
TOOL_LIMIT_BYTES = 16 * 1024 * 1024
"""Of a language model's call: it may contain a document as a data URL. Larger ones are uploaded."""
FORM_LIMIT_BYTES = 16 * 1024
"""Of everything else that is posted: a name and a password."""
ENVELOPE_BYTES = 64 * 1024
"""Multipart headers around an uploaded file."""

RECEIVED = re.compile(rb"[0-9]{1,12}")
"""The number of the last message that a page has received."""

Headers = dict[bytes, bytes]


def middleware(settings: Settings, sessions: Sessions, queue: Callable[[], Queue]) -> list[Middleware]:
    """The middleware of one app; of the sessions' files only their public folder is served."""
    guard = Middleware(RequestGuard, settings=settings, sessions=sessions, queue=queue)
    hosts = trusted_hosts(settings)
    return [Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False), guard] if hosts else [guard]


def trusted_hosts(settings: Settings) -> list[str]:
    """Host names the page answers to; empty means any, which only a public address without a list gets."""
    here = ["localhost", "127.0.0.1", "[::1]", "::1"]  # Gradio's own check at start asks for one of them
    if settings.public and not settings.allowed_hosts:
        return []
    return [*here, *settings.allowed_hosts, *([] if settings.public else [settings.host])]


class RequestGuard:
    """ASGI middleware: an allow-list of routes, no requests of other sites, bounds on what is posted, safe answers."""

    def __init__(self, app: ASGIApp, *, settings: Settings, sessions: Sessions, queue: Callable[[], Queue]) -> None:
        self.app, self.settings, self.sessions, self.logins = app, settings, sessions, LoginThrottle()
        self.streams, self.stream_ends = EventStreams(app, queue), StreamEnds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the headers set."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # this screen has no web sockets: the server refuses the handshake
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        headers, address = dict(scope["headers"]), client_address(scope)
        secure = scope["scheme"] == "https"
        send = HardenedSend(send, path, secrets.token_urlsafe(16), framed=self.settings.public, secure=secure)
        refused = self._refuse(scope["method"], path, headers, address)
        if refused is not None:
            await refused(scope, receive, send)
            return
        visitors = self.sessions.visitors
        try:
            # A language model's call is one request from its document to its result.
            reading = visitors.reads.counted(address) if path.startswith(TOOL) else nullcontext()
            with visitors.requests.counted(address), reading:
                await self._answer(scope, with_minimum_rate(receive), send, path)
        except LimitReached as error:
            await refusal(429, error, headers, retry_after_s=RETRY_AFTER_S)(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: HardenedSend, path: str) -> None:
        """Take the body of what is posted, look at it, and pass it on."""
        headers, address = dict(scope["headers"]), client_address(scope)
        refused: Response | None = None
        outgoing: Send = send
        if path == STREAM:
            tab = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[-1]
            if received := RECEIVED.fullmatch(headers.get(LAST_EVENT_ID, b"")):
                await self.streams.resume(scope, receive, send, tab, int(received[0]))
                return
            outgoing = self.stream_ends.track(tab, send)
        if scope["method"] == "POST" and path != UPLOAD:
            try:
                body = await read_body(receive, body_limit_bytes(path))
            except SlowBody as error:
                body, refused = b"", refusal(408, error, headers)
            if body is None:
                body, refused = b"", PlainTextResponse("Too long.", 413)
            if refused is None and path.startswith((JOIN, TOOL)):
                event, refused = parse_event(body, self.sessions.uploads)
                refused = refused or (self._refuse_tab(event, headers, address) if path == JOIN else None)
                if refused is None and path == JOIN and isinstance(event, dict):
                    outgoing = self.stream_ends.delay(str(event.get("session_hash")), send)
            receive = replay(body, receive)
        await (refused or self.app)(scope, receive, outgoing)
        if LOGIN.fullmatch(path) and scope["method"] == "POST" and send.status == 200:
            self.logins.succeed(address)

    def _refuse_tab(self, event: Any, headers: Headers, address: str) -> Response | None:
        """Whether a tab is one too many; Gradio's page expects what is wrong as JSON."""
        tab, data = (event.get("session_hash"), event.get("event_data")) if isinstance(event, dict) else (None, None)
        key = data.get("key") if isinstance(data, dict) else None
        if not isinstance(tab, str) or self.sessions.admit(tab, address, key):
            return None
        error = LimitReached(
            gettext("Too many tabs of this page are open from your address."),
            gettext("Close some or remove their documents, then wait five minutes."),
        )
        return refusal(429, error, headers, retry_after_s=NEW_TABS_WINDOW_S, as_json=True)

    def _refuse(self, method: str, path: str, headers: Headers, address: str) -> Response | None:
        if is_foreign(method, path, headers):
            return PlainTextResponse("Another site may not do this.", 403)
        if STATE_CHANGING_GETS.fullmatch(path) and headers.get(b"sec-fetch-dest", b"document") != b"document":
            return PlainTextResponse("There is nothing here.", 404)
        if self.settings.mcp and path in (TOOL, f"{TOOL}/"):
            return self._refuse_tool(method, headers, address)
        served = method in ("GET", "HEAD") and path.startswith(FILE) and self._serves(path)
        if not served and not is_open(method, path):
            return PlainTextResponse("There is nothing here.", 404)
        if method == "POST" and LOGIN.fullmatch(path):
            return self._refuse_login(headers, address)
        return self._refuse_upload(headers) if path == UPLOAD else None

    def _refuse_tool(self, method: str, headers: Headers, address: str) -> Response | None:
        """Whether a language model's call is refused; a wrong password counts as one does at the log-in."""
        tries = self.settings.auth and b"authorization" in headers
        if tries and (refused := self._refuse_login(headers, address)):
            return refused
        refused = refuse_call(method, headers, self.settings.auth)
        if tries and (refused is None or refused.status_code != 401):
            self.logins.succeed(address)
        return refused

    def _refuse_login(self, headers: Headers, address: str) -> Response | None:
        wait_s = self.logins.begin(address)
        if not wait_s:
            return None
        happened = gettext("Too many wrong passwords were sent from your address.")
        error = LimitReached(happened, gettext("Wait a minute, then try again."))
        return refusal(429, error, headers, retry_after_s=wait_s)

    def _refuse_upload(self, headers: Headers) -> Response | None:
        length = headers.get(b"content-length", b"")
        if not length.isdigit():
            return PlainTextResponse("Say how long the file is.", 411)
        if int(length) > self.settings.max_file_mb * 1_000_000 + ENVELOPE_BYTES:
            return PlainTextResponse("The file is larger than the limit.", 413)
        return None

    def _serves(self, path: str) -> bool:
        """Whether this is a file of a session's public folder; its name there is a secret of the visitor."""
        file = Path(path.removeprefix(FILE))
        return file.is_absolute() and file.resolve().is_relative_to(self.sessions.public)


def body_limit_bytes(path: str) -> int:
    """The most that may be posted to this path, uploads aside."""
    if path.startswith(TOOL):
        return TOOL_LIMIT_BYTES
    return EVENT_LIMIT_BYTES if path == JOIN else FORM_LIMIT_BYTES
