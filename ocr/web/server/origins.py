"""Recognizes requests that another web site sends through a visitor's browser, by the headers browsers add.

Programs send no such headers and are let through: no browser can be made to leave them out.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from ocr.web.server.routes import PAGE

DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_foreign(method: str, path: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether another site is behind this request; a link to the page, or a frame with it, is not meant.

    `Sec-Fetch-Site` comes first, since a proxy that changes `Host` makes the page's own `Origin` look foreign. Browsers
    that do not send it, or not over plain HTTP, send `Origin` with all that is posted and all that scripts fetch.
    """
    match headers.get(b"sec-fetch-site"):
        case b"same-origin" | b"none":
            return False
        case None:
            return _has_foreign_origin(headers)
        case _:  # `same-site` as well: the next port of localhost, or another subdomain, is another site
            navigates = headers.get(b"sec-fetch-mode") == b"navigate"
            return not (navigates and method in ("GET", "HEAD") and path == PAGE)


def _has_foreign_origin(headers: Mapping[bytes, bytes]) -> bool:
    """Whether there is an `Origin`, and it is none of the hosts that the request was sent to."""
    origin = headers.get(b"origin")
    if origin is None:
        return False
    try:
        scheme, host, *_ = urlsplit(origin.decode("latin-1").lower())
    except ValueError:
        return True
    # No page can send X-Forwarded-Host to another site without asking first, and that is never granted.
    named = (headers.get(name, b"").decode("latin-1").lower() for name in (b"host", b"x-forwarded-host"))
    port = DEFAULT_PORTS.get(scheme, "")
    return host.removesuffix(port) not in {name.removesuffix(port) for name in named if name}
