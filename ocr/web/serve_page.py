"""Serve the page: Gradio's settings, our own, and the clean-up at the end."""

import io
import sys
import threading
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from functools import partial
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.routes import App
from starlette.requests import Request
from starlette.routing import Mount

from ocr.config.settings import Settings
from ocr.documents.photo_extra import check_photos
from ocr.documents.renderer import Renderer
from ocr.engines.local.stages import Stage
from ocr.engines.offered_server import OfferedServer
from ocr.engines.select import Server
from ocr.engines.startup_log import follow_start
from ocr.engines.tesseract import orientation
from ocr.errors import EngineFailed, UsageError
from ocr.export import killing_children
from ocr.inference.reader import Reader
from ocr.stdio import escape_unencodable
from ocr.web.api import mcp_tool
from ocr.web.components import asset, asset_path
from ocr.web.garbage_collection import GarbageCollection
from ocr.web.gradio_blocks import PageBlocks
from ocr.web.page_layout import build
from ocr.web.server.copy_route import copy_route
from ocr.web.server.install_routes import install_routes
from ocr.web.server.library_routes import library_routes
from ocr.web.server.middleware import middleware
from ocr.web.server.offline_route import offline_route
from ocr.web.server.outline_route import outline_route
from ocr.web.server.script_route import script_route
from ocr.web.server.upload_route import is_known, upload_route
from ocr.web.server.web_server import WebServer, listen

MAX_GRADIO_SESSIONS = 500
"""Gradio's own record of a tab (about 145 kB); ours are counted in session.py."""
STYLES = (
    "colours", "frame", "masthead", "documents", "states", "control", "strip", "viewer", "tablist", "paper",
    "page-status", "places", "editor", "compare", "offer", "library", "copy", "edges",
    "page-field", "minimap", "outline", "document-tie", "view-bar",
)  # fmt: skip
"""The styles of static/ in the order in which they apply."""
HEAD_STYLES = ("words", "phone", "contrast", "print")
"""Those that go into the page's head as they are. Gradio rewrites the others: what a media query says of `:root` or
`.dark` is lost then, and a list within `:is()` is taken apart."""


def launch(
    settings: Settings,
    reader: Reader,
    renderer: Renderer,
    server: Server,
    offered: OfferedServer | None,
    on_loaded: Callable[[], None],
) -> None:
    """Serve until the program is interrupted; then delete every visitor's files.

    `on_loaded` is called when nothing is left but to wait; it raises KeyboardInterrupt if the program was interrupted.

    Raises:
        EngineFailed: pages are to be turned upright, and Tesseract's data for that is not installed.
        UsageError: the port is taken, or the packages that `mcp` or `photos` need are not installed.
        KeyboardInterrupt: the user's; everything is put away by then.
    """
    if settings.request.auto_rotate:
        orientation.check()
    check_photos(settings.request.photos)
    if settings.mcp:
        mcp_tool.check_installed()
    blocks = build(settings, reader, renderer, server, offered)
    url = start(blocks, settings)
    garbage = GarbageCollection(blocks.sessions.is_quiet)
    garbage.start()
    escape_unencodable()
    lines = [f"Pagelight is at {url}", f"MCP is at {url}gradio_api/mcp/" if settings.mcp else "", server.note]
    sys.stdout.write("".join(f"{line}\n" for line in lines if line))
    sys.stdout.flush()
    threading.Thread(target=log_startup, args=[server, sys.stderr.write], daemon=True).start()
    try:
        with killing_children():  # those of downloads: the program would wait for the threads that wait for them
            on_loaded()
            threading.Event().wait()
    finally:
        garbage.close()
        stop(blocks)


def log_startup(server: Server, write: Callable[[str], object]) -> None:
    """Write the stages of a local server's start, and why it failed if it does; the page is open meanwhile."""
    with suppress(EngineFailed):
        follow_start(server, write)
    if server.local and server.local.state.stage is Stage.FAILED:
        write(f"{server.local.state.problem}\n")


def start(blocks: PageBlocks, settings: Settings) -> str:
    """Serve in a thread; return the page's URL.

    Raises:
        UsageError: the port is taken.
    """
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        blocks.sessions.close()
        raise UsageError(
            f"Cannot listen on {settings.host}, port {settings.port}: it is in use, or not an address of this machine.",
            "Choose another port with --port, or 0 for any free port.",
        ) from error
    connections = blocks.sessions.visitors.limits.connections
    app = web_app(blocks, settings)
    blocks.web = WebServer(app, listener, proxies=settings.trusted_proxies, connections=connections)
    mcp_tool.remove_other_tools(blocks)
    blocks.web.start()
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/"


def stop(blocks: PageBlocks) -> None:
    """No longer serve; delete every visitor's files."""
    blocks.web.call(partial(blocks.close, verbose=False))  # it sets an event of that loop, which no other thread may
    blocks.web.close()
    blocks.checks.close()
    blocks.sessions.close()
    blocks.answer_caches.close()
    if blocks.library:
        blocks.library.library.close(final=True)


def web_app(blocks: PageBlocks, settings: Settings) -> FastAPI:
    """The screen as a web application, behind its guards.

    Gradio is mounted in it rather than launched: `launch` puts Gradio's own middleware before ours, which answers for
    any `Origin`, and leaves no say in how its server treats connections.
    """
    largest = settings.max_file_mb * 1_000_000

    def known(request: Request) -> bool:
        return is_known(blocks.app, request)

    outer = FastAPI(
        middleware=middleware(settings, blocks.sessions, lambda: blocks._queue),
        routes=[
            upload_route(blocks.sessions, largest, known),
            copy_route(blocks.sessions, known),
            outline_route(blocks.sessions, known),
            *library_routes(blocks.library),
            script_route(),
            *install_routes(),
            offline_route(),
        ],
        openapi_url=None, docs_url=None, redoc_url=None,
    )  # fmt: skip
    blocks.state_session_capacity = MAX_GRADIO_SESSIONS
    with redirect_stdout(io.StringIO()):  # Gradio would tell of its MCP server there, where our address goes
        gr.mount_gradio_app(outer, blocks, "/", **gradio_options(blocks, settings))
    (blocks.app,) = (route.app for route in outer.routes if isinstance(route, Mount) and isinstance(route.app, App))
    return outer


def gradio_options(blocks: PageBlocks, settings: Settings) -> dict[str, Any]:
    """What Gradio is told. Nothing here calls home, and only our public folder is served."""
    return {
        "auth": settings.auth,
        "allowed_paths": [str(blocks.sessions.public)],
        "blocked_paths": [str(blocks.sessions.private)],
        "app_kwargs": {"openapi_url": None},
        "theme": gr.themes.Base(  # the plainest; the colours are in colours.css
            font=[gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif"],
            font_mono=[gr.themes.LocalFont("IBM Plex Mono", weights=(400, 700)), "ui-monospace", "monospace"],
        ),
        "css_paths": [asset_path(f"{part}.css") for part in STYLES],
        "head": "".join(f"<style>\n{asset(f'{mode}.css')}</style>\n" for mode in HEAD_STYLES),
        "favicon_path": asset_path("favicon.svg"),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "mcp_server": settings.mcp,
        "pwa": False,
        "show_error": False,
    }
