"""What a browser needs to install the page: the manifest and the icons, which hold nothing of a visitor.

Gradio's own manifest has one SVG as its icon, which not every launcher takes, no colours, and an address that ignores
the path under which a proxy serves the page. Addresses in a manifest are relative to the manifest's own.
"""

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ocr.web.components import asset_path

ICONS = ("icon-192", "icon-512", "icon-maskable", "apple-touch-icon")
"""Drawn by assets/make_icons.py."""
COLOURS = {"light": "#fffdf9", "dark": "#1f1b15"}
"""Of what frames the page in a window of its own; `--pl-panel` of colours.css."""
MANIFEST = {
    "name": "Pagelight",
    "short_name": "Pagelight",
    "description": "Reads documents, page by page, as the text is written",
    "start_url": "./",
    "scope": "./",
    "display": "standalone",
    "background_color": "#f4f1ea",
    "theme_color": COLOURS["light"],
    "icons": [
        {"src": "icons/icon-192.png", "sizes": "192x192", "type": "image/png"},
        {"src": "icons/icon-512.png", "sizes": "512x512", "type": "image/png"},
        {"src": "icons/icon-maskable.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ],
}
HEAD = '<link rel="apple-touch-icon" href="icons/apple-touch-icon.png">\n' + "".join(
    f'<meta name="theme-color" media="(prefers-color-scheme: {scheme})" content="{colour}">\n'
    for scheme, colour in COLOURS.items()
)
"""What the page's head says beside the manifest."""


def install_routes() -> list[Route]:
    """The routes of the manifest and of each icon."""
    manifest = JSONResponse(MANIFEST, headers={"Cache-Control": "no-cache"}, media_type="application/manifest+json")
    return [
        Route("/manifest.json", manifest, methods=["GET"]),
        *(Route(f"/icons/{name}.png", _icon(name), methods=["GET"]) for name in ICONS),
    ]


def _icon(name: str) -> Response:
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(asset_path(f"{name}.png").read_bytes(), media_type="image/png", headers=headers)
