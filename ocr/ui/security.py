"""What stands between a visitor, or a hostile page's text, and the rest: which requests come through, and how far."""

from __future__ import annotations

import secrets
from collections.abc import Container
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ocr.settings import Settings
from ocr.ui.bodies import SlowBody, paced, read_body, refuse_event, replay
from ocr.ui.door import ToolDoor
from ocr.ui.logins import LoginThrottle
from ocr.ui.origins import is_foreign
from ocr.ui.refusals import refusal
from ocr.ui.responses import HardenedSend
from ocr.ui.routes import ACTS, FILE, JOIN, LOGIN, TOOL, UPLOAD, is_open
from ocr.ui.upload_route import slow
from ocr.wording import say

EVENT_LIMIT_BYTES = 256 * 1024
"""Of a posted event: a page range, a model's name, a click."""
TOOL_LIMIT_BYTES = 16 * 1024 * 1024
"""Of a language model's call: it may hold a document as a data URL. Larger ones are uploaded."""
FORM_LIMIT_BYTES = 16 * 1024
"""Of everything else that is posted: a name and a password."""
ENVELOPE_BYTES = 64 * 1024
"""Multipart headers around an uploaded file."""

Headers = dict[bytes, bytes]


def middleware(settings: Settings, public: Path, uploaded: Container[str]) -> list[Middleware]:
    """The guards of one app; `public` is the one folder that is served, `uploaded` what may be named as a file."""
    largest = settings.max_file_mb * 1_000_000
    tool = ToolDoor(open=settings.mcp, auth=settings.auth)
    guard = Middleware(Guard, public=public, uploaded=uploaded, framed=settings.public, largest_file=largest, tool=tool)
    hosts = trusted_hosts(settings)
    return [Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False), guard] if hosts else [guard]


def trusted_hosts(settings: Settings) -> list[str]:
    """Host names the page answers to; empty means any, which only a public address without a list gets."""
    here = ["localhost", "127.0.0.1", "[::1]", "::1"]  # Gradio's own check at start asks for one of them
    if settings.public and not settings.allowed_hosts:
        return []
    return [*here, *settings.allowed_hosts, *([] if settings.public else [settings.host])]


class Guard:
    """ASGI middleware: an allow-list of routes, no requests of other sites, bounds on what is posted, safe answers."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        public: Path,
        framed: bool,
        largest_file: int,
        uploaded: Container[str] = (),
        tool: ToolDoor | None = None,
    ) -> None:
        """`public` is the folder served under `file=`, `largest_file` in bytes, `uploaded` the files sent here."""
        self.app, self.public, self.framed, self.largest_file = app, public, framed, largest_file
        self.uploaded, self.tool, self.logins = uploaded, tool or ToolDoor(), LoginThrottle()

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
        send = HardenedSend(send, path, secrets.token_urlsafe(16), framed=self.framed, secure=secure)
        refused = self._refuse(scope["method"], path, headers, address)
        receive = paced(receive)
        if refused is None and scope["method"] == "POST" and path != UPLOAD:
            body, refused = await self._take_body(path, headers, receive)
            receive = replay(body, receive)
        await (refused or self.app)(scope, receive, send)
        if LOGIN.fullmatch(path) and scope["method"] == "POST" and send.status == 200:
            self.logins.succeed(address)

    async def _take_body(self, path: str, headers: Headers, receive: Receive) -> tuple[bytes, PlainTextResponse | None]:
        """The body of a post that is no upload, or why it is refused."""
        try:
            body = await read_body(receive, body_limit_bytes(path))
        except SlowBody:
            return b"", slow(headers)
        if body is None:
            return b"", PlainTextResponse("Too long.", 413)
        return body, refuse_event(body, self.uploaded) if path.startswith((JOIN, TOOL)) else None

    def _refuse(self, method: str, path: str, headers: Headers, address: str) -> PlainTextResponse | None:
        if is_foreign(method, path, headers):
            return PlainTextResponse("Another site may not do this.", 403)
        if ACTS.fullmatch(path) and headers.get(b"sec-fetch-dest", b"document") != b"document":
            return PlainTextResponse("There is nothing here.", 404)
        if self.tool.open and path in (TOOL, f"{TOOL}/"):
            return self._refuse_tool(method, headers, address)
        served = method in ("GET", "HEAD") and path.startswith(FILE) and self._serves(path)
        if not served and not is_open(method, path):
            return PlainTextResponse("There is nothing here.", 404)
        if method == "POST" and LOGIN.fullmatch(path):
            return self._refuse_login(headers, address)
        return self._refuse_upload(headers) if path == UPLOAD else None

    def _refuse_tool(self, method: str, headers: Headers, address: str) -> PlainTextResponse | None:
        """Whether a language model's call is refused; a wrong password counts as one does at the log-in."""
        tries = self.tool.auth and b"authorization" in headers
        if tries and (refused := self._refuse_login(headers, address)):
            return refused
        refused = self.tool.refuse(method, headers)
        if tries and (refused is None or refused.status_code != 401):
            self.logins.succeed(address)
        return refused

    def _refuse_login(self, headers: Headers, address: str) -> PlainTextResponse | None:
        wait_s = self.logins.begin(address)
        if not wait_s:
            return None
        happened = say("Too many wrong passwords came from your address.")
        next_step = say("Wait a minute, then try again.")
        return refusal(429, happened, next_step, headers, retry_after_s=wait_s)

    def _refuse_upload(self, headers: Headers) -> PlainTextResponse | None:
        length = headers.get(b"content-length", b"")
        if not length.isdigit():
            return PlainTextResponse("Say how long the file is.", 411)
        if int(length) > self.largest_file + ENVELOPE_BYTES:
            return PlainTextResponse("The file is larger than the limit.", 413)
        return None

    def _serves(self, path: str) -> bool:
        """Whether this is a file of a session's public folder; its name there is a secret of the visitor."""
        file = Path(path.removeprefix(FILE))
        return file.is_absolute() and file.resolve().is_relative_to(self.public)


def client_address(scope: Scope) -> str:
    """The visitor's address: the connection's, or what a trusted proxy says; empty where there is none."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def body_limit_bytes(path: str) -> int:
    """The most that may be posted to this path, uploads aside."""
    if path.startswith(TOOL):
        return TOOL_LIMIT_BYTES
    return EVENT_LIMIT_BYTES if path == JOIN else FORM_LIMIT_BYTES
