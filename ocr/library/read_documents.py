"""Open documents in turn and yield the events of their pages; used by the library and the command line."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import replace
from pathlib import Path

from ocr.config.read_request import ReadRequest
from ocr.documents.inputs import DocumentInput, input_file
from ocr.documents.renderer import Renderer
from ocr.documents.source import DocumentSource
from ocr.engines.open_reader import OpenReader
from ocr.errors import OcrError, confined
from ocr.events import DocumentFailed, DocumentOpened, ReadEvent
from ocr.filenames import printable
from ocr.pipeline.run import UNKNOWN_PAGE_COUNT, CountedPages, Stop, read_pages
from ocr.types import Document, ImageSpec, PageId


async def read_documents(
    documents: Sequence[DocumentInput],
    request: ReadRequest,
    renderer: Renderer,
    opened: OpenReader,
    stop: Stop | None = None,
) -> AsyncGenerator[ReadEvent, None]:
    """Open the documents in turn, as their pages are wanted, and yield what happens to them and to their pages.

    `request` has the page range and the password. Setting `stop` ends the run: no further document is opened, and the
    pages in flight end as cancelled. Closing the generator cancels all at once.
    """
    stop, options = stop or Stop(), opened.options
    with ExitStack() as copies:
        queue = _DocumentQueue(documents, request, renderer, copies)
        spec = ImageSpec(options.longest_side, options.rotation, options.upright, options.patch_pixels)
        source = DocumentSource(renderer, queue.opened.__getitem__, spec)
        pages = CountedPages(queue.pages(stop), lambda: queue.left)
        concurrency = opened.server.concurrency
        async with aclosing(
            read_pages(pages, source, opened.reader, options, concurrency=concurrency, stop=stop)
        ) as events:
            async for event in events:
                while queue.events:
                    yield queue.events.popleft()
                yield event
        while queue.events:
            yield queue.events.popleft()


class _DocumentQueue:
    """The documents of a run, opened one after the other."""

    def __init__(
        self, documents: Sequence[DocumentInput], request: ReadRequest, renderer: Renderer, copies: ExitStack
    ) -> None:
        self._documents, self._request, self._renderer, self._copies = documents, request, renderer, copies
        self.opened: dict[int, Document] = {}
        """Index → document."""
        self.events: deque[DocumentOpened | DocumentFailed] = deque()
        """Not yielded yet."""
        self.left = UNKNOWN_PAGE_COUNT
        """Pages that have not been taken; `UNKNOWN_PAGE_COUNT` while there are documents that have not been opened."""

    async def pages(self, stop: Stop) -> AsyncIterator[PageId]:
        """The pages asked for, of one document after the other."""
        for index, given in enumerate(self._documents):
            if stop.is_set():
                return
            try:
                with confined():
                    opened = await self._open(index, given)
            except OcrError as error:
                self.events.append(DocumentFailed(index, error))
                continue
            self.events.append(opened)
            for taken, number in enumerate(opened.pages, 1):
                last = index == len(self._documents) - 1
                self.left = len(opened.pages) - taken if last else UNKNOWN_PAGE_COUNT
                yield PageId(index, number)

    async def _open(self, index: int, given: DocumentInput) -> DocumentOpened:
        path, name = await asyncio.to_thread(input_file, given, index, self._copies)
        document = await self._renderer.open(path, name=name, password=self._request.password or None)
        numbers = self._renderer.select(document, self._request.pages)
        document = replace(document, name=printable(Path(name).name))
        self.opened[index] = document
        return DocumentOpened(index, document, numbers)
