"""Who may call the tool for language models: Gradio mounts it beside its own log-in, which does not guard it."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass

from starlette.responses import PlainTextResponse


@dataclass(frozen=True, slots=True)
class McpAuth:
    """Authentication of calls of the tool for language models."""

    enabled: bool = False
    auth: tuple[str, str] | None = None
    """User and password, sent as HTTP's basic authentication."""

    def refuse(self, method: str, headers: dict[bytes, bytes]) -> PlainTextResponse | None:
        """Why this call is refused, if it is; there are calls alone, no streams that wait for some."""
        if method != "POST":
            return PlainTextResponse("Post here.", 405, {"allow": "POST"})
        if headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin"):
            return PlainTextResponse("Another site may not do this.", 403)
        if self.auth:
            wanted = b"Basic " + base64.b64encode(":".join(self.auth).encode())
            if not hmac.compare_digest(headers.get(b"authorization", b""), wanted):
                return PlainTextResponse("Say who you are.", 401, {"www-authenticate": 'Basic realm="Pagelight"'})
        return None
