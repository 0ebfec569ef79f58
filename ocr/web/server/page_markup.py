"""What Gradio's page has in its head besides what Gradio writes there."""

import re

from ocr.web.components import asset
from ocr.web.server import install_routes
from ocr.web.server.script_route import PRELOAD

SCRIPT = re.compile(rb"<script(?=[\s>])")
VIEWPORT = re.compile(rb'<meta\s+name="viewport"\s+content="[^"]*"\s*/>')
MANIFEST = re.compile(rb'<link rel="manifest" href="[^"]*"\s*/>')
OUR_VIEWPORT = b'<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />'
"""The page goes up to the edges of a screen with a notch; what is pressed stays clear of them (frame.css)."""
OUR_MANIFEST = b'<link rel="manifest" href="manifest.json" crossorigin="use-credentials" />'
"""Relative to the page, and fetched with the cookies that a proxy may ask for."""
HEAD_CONTENT = b"<script>%s</script>%s" % (
    b"\n".join(asset(name).encode() for name in ("still.js", "event-stream.js")),
    (PRELOAD + install_routes.HEAD).encode(),
)
"""What comes first: what runs before Gradio does, what is fetched meanwhile, what a browser shows around it."""


def page_markup(theirs: bytes, nonce: str) -> bytes:
    """Gradio's page with our head, its scripts with the nonce that lets them run."""
    page = theirs.replace(b"<head>", b"<head>" + HEAD_CONTENT, 1)
    page = MANIFEST.sub(OUR_MANIFEST, VIEWPORT.sub(OUR_VIEWPORT, page, count=1), count=1)
    return SCRIPT.sub(b'<script nonce="' + nonce.encode() + b'"', page)
