"""Serve the service worker, with the page that it shows while Pagelight cannot be reached."""

import base64
import hashlib
import json

from starlette.responses import Response
from starlette.routing import Route

from ocr.web.components import STATIC, asset
from ocr.web.locale.translation import component_catalogue
from ocr.web.script_bundle import bundle

MODULES = ("base/language.js", "base/preferences.js", "offline/offline.js")


def offline_page() -> dict[str, str]:
    """The page, whole in one document, and its Content-Security-Policy: nothing runs in it but its own script."""
    body, style = asset("offline.html"), asset("colours.css") + asset("offline.css")
    modules = {path: (STATIC / path).read_text(encoding="utf-8") for path in MODULES}
    french = json.dumps(component_catalogue(body, modules.values()), ensure_ascii=False)
    script = f'{bundle(modules)}load("base/language.js").addFrench({french});\nload("offline/offline.js");\n'
    markup = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Pagelight</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">\n'
        f'<style>{style}</style>\n</head>\n<body>\n{body}<script type="module">{script}</script>\n</body>\n</html>\n'
    )
    allowed = f"script-src {_source(script)}; style-src {_source(style)}; connect-src 'self'"
    return {"markup": markup, "policy": f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"}


def _source(inline: str) -> str:
    """What allows this script or style, and no other, in a Content-Security-Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"


WORKER = f"self.offline = {json.dumps(offline_page(), ensure_ascii=False)};\n{asset('service-worker.js')}"
"""The same for everybody, so that a browser holds nothing of a visitor by keeping it."""


def offline_route() -> Route:
    """The route of the worker, which may act for all of the page since it lies beside it; browsers ask for it anew."""
    worker = Response(WORKER, media_type="text/javascript", headers={"Cache-Control": "no-cache"})
    return Route("/service-worker.js", worker, methods=["GET"])
