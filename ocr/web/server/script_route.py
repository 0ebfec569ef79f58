"""Serve the components' script at an address that contains its hash."""

from starlette.responses import Response
from starlette.routing import Route

from ocr.web.components import SCRIPT, SCRIPT_URL

PRELOAD = f'<link rel="modulepreload" href="{SCRIPT_URL}">\n'
"""Makes the browser fetch the script while Gradio starts."""


def script_route() -> Route:
    """The route of the script, which a browser may cache for good."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Route(f"/{SCRIPT_URL}", Response(SCRIPT, media_type="text/javascript", headers=headers), methods=["GET"])
