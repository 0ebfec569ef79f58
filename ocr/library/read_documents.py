"""Open documents in turn and yield the events of their pages; used by the library, the command line and batch runs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ocr.config.read_request import ReadRequest
from ocr.documents.inputs import DocumentInput, input_file
from ocr.documents.renderer import Renderer
from ocr.documents.source import DocumentSource
from ocr.engines.open_reader import OpenReader
from ocr.errors import OcrError, confined
from ocr.events import DocumentFailed, DocumentOpened, PageDone, PageFailed, ReadEvent
from ocr.filenames import printable
from ocr.pipeline.run import UNKNOWN_PAGE_COUNT, CountedPages, Stop, read_pages
from ocr.types import Document, ImageSpec, PageId

if TYPE_CHECKING:
    from ocr.grounding.page_verifier import PageVerifier


def _all_pages(_document: Document, pages: tuple[int, ...]) -> tuple[int, ...]:
    return pages


@dataclass(frozen=True, slots=True)
class ArrivingDocument:
    """A document of a run whose documents arrive one after the other."""

    file: DocumentInput
    name: str | None = None
    """In messages; else the file's own."""
    wanted: Callable[[Document, tuple[int, ...]], tuple[int, ...]] = _all_pages
    """Which of the pages that are asked for are read."""
    close: Callable[[], object] = lambda: None
    """Called in a thread after the end of its last page, or when it cannot be opened; at the latest with the run."""
    last: bool = False
    """Whether no other document follows."""


async def read_documents(
    documents: Sequence[DocumentInput] | AsyncIterable[ArrivingDocument | OcrError],
    request: ReadRequest,
    renderer: Renderer,
    opened: OpenReader,
    stop: Stop | None = None,
    *,
    verifier: PageVerifier | None = None,
) -> AsyncGenerator[ReadEvent, None]:
    """Open the documents in turn, as their pages are wanted, and yield what happens to them and to their pages.

    An error among `documents` stands for a document that did not arrive. `request` has the page range and the password.
    Setting `stop` ends the run: no further document is opened, and the pages in flight end as cancelled. Nor is one
    opened once the server cannot be used. Closing the generator cancels all at once. With a `verifier` a page ends
    when it has been compared with the words on it.
    """
    stop, options = stop or Stop(), opened.options
    with _DocumentQueue(_arriving(documents), request, renderer) as queue:
        spec = ImageSpec(options.longest_side, options.rotation, options.upright, options.patch_pixels, options.photos)
        source = DocumentSource(renderer, queue.document, spec)
        pages = CountedPages(queue.pages(stop), lambda: queue.left)
        concurrency = opened.server.concurrency
        read = read_pages(pages, source, opened.reader, options, concurrency=concurrency, stop=stop)
        checked = verifier.verified_events(read, queue.document) if verifier else read
        async with aclosing(read), aclosing(checked) as events:
            async for event in events:
                while queue.events:
                    yield queue.events.popleft()
                yield event
                if isinstance(event, PageDone | PageFailed):
                    await queue.page_ended(event.page)
        while queue.events:
            yield queue.events.popleft()


async def _arriving(
    documents: Sequence[DocumentInput] | AsyncIterable[ArrivingDocument | OcrError],
) -> AsyncIterator[ArrivingDocument | OcrError]:
    if isinstance(documents, AsyncIterable):
        async for document in documents:
            yield document
        return
    for number, given in enumerate(documents, 1):
        yield ArrivingDocument(given, last=number == len(documents))


@dataclass(slots=True)
class _QueuedDocument:
    document: Document
    pages_left: int
    """Pages that have not ended."""
    files: ExitStack


class _DocumentQueue:
    """The documents of a run, opened one after the other; each is closed when its last page has ended."""

    def __init__(
        self, documents: AsyncIterator[ArrivingDocument | OcrError], request: ReadRequest, renderer: Renderer
    ) -> None:
        self._documents, self._request, self._renderer = documents, request, renderer
        self._open: dict[int, _QueuedDocument] = {}
        self.events: deque[DocumentOpened | DocumentFailed] = deque()
        """Not yielded yet."""
        self.left = UNKNOWN_PAGE_COUNT
        """Pages that have not been taken; `UNKNOWN_PAGE_COUNT` while there are documents that have not been opened."""

    def document(self, index: int) -> Document:
        """A document, by its index in the run, some page of which has not ended."""
        return self._open[index].document

    async def pages(self, stop: Stop) -> AsyncIterator[PageId]:
        """The pages to read, of one document after the other."""
        index = 0
        async for given in self._documents:
            if isinstance(given, OcrError):
                self.events.append(DocumentFailed(index, given))
            elif stop.is_set() or stop.error:
                await asyncio.to_thread(given.close)
                return
            else:
                numbers = await self._open_document(index, given)
                for taken, number in enumerate(numbers, 1):
                    self.left = len(numbers) - taken if given.last else UNKNOWN_PAGE_COUNT
                    yield PageId(index, number)
            index += 1

    async def _open_document(self, index: int, given: ArrivingDocument) -> tuple[int, ...]:
        """The numbers of the pages to read; none of a document that cannot be opened."""
        files = ExitStack()
        files.callback(given.close)
        numbers: tuple[int, ...] = ()
        try:
            with confined():
                path, name = await asyncio.to_thread(input_file, given.file, index, files)
                name = given.name or name
                document = await self._renderer.open(path, name=name, password=self._request.password or None)
                numbers = given.wanted(document, self._renderer.select(document, self._request.pages))
                document = replace(document, name=printable(Path(name).name))
                self.events.append(DocumentOpened(index, document, numbers))
        except OcrError as error:
            self.events.append(DocumentFailed(index, error))
        finally:
            if numbers:
                self._open[index] = _QueuedDocument(document, len(numbers), files)
            else:
                await asyncio.to_thread(files.close)
        return numbers

    async def page_ended(self, page: PageId) -> None:
        """Close its document, if it was the last page of it to end."""
        queued = self._open[page.document]
        queued.pages_left -= 1
        if not queued.pages_left:
            del self._open[page.document]
            await asyncio.to_thread(queued.files.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the documents whose pages have not ended."""
        for queued in self._open.values():
            queued.files.close()
