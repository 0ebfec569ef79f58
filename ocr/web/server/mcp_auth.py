"""Authentication of MCP requests; Gradio mounts the MCP server outside its own login."""

import base64
import hmac

from starlette.responses import PlainTextResponse


def refuse_call(method: str, headers: dict[bytes, bytes], auth: tuple[str, str] | None) -> PlainTextResponse | None:
    """Why this call is refused, if it is; there are calls alone, no streams that wait for some.

    `auth` is user and password, sent as HTTP's basic authentication; None where anybody may call.
    """
    if method != "POST":
        return PlainTextResponse("Post here.", 405, {"allow": "POST"})
    if headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin"):
        return PlainTextResponse("Another site may not do this.", 403)
    if auth:
        expected = b"Basic " + base64.b64encode(":".join(auth).encode())
        if not hmac.compare_digest(headers.get(b"authorization", b""), expected):
            return PlainTextResponse("Say who you are.", 401, {"www-authenticate": 'Basic realm="Pagelight"'})
    return None
