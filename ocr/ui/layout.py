"""Where things are on the screen, and which handler each event goes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from ocr.documents import Renderer
from ocr.metrics import Meter
from ocr.reading import Reader
from ocr.server import Server
from ocr.settings import Settings
from ocr.ui.components import part
from ocr.ui.discreet import discreet
from ocr.ui.engine import Engine
from ocr.ui.handlers import Handlers
from ocr.ui.samples import present
from ocr.ui.screen import screen
from ocr.ui.session import Session, Sessions

DELETE = 3600
"""Seconds after which Gradio deletes uploads that no session took in."""


class Desk(gr.Blocks):
    """The screen, and the sessions that live on it."""

    sessions: Sessions


def build(settings: Settings, reader: Reader, renderer: Renderer, server: Server) -> Desk:
    """The whole screen, not yet served."""
    desk = Desk(title="Pagelight", analytics_enabled=False, fill_width=True, delete_cache=(DELETE, DELETE))
    with desk:
        desk.sessions = Sessions()
        engine = Engine(server, settings.public, None if server.embedded else Meter(server.url, server.api_key))
        reader = discreet(reader, public=settings.public)
        handlers = Handlers(settings, reader, renderer, server, desk.sessions, desk.upload_file_set, engine)
        _arrange(desk, handlers)
    desk.queue(api_open=False, default_concurrency_limit=None)
    return desk


def _arrange(desk: Desk, handlers: Handlers) -> None:
    """Make the components and wire them."""
    empty = screen(Session(desk.sessions.private, desk.sessions.public), handlers.engine)
    masthead = part("masthead", empty.masthead)
    with gr.Row(elem_id="pl-desk", equal_height=False):
        with gr.Column(elem_id="pl-rail"):
            limit = handlers.settings.max_file_mb
            documents = part("documents", empty.documents, limit_mb=limit, samples=_samples())
            defaults = handlers.settings.overrides
            control = part(
                "control", empty.control, "options", layout=defaults.layout is not False, headers=defaults.headers
            )
        viewer = part("viewer", empty.viewer)
        with gr.Column(elem_id="pl-paper"):
            note = part("note", empty.note)
            with gr.Tabs(elem_id="pl-tabs"):
                with gr.Tab("Text"):
                    text = part("text", empty.text)
                with gr.Tab("Raw"):
                    raw = part("raw", empty.raw)
    outputs = [documents, control, viewer, note, text, raw, masthead]
    # Gradio's own progress is not shown. Left on every output, it would make the browser copy each component's value at
    # each update: a fifth of its work with 1,000 pages.
    hidden: dict[str, Any] = {"show_progress": "hidden", "show_progress_on": [note], "api_visibility": "private"}

    def on(event: Callable[..., Any], handler: Callable[..., Any], **options: Any) -> gr.events.Dependency:
        told = {"inputs": None, "outputs": outputs, "trigger_mode": "multiple", **hidden, **options}
        dependency: gr.events.Dependency = event(handler, **told)
        return dependency

    for arrival in (desk.load, control.again):
        on(arrival, handlers.arrive)
    for restart in (masthead.restart, control.restart):
        on(restart, handlers.restart)
    on(documents.added, handlers.add)
    on(documents.sample, handlers.sample)
    on(documents.removed, handlers.remove)
    on(documents.unlock, handlers.unlock)
    on(documents.chosen, handlers.choose)
    on(viewer.chosen, handlers.choose)
    on(control.read, handlers.read, trigger_mode="once")
    on(control.stop, handlers.stop)
    desk.unload(handlers.leave)


def _samples() -> list[dict[str, str]]:
    return [{"file": sample.file, "label": sample.label, "about": sample.about} for sample in present()]
