"""Where things are on the screen, and which handler each event goes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import gradio as gr

from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.engines.tesseract import orientation
from ocr.i18n import gettext
from ocr.inference.metrics import LoadMonitor
from ocr.inference.reader import Reader
from ocr.web.actions.downloads import menu
from ocr.web.actions.handlers import Handlers
from ocr.web.actions.redacted_reader import anonymous, discreet
from ocr.web.actions.runner import Runner
from ocr.web.actions.samples import present
from ocr.web.actions.thumbnails import Thumbnails
from ocr.web.api import mcp_tool, read_endpoint
from ocr.web.api.api_request import Programs
from ocr.web.components import part
from ocr.web.desk import Desk, LRUMessages
from ocr.web.gradio_tabs import Tabs
from ocr.web.locale.translation import parse_language, translate
from ocr.web.state.answer_caches import AnswerCaches
from ocr.web.state.browser_names import field_of
from ocr.web.state.session import Session
from ocr.web.state.session_store import MAX_SESSIONS, Sessions
from ocr.web.state.visitor_limits import limits_of
from ocr.web.views.engine_status import Engine
from ocr.web.views.page_list import LETTER_MEANINGS
from ocr.web.views.screen import KINDS, Screen, screen

THREADS = 400
"""Events under way at once, over all visitors: one each run, one each click."""
TABS = (gettext("Text"), gettext("Document"), gettext("Raw"), gettext("Compare"))


def build(settings: Settings, reader: Reader, renderer: Renderer, server: Server) -> Desk:
    """The whole screen, not yet served."""
    desk = Desk(title="Pagelight", analytics_enabled=False, fill_width=True)
    with desk:
        desk.sessions = Sessions(limits_of(settings))
        meter = None if server.embedded else LoadMonitor(server.urls, server.api_key)
        reader = discreet(reader, server.urls, public=settings.public)
        server = anonymous(server, public=settings.public)
        engine = Engine(server, settings.public, meter)
        desk.answer_caches = AnswerCaches(settings, server)
        runner = Runner(settings, reader, renderer, server, engine, desk.answer_caches)
        handlers = Handlers(runner, desk.sessions, desk.sessions.uploads)
        programs = Programs(runner, desk.sessions, desk.sessions.uploads)
        read_endpoint.offer(programs)  # before a handler takes its name
        if settings.mcp:
            mcp_tool.offer(programs)
        _arrange(desk, handlers)
    for block in desk.blocks.values():
        block.GRADIO_CACHE = str(desk.sessions.uploads.folder)  # what is named as a file is copied there, if elsewhere
    desk.max_threads = THREADS
    desk.queue(api_open=False, default_concurrency_limit=None)
    desk._queue.pending_messages_per_session = LRUMessages(MAX_SESSIONS)
    return desk


def _arrange(desk: Desk, handlers: Handlers) -> None:
    """Make the components and wire them."""
    empty = screen(Session(desk.sessions.private, desk.sessions.public), handlers.engine)
    masthead = part("masthead", empty.masthead)
    with gr.Row(elem_id="pl-desk", equal_height=False):
        with gr.Column(elem_id="pl-rail"):
            limit = handlers.runner.settings.max_file_mb
            documents = part("documents", empty.documents, limit_mb=limit, samples=_samples())
            defaults = handlers.runner.settings.request
            own = {
                "layout": defaults.layout is not False, "headers": defaults.headers, "formats": menu(),
                "auto_rotate": defaults.auto_rotate if orientation.available() else None,
            }  # fmt: skip
            control = part("control", empty.control, **own)
        strip = part("strip", empty.strip, states=LETTER_MEANINGS)
        viewer = part("viewer", empty.viewer, labels=[gettext(label) for label in KINDS])
        paper = _paper(empty)
    papers = [paper.note, paper.search, paper.text, paper.whole, paper.raw, paper.compare]
    outputs = [documents, control, strip, viewer, *papers, masthead]
    # Gradio's own progress is not shown. Left on every output, it would make the browser copy each component's value at
    # each update: a fifth of its work with 1,000 pages.
    hidden: dict[str, Any] = {"show_progress": "hidden", "show_progress_on": [], "api_visibility": "private"}

    def on(event: Callable[..., Any], handler: Callable[..., Any], **options: Any) -> gr.events.Dependency:
        told = {"inputs": None, "outputs": outputs, "trigger_mode": "multiple", **hidden, **options}
        dependency: gr.events.Dependency = event(handler, **told)
        return dependency

    on(control.hello, _named, outputs=list(paper.tabs))
    for arrival in (control.hello, control.again):
        on(arrival, handlers.arrive)
    for restart in (masthead.restart, control.restart):
        on(restart, handlers.restart)
    on(documents.added, handlers.add)
    on(documents.sample, handlers.sample)
    on(documents.removed, handlers.remove)
    on(documents.unlock, handlers.unlock)
    for chooser in (documents.chosen, strip.chosen, viewer.chosen, paper.search.chosen):
        on(chooser, handlers.choose)
    on(strip.viewed, Thumbnails(desk.sessions, handlers.runner.renderer).into_view, outputs=[strip])
    _wire_paper(on, paper, handlers)
    on(control.read, handlers.read)
    on(control.read_page, handlers.read_page)
    on(control.stop, handlers.stop)
    on(control.take, handlers.take)
    desk.unload(Tabs(desk).leave)


def _wire_paper(on: Callable[..., Any], paper: _Paper, handlers: Handlers) -> None:
    """Wire the right side."""
    on(paper.search.sought, handlers.search)
    page_tab, document_tab, raw_tab, compare_tab = paper.tabs
    on(document_tab.select, handlers.whole)
    for single in (page_tab, raw_tab):
        on(single.select, handlers.single)
    on(paper.whole.more, handlers.whole, trigger_mode="once")
    for again in (paper.note.again, paper.compare.again):
        on(again, handlers.again)
    for opened in (compare_tab.select, paper.compare.look):
        on(opened, handlers.compare)
    on(paper.compare.pick, handlers.pick)
    on(paper.compare.keep, handlers.keep)
    on(paper.note.stop, handlers.stop_page)


class _Paper(NamedTuple):
    """The right side: what was read."""

    note: gr.HTML
    search: gr.HTML
    text: gr.HTML
    whole: gr.HTML
    raw: gr.HTML
    compare: gr.HTML
    tabs: tuple[gr.Tab, ...]
    """The page's text, the document's, the raw one, two readings beside each other."""


def _paper(empty: Screen) -> _Paper:
    """Make the right side's components."""
    with gr.Column(elem_id="pl-paper"):
        note = part("note", empty.note)
        search = part("search", empty.search)
        with gr.Tabs(elem_id="pl-tabs"):
            with gr.Tab(TABS[0]) as page_tab:
                text = part("text", empty.text)
            with gr.Tab(TABS[1]) as document_tab:
                whole = part("whole", empty.whole)
            with gr.Tab(TABS[2]) as raw_tab:
                raw = part("raw", empty.raw)
            with gr.Tab(TABS[3], elem_id="pl-compare-tab") as compare_tab:
                compare = part("compare", empty.compare)
    return _Paper(note, search, text, whole, raw, compare, (page_tab, document_tab, raw_tab, compare_tab))


def _named(event: gr.EventData) -> list[Any]:
    """The tabs' names in the language of a tab that arrives; Gradio draws them, so it is told."""
    return [gr.update(label=name) for name in translate(TABS, parse_language(field_of(event, "language", None)))]


def _samples() -> list[dict[str, str]]:
    return [{"file": sample.file, "label": sample.label, "about": sample.about} for sample in present()]
