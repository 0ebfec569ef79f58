"""Build the page: where each component is on the screen, and which handler each event goes to."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import gradio as gr

from ocr.config.settings import Settings
from ocr.document_store.document_library import UNDO_S, DocumentLibrary
from ocr.document_store.library_size import MEGABYTE
from ocr.documents.renderer import Renderer
from ocr.engines.offered_server import OfferedServer
from ocr.engines.select import Server
from ocr.engines.tesseract import orientation
from ocr.i18n import gettext
from ocr.inference.metrics import LoadMonitor
from ocr.inference.reader import Reader
from ocr.web.actions.data_downloads import data_menu
from ocr.web.actions.downloads import download_menu
from ocr.web.actions.library_handlers import LibraryHandlers
from ocr.web.actions.page_checks import PageChecks
from ocr.web.actions.page_engines import PageEngine, PageEngines
from ocr.web.actions.photo_handlers import PhotoHandlers
from ocr.web.actions.place_handlers import PlaceHandlers
from ocr.web.actions.redacted_reader import RedactedReader, anonymized
from ocr.web.actions.replace_handlers import ReplaceHandlers
from ocr.web.actions.runner import Runner
from ocr.web.actions.samples import available_samples
from ocr.web.actions.session_library import SessionLibrary
from ocr.web.actions.thumbnails import Thumbnails
from ocr.web.actions.turn_handlers import TurnHandlers
from ocr.web.api import mcp_tool, read_endpoint
from ocr.web.components import component
from ocr.web.gradio_blocks import LRUMessages, PageBlocks
from ocr.web.state.answer_caches import AnswerCaches
from ocr.web.state.session import Session
from ocr.web.state.session_store import MAX_SESSIONS, Sessions
from ocr.web.state.visitor_limits import limits_of
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.page_list import LETTER_MEANINGS
from ocr.web.views.screen import REGION_KINDS, Screen, screen
from ocr.web.views.server_panel import ways

MAX_THREADS = 400
"""Events under way at once, over all visitors: one each run, one each click."""
PANELS = ("text", "document_text", "raw", "compare")
"""The components under the tabs: the page's text, the document's, the raw one, two readings beside each other."""


def build(
    settings: Settings, reader: Reader, renderer: Renderer, server: Server, offered: OfferedServer | None = None
) -> PageBlocks:
    """The whole page, not yet served; `offered` is what its visitors may start, where they may."""
    blocks = PageBlocks(title="Pagelight", analytics_enabled=False, fill_width=True)
    blocks.library = _open_library(settings, renderer)  # before folders are made, since it may refuse its own
    with blocks:
        blocks.sessions = Sessions(limits_of(settings))
        meter = None if server.embedded else LoadMonitor(server.urls, server.api_key)
        if settings.public:
            reader, server = RedactedReader(reader, server.urls), anonymized(server)
        engine = EngineStatus(server, settings.public, meter, not settings.shared)
        blocks.answer_caches = AnswerCaches(settings)
        engines = PageEngines(PageEngine(engine, reader), offered, settings.timeouts)
        blocks.checks = PageChecks(settings, renderer, blocks.library)
        caches = blocks.answer_caches
        runner = Runner(settings, blocks.sessions, engines, renderer, caches, blocks.checks, blocks.library)
        read_endpoint.register_endpoint(runner)  # before a handler takes its name
        if settings.mcp:
            mcp_tool.register_tool(runner)
        empty = screen(Session(blocks.sessions.private, blocks.sessions.public), engine)
        parts = _place_components(empty, settings)
        _connect_events(blocks, parts, LibraryHandlers(runner))
    for block in blocks.blocks.values():
        # what is named as a file is copied there, if it lies elsewhere
        block.GRADIO_CACHE = str(blocks.sessions.uploads.folder)
    blocks.max_threads = MAX_THREADS
    blocks.queue(api_open=False, default_concurrency_limit=None)
    blocks._queue.pending_messages_per_session = LRUMessages(MAX_SESSIONS)
    return blocks


def _open_library(settings: Settings, renderer: Renderer) -> SessionLibrary | None:
    """The library of a page that only this machine can reach; None of any other."""
    folder = settings.library_folder
    return SessionLibrary(DocumentLibrary(folder, settings.library_mb * MEGABYTE), renderer, UNDO_S) if folder else None


def _place_components(empty: Screen, settings: Settings) -> dict[str, gr.HTML]:
    """Make the components, by their names."""
    parts: dict[str, gr.HTML] = {}

    def place(name: str, **constants: Any) -> None:
        parts[name] = component(name.replace("_", "-"), getattr(empty, name), **constants)

    place("masthead", ways=[] if settings.public else ways())
    with gr.Row(elem_id="pl-columns", equal_height=False):
        with gr.Column(elem_id="pl-rail"):
            samples = [asdict(sample) for sample in available_samples()]
            place("documents", limit_mb=settings.max_file_mb, samples=samples)
            defaults = settings.request
            place(
                "control",
                layout=defaults.layout is not False,
                headers=defaults.headers,
                formats=[*download_menu(), *data_menu()],
                auto_start=settings.starts_reading,
                auto_rotate=defaults.auto_rotate if orientation.available() else None,
            )
            place("models")
            place("offer")
            place("library", on=settings.library_folder is not None, undo_s=UNDO_S)
        place("outline")
        place("strip", states=LETTER_MEANINGS)
        place("viewer", labels=[gettext(label) for label in REGION_KINDS])
        with gr.Column(elem_id="pl-paper"):
            place("page_status")
            place("edges")
            place("places")
            place("search")
            place("copy")
            with gr.Column(elem_id="pl-tabs"):
                parts["tablist"] = component("tablist", {})
                for name in PANELS:
                    with gr.Column(elem_id=f"pl-{name.replace('_', '-')}-panel", elem_classes="tab-panel"):
                        place(name)
        place("view_bar")
    return parts


def _connect_events(blocks: PageBlocks, parts: dict[str, gr.HTML], handlers: LibraryHandlers) -> None:
    """Have each event handled; those of a component are what its script triggers."""
    # Gradio's own progress is not shown. Left on every output, it would make the browser copy each component's value at
    # each update: a fifth of its work with 1,000 pages.
    options: dict[str, Any] = {"show_progress": "hidden", "show_progress_on": [], "api_visibility": "private"}
    strip, thumbnails = parts["strip"], Thumbnails(blocks.sessions, handlers.runner.renderer)
    strip.viewed(thumbnails.render_visible, outputs=[strip], trigger_mode="multiple", **options)
    outputs = [parts[name] for name in Screen._fields]
    parts["document_text"].more(handlers.show_document, outputs=outputs, trigger_mode="once", **options)
    for handler, events in (
        *_events_of_files(parts, handlers),
        *_events_of_reading(parts, handlers),
        *_events_of_text(parts, handlers),
        *_events_of_photos(parts, handlers),
    ):
        for event in events:
            event(handler, outputs=outputs, trigger_mode="multiple", **options)
    blocks.unload(blocks.disconnect_tab)


Events = list[tuple[Callable[..., Any], list[Callable[..., Any]]]]
"""Handlers, each with the events that it handles."""


def _events_of_files(parts: dict[str, gr.HTML], handlers: LibraryHandlers) -> Events:
    """The files, the library, and the way from page to page."""
    documents, library = parts["documents"], parts["library"]
    views = [
        parts[name]
        for name in ("documents", "outline", "strip", "viewer", "search", "places", "control", "document_text")
    ]
    return [
        (handlers.add, [documents.added]),
        (handlers.sample, [documents.sample]),
        (handlers.remove, [documents.removed]),
        (handlers.unlock, [documents.unlock]),
        (handlers.open_kept, [library.open]),
        (handlers.close_kept, [library.closed]),
        (handlers.choose_page, [view.chosen for view in views]),
        (TurnHandlers(handlers.runner).turn, [parts["viewer"].turned]),
        (handlers.search, [parts["search"].query]),
    ]


def _events_of_reading(parts: dict[str, gr.HTML], handlers: LibraryHandlers) -> Events:
    """What reads, reading, and what was read as a file."""
    control, masthead, offer, status = (parts[name] for name in ("control", "masthead", "offer", "page_status"))
    return [
        (handlers.arrive, [control.hello, control.reconnect]),
        (handlers.restart, [masthead.restart, control.restart]),
        (handlers.change_server, [masthead.change_server]),
        (handlers.start_server, [offer.start]),
        (handlers.stop_server, [offer.stop]),
        (handlers.read, [control.read]),
        (handlers.read_page, [control.read_page]),
        (handlers.read_again, [status.read_again, parts["compare"].read_again]),
        (handlers.stop_page, [status.stop]),
        (handlers.stop, [control.stop]),
        (handlers.download, [control.download]),
    ]


def _events_of_text(parts: dict[str, gr.HTML], handlers: LibraryHandlers) -> Events:
    """The tabs, the readings that are compared, and the places to look at."""
    tabs, comparison, places = parts["tablist"], parts["compare"], parts["places"]
    place_handlers = PlaceHandlers(handlers.runner)
    return [
        (handlers.show_document, [tabs.to_document]),
        (handlers.tie_text, [parts["document_text"].tie]),
        (handlers.show_page, [tabs.to_page]),
        (handlers.show_comparison, [tabs.to_comparison, comparison.open]),
        (handlers.choose_readings, [comparison.pick]),
        (handlers.restore_reading, [comparison.restore]),
        (place_handlers.check, [places.check]),
        (place_handlers.take, [places.take]),
        (place_handlers.dismiss, [places.dismiss]),
        (place_handlers.undo, [places.undo]),
        (place_handlers.redo, [places.redo]),
        (place_handlers.edit, [parts["text"].edit]),
        (ReplaceHandlers(handlers.runner).look_for, [parts["text"].look_for]),
        (ReplaceHandlers(handlers.runner).replace_all, [parts["text"].replace_all]),
    ]


def _events_of_photos(parts: dict[str, gr.HTML], handlers: LibraryHandlers) -> Events:
    """Photographs: several joined, and the edges of the sheet in one."""
    photos, edges = PhotoHandlers(handlers.runner), parts["edges"]
    return [
        (photos.join, [parts["documents"].joined]),
        (photos.adjust, [edges.adjust]),
        (photos.use_edges, [edges.use_edges]),
        (photos.as_taken, [edges.as_taken]),
        (photos.cancel_edges, [edges.cancel_edges]),
    ]
