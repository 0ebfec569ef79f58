"""Security headers of every response, and what they ask of the page's own markup."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from starlette.types import Message, Send

from ocr.web.server.page_markup import page_markup
from ocr.web.server.routes import FILE, PAGE

SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""The policy of a file that was made from a visitor's document: were it opened here, nothing in it could run."""

INLINE_TYPES = {b"image/png", b"image/jpeg", b"image/webp"}
"""Files that the page shows; every other one is a download."""

Headers = list[tuple[bytes, bytes]]


def page_policy(nonce: str, *, framed: bool) -> str:
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


@dataclass(slots=True)
class HardenedSend:
    """Sends one answer with its headers set; Gradio's page also with the nonce of its scripts, and ours before them."""

    send: Send
    path: str
    nonce: str
    framed: bool
    secure: bool
    """Whether the browser came by https."""
    status: int = 0
    """Of the answer, once it has begun."""
    _start: Message | None = None
    """Held back until the page is whole: its length will change."""
    _page: bytearray = field(default_factory=bytearray)

    async def __call__(self, message: Message) -> None:
        """Send one ASGI message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self._headers(message["headers"])}
            if self.path == PAGE and dict(message["headers"]).get(b"content-type", b"").startswith(b"text/html"):
                self._start = message
                return
        if self._start is None:
            await self.send(message)
            return
        self._page += message.get("body", b"")
        if not message.get("more_body"):
            await self._send_page(self._start)

    def _headers(self, theirs: Iterable[tuple[bytes, bytes]]) -> Headers:
        is_file = self.path.startswith(FILE)
        ours = {
            b"content-security-policy": (SANDBOX if is_file else page_policy(self.nonce, framed=self.framed)).encode(),
            b"x-content-type-options": b"nosniff",
            b"referrer-policy": b"same-origin",
        }
        remaining = [
            (name, hardened_cookie(value, secure=self.secure) if name == b"set-cookie" else value)
            for name, value in ((name.lower(), value) for name, value in theirs)
            if name not in ours and not name.startswith(b"access-control-")
        ]
        if is_file and dict(remaining).get(b"content-type") not in INLINE_TYPES:
            remaining = [(name, value) for name, value in remaining if name != b"content-disposition"]
            remaining.append((b"content-disposition", b"attachment"))
        return [*remaining, *ours.items()]

    async def _send_page(self, start: Message) -> None:
        page = page_markup(bytes(self._page), self.nonce)
        if self._page:  # an answer to HEAD has no body, its length stays as it was
            remaining = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            start = {**start, "headers": [*remaining, (b"content-length", str(len(page)).encode())]}
        await self.send(start)
        await self.send({"type": "http.response.body", "body": page})


def hardened_cookie(cookie: bytes, *, secure: bool) -> bytes:
    """A Set-Cookie header whose cookie no script reads and no other site's request carries."""
    pair, *attributes = (part.strip() for part in cookie.split(b";"))
    names = (b"samesite", b"secure", b"httponly")
    remaining = [one for one in attributes if one.partition(b"=")[0].lower() not in names]
    return b"; ".join([pair, *remaining, b"HttpOnly", b"SameSite=lax", *([b"Secure"] if secure else [])])
