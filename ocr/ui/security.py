"""What stands between a visitor, or a hostile page's text, and the rest: which routes exist, and what a browser may do.

Gradio opens more doors than this screen uses: it fetches any public URL for `file=https://…`, downloads the URLs in
file values of API calls, and serves its whole upload folder. Here only what the screen needs is let through.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocr.settings import Settings
from ocr.ui.components import asset
from ocr.ui.door import ToolDoor

API = "/gradio_api"
READ = re.compile(
    rf"/|/config/?|/theme\.css|/favicon\.ico|/manifest\.json|/robots\.txt|/logout|/(assets|static|svelte)/.+"
    rf"|{API}/(app_id|info|login_check|startup-events|theme\.css|token|user)/?"
    rf"|{API}/heartbeat/\w+|{API}/queue/data|{API}/upload_progress"
)
"""What may be fetched; of `file=` only the sessions' public folder, see `Guard`."""
SENT = re.compile(rf"/login/?|{API}/(cancel|queue/join|reset/?|upload)")
"""What may be posted to."""
FILE = f"{API}/file="
ACTS = re.compile(r"/logout")
"""What does something although it is only fetched; an image in a page's text must not set it off."""
BODY_LIMIT = 256 * 1024
"""Bytes of a posted event: a page range, a model's name, a click."""
TOOL = f"{API}/mcp"
"""Where language models call the tool, if there is one."""
TOOL_BODY_LIMIT = 16 * 1024 * 1024
"""Bytes of such a call: it may hold a document as a data URL. Larger ones are uploaded."""
ENVELOPE = 64 * 1024
"""Bytes of multipart headers around an uploaded file."""
SCRIPT = re.compile(rb"<script(?=[\s>])")
FIRST = asset("still.js").encode()
"""What runs in the page before Gradio does."""


def policy(nonce: str, *, framed: bool) -> str:
    """The Content-Security-Policy: nothing is loaded from, or sent to, another host, whatever a page's text says.

    Scripts need the nonce that only Gradio's own page carries, so markup that gets into the page cannot run;
    `unsafe-eval` stays because Gradio compiles component templates with it. `framed`: a Space is shown in a frame.
    """
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "media-src 'none'",
            "object-src 'none'",
            "frame-src 'none'",
            "worker-src 'self' blob:",
            "base-uri 'self'",
            "form-action 'none'",
            f"frame-ancestors 'self'{' https://huggingface.co' if framed else ''}",
        )
    )


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
    """ASGI middleware: an allow-list of routes, a limit and a check on what is posted, headers on what is sent."""

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
        self.uploaded, self.tool = uploaded, tool or ToolDoor()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the headers set."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # this screen has no web sockets: the server refuses the handshake
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        headers = dict(scope["headers"])
        refusal = self._refuse(scope["method"], path, headers)
        if refusal is None and scope["method"] == "POST" and path.startswith((f"{API}/queue/join", TOOL)):
            limit = TOOL_BODY_LIMIT if path.startswith(TOOL) else BODY_LIMIT
            body, refusal = await _checked_body(receive, self.uploaded, limit)
            receive = _replay(body, receive)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        await self.app(scope, receive, _Sender(send, nonce, policy(nonce, framed=self.framed)))

    def _refuse(self, method: str, path: str, headers: dict[bytes, bytes]) -> PlainTextResponse | None:
        if ACTS.fullmatch(path) and headers.get(b"sec-fetch-dest", b"document") != b"document":
            return PlainTextResponse("There is nothing here.", 404)
        if self.tool.open and path in (TOOL, f"{TOOL}/"):
            return self.tool.refuse(method, headers)
        if method in ("GET", "HEAD"):
            allowed = self._serves(path) if path.startswith(FILE) else READ.fullmatch(path)
            return None if allowed else PlainTextResponse("There is nothing here.", 404)
        if method != "POST" or not SENT.fullmatch(path):
            return PlainTextResponse("There is nothing here.", 404)
        if headers.get(b"sec-fetch-site") == b"cross-site":
            return PlainTextResponse("Another site may not do this.", 403)
        if path == f"{API}/upload":
            length = headers.get(b"content-length", b"")
            if not length.isdigit():
                return PlainTextResponse("Say how long the file is.", 411)
            if int(length) > self.largest_file + ENVELOPE:
                return PlainTextResponse("The file is larger than the limit.", 413)
        return None

    def _serves(self, path: str) -> bool:
        """Whether this is a file of a session's public folder; its name there is a secret of the visitor."""
        file = Path(path.removeprefix(FILE))
        return file.is_absolute() and file.resolve().is_relative_to(self.public)


async def _checked_body(
    receive: Receive, uploaded: Container[str], limit: int
) -> tuple[bytes, PlainTextResponse | None]:
    """A posted event, and why it is refused: too long, not JSON, or carrying a file that Gradio would go and fetch."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
        if len(body) > limit:
            return b"", PlainTextResponse("Too long.", 413)
    try:
        content = json.loads(bytes(body))
    except (ValueError, RecursionError):
        return b"", PlainTextResponse("Not JSON.", 400)
    if not all(_is_upload(item, uploaded) for item in _objects(content) if "meta" in item):
        return b"", PlainTextResponse("Files come by upload only.", 403)
    return bytes(body), None


def _is_upload(item: dict[str, Any], uploaded: Container[str]) -> bool:
    """Whether this object, if Gradio took it for a file, is one that was uploaded here."""
    path = item.get("path")
    return item.get("url") is None and (path is None or (isinstance(path, str) and path in uploaded))


def _objects(content: Any) -> Iterable[dict[str, Any]]:
    """Every JSON object in there, however deep."""
    waiting = [content]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body once more, then what follows it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


class _Sender:
    """Sets the headers of one answer, and on Gradio's own page the nonce of its scripts; ours comes before them."""

    def __init__(self, send: Send, nonce: str, policy: str) -> None:
        self.send, self.nonce, self.policy = send, nonce.encode(), policy.encode()
        self.start: Message | None = None
        self.page = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            ours = {
                b"content-security-policy": self.policy,
                b"x-content-type-options": b"nosniff",
                b"referrer-policy": b"same-origin",
            }
            kept = [(name, value) for name, value in message["headers"] if name.lower() not in ours]
            message = {**message, "headers": [*kept, *ours.items()]}
            if any(name == b"content-type" and value.startswith(b"text/html") for name, value in kept):
                self.start = message  # held back until the page is whole: its length will change
                return
        if self.start is None:
            await self.send(message)
            return
        self.page += message.get("body", b"")
        if not message.get("more_body"):
            await self._send_page(self.start)

    async def _send_page(self, start: Message) -> None:
        page = bytes(self.page).replace(b"<head>", b"<head><script>" + FIRST + b"</script>", 1)
        page = SCRIPT.sub(b'<script nonce="' + self.nonce + b'"', page)
        if self.page:  # an answer to HEAD has no body, its length stays as it was
            kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            start = {**start, "headers": [*kept, (b"content-length", str(len(page)).encode())]}
        await self.send(start)
        await self.send({"type": "http.response.body", "body": page})
