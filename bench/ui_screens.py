"""The two screens that bench.ui measures, each in a process of its own: ours, and the plain Gradio way.

The plain way is a small app of ours that does what Gradio demos of such models do: it sends the page's whole text to a
`gr.Markdown` at every update, and the page with its boxes, and the cuts of its figures, as PIL images that Gradio
encodes anew. Both read with the same pipeline and renderer, and take their updates at the same rate.

    python -m bench.ui_screens ours|plain SIZE PACE INTERVAL AT_ONCE

serves one of them, read by an imitation that writes SIZE characters a page at PACE tokens a second, INTERVAL tokens at
once, AT_ONCE pages in flight; prints its URL; ends when its stdin does. `GET /bench` answers with what was
sent so far, and the CPU time of the process.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ocr.config.profiles import ReadOptions, read_options
from ocr.config.settings import Settings, silence_gradio
from ocr.documents.renderer import Renderer
from ocr.documents.source import DocumentSource
from ocr.engines.select import Server
from ocr.events import RegionFound, TextArrived
from ocr.pipeline.concurrency import AdaptiveLimiter
from ocr.pipeline.run import read_pages
from ocr.types import ImageSpec, PageId

silence_gradio()

import gradio as gr  # noqa: E402 (Gradio reads the environment when it is imported)
from PIL import Image, ImageDraw  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402

from bench.ui_pages import EvenReader, page_text  # noqa: E402
from ocr.web.garbage_collection import GarbageCollection  # noqa: E402
from ocr.web.page_layout import build  # noqa: E402
from ocr.web.serve_page import web_app  # noqa: E402
from ocr.web.server.web_server import WebServer, listen  # noqa: E402
from ocr.web.state.change_notifier import ChangeNotifier  # noqa: E402

DELIMITERS = [
    {"left": left, "right": right, "display": display}
    for left, right, display in (("$$", "$$", True), ("\\[", "\\]", True), ("\\(", "\\)", False), ("$", "$", False))
]


@dataclass
class Sent:
    """Counts of what the app sent."""

    updates: int = 0
    """Messages of the event stream that change the screen."""
    stream: int = 0
    """Bytes of the event stream."""
    files: int = 0
    """Bytes of everything else, images above all."""


@dataclass
class Counter:
    """ASGI middleware that keeps the counts, and tells them."""

    app: Any
    sent: Sent

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass everything on."""
        path = scope.get("path", "")
        if path == "/bench":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            told = asdict(self.sent) | {"cpu_ms": 1000 * time.process_time()}
            await send({"type": "http.response.body", "body": json.dumps(told).encode()})
            return

        async def counted(message: Any) -> None:
            body = message.get("body", b"")
            if path.endswith("/queue/data"):
                self.sent.stream += len(body)
                self.sent.updates += body.count(b'"process_generating"')
            else:
                self.sent.files += len(body)
            await send(message)

        await self.app(scope, receive, counted)


@dataclass
class Plain:
    """The plain Gradio way."""

    renderer: Renderer
    reader: EvenReader
    at_once: int
    longest_side: int = 1540

    def __post_init__(self) -> None:
        """Pages are those of the document that is shown."""
        self.source = DocumentSource(self.renderer, lambda _: self.document, ImageSpec(self.longest_side))

    async def show(self, path: str, number: float) -> tuple[Image.Image, int]:
        """A page of the file, as a PIL image, and its number."""
        self.document, self.number = await self.renderer.open(Path(path)), int(number)
        image = await self.source.image(PageId(0, self.number))
        self.sheet = Image.open(io.BytesIO(image.data)).convert("RGB")
        return self.sheet, self.number

    async def following(self, path: str, number: float) -> tuple[Image.Image, int]:
        """The next page."""
        return await self.show(path, number + 1)

    async def read(self) -> AsyncIterator[tuple[Any, ...]]:
        """Read every page; at each update all that is known of the shown one is sent."""
        options = read_options((await self.reader.models())[0])
        self.text, self.boxes = "", []
        changes = ChangeNotifier()
        reading = asyncio.create_task(self._take(options, changes))
        reading.add_done_callback(lambda _: changes.notify())
        try:
            async with aclosing(changes.ticks()) as ticks:
                async for _ in ticks:
                    over = reading.done()
                    yield self.text, *await asyncio.to_thread(pictures, self.sheet, list(self.boxes))
                    if over:
                        break
            await reading
        finally:
            reading.cancel()

    async def _take(self, options: ReadOptions, changes: ChangeNotifier) -> None:
        shown = PageId(0, self.number)
        events = read_pages(self._pages(), self.source, self.reader, options, concurrency=self.at_once)
        async with aclosing(events):
            async for event in events:
                if event.page == shown and isinstance(event, TextArrived):
                    self.text += event.markdown
                elif event.page == shown and isinstance(event, RegionFound):
                    self.boxes.append((event.region.label, event.region.box.as_list()))
                changes.notify()

    async def _pages(self) -> AsyncIterator[PageId]:
        for number in range(1, self.document.pages + 1):
            yield PageId(0, number)


def pictures(sheet: Image.Image, boxes: list[tuple[str, list[int]]]) -> tuple[Image.Image, list[Image.Image]]:
    """The sheet with all boxes, and its figures cut out."""
    drawn, cuts = sheet.copy(), []
    pen = ImageDraw.Draw(drawn)
    for label, (left, top, right, bottom) in boxes:
        x, y = sheet.width / 1000, sheet.height / 1000
        place = (left * x, top * y, right * x, bottom * y)
        pen.rectangle(place, outline="red", width=2)
        if label == "image":
            cuts.append(sheet.crop(tuple(map(round, place))))
    return drawn, cuts


def plain(renderer: Renderer, reader: EvenReader, at_once: int) -> gr.Blocks:
    """The screen of the plain way."""
    way = Plain(renderer, reader, at_once)
    with gr.Blocks(analytics_enabled=False) as desk:
        file = gr.File(elem_id="file", label="Document")
        number = gr.Number(1, precision=0, label="Page")
        with gr.Row():
            after, read = gr.Button("Next page", elem_id="after"), gr.Button("Read", elem_id="read")
        with gr.Row():
            sheet = gr.Image(type="pil", elem_id="sheet", label="Page")
            text = gr.Markdown(elem_id="text", latex_delimiters=DELIMITERS)
        gallery = gr.Gallery(elem_id="cuts", label="Figures")
        file.upload(way.show, [file, number], [sheet, number])
        after.click(way.following, [file, number], [sheet, number])
        read.click(way.read, None, [text, sheet, gallery])
    desk.queue(default_concurrency_limit=None)
    return desk


async def serve(name: str, reader: EvenReader, at_once: int, renderer: Renderer) -> str:
    """Serve a screen in threads; its URL."""
    if name == "ours":
        settings = Settings(port=0, auto_start=False)  # the measured press of Read starts it
        server = Server("http://127.0.0.1:9/v1", note="", concurrency=AdaptiveLimiter(at_once))  # nobody is there
        desk = build(settings, reader, renderer, server)
        app, listener = web_app(desk, settings), listen(settings.host, settings.port)
        app.add_middleware(Counter, sent=Sent())
        GarbageCollection(desk.sessions.is_quiet).start()
        WebServer(app, listener).start()
        return f"http://{settings.host}:{listener.getsockname()[1]}/"
    desk, counter = plain(renderer, reader, at_once), Middleware(Counter, sent=Sent())
    told = {"app_kwargs": {"middleware": [counter]}, "prevent_thread_lock": True, "quiet": True, "ssr_mode": False}
    _, url, _ = desk.launch(**told)
    return str(url)


def main() -> None:
    """Serve until stdin ends."""
    name, size, pace, interval, at_once = sys.argv[1:]
    reader = EvenReader(page_text(int(size)), float(pace), int(interval))
    with Renderer(workers=2) as renderer:
        print(asyncio.run(serve(name, reader, int(at_once), renderer)), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
