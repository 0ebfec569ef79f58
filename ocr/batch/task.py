"""Read what is left of a task's documents, by the generator that serves the command line, into rows."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import astuple, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ocr.batch.batch_settings import BatchSettings, check_model
from ocr.batch.journal import DonePages, Journal, done_pages
from ocr.batch.manifest import read_manifest
from ocr.batch.page_faults import Fault, UnexplainedFailures, fault_of, reads_sample
from ocr.batch.prefetch import LeftDocument, Prefetcher
from ocr.batch.retry_pages import retried_rows
from ocr.batch.rows import ReadBy, document_row, page_row
from ocr.batch.sources import fetched
from ocr.config.settings import Settings
from ocr.documents.page_ranges import select_pages
from ocr.documents.renderer import Renderer
from ocr.engines.open_reader import OpenReader, open_reader
from ocr.engines.select import Server
from ocr.errors import OcrError, ServerError, ServerUnavailable
from ocr.events import DocumentFailed, DocumentOpened, PageDone, PageFailed, ReadEvent
from ocr.library.read_documents import read_documents
from ocr.library.verifying import opened_verifier
from ocr.pipeline.run import Stop
from ocr.types import Document, Finish

STREAM_INTERVAL = 16
"""Tokens in one event, as on the command line."""


OPEN_INTERVAL_S = 1.0
"""Between two tries to reach a server that is away."""


class PagesUnread(ServerUnavailable):
    """The server did not read some pages of a task that it may read later."""


@dataclass(slots=True)
class Tally:
    """What has come of the pages of one task or of several, in this run."""

    pages: int = 0
    """Of the documents that were opened."""
    done: int = 0
    """Pages that have ended with a row."""
    failed: int = 0
    """Of them those with an error."""
    blank: int = 0
    tokens: int = 0
    unopened: int = 0
    """Documents that cannot be opened."""
    doubtful: int = 0
    """Verified pages with places to look at."""
    unread: int = 0
    """Pages that have no row, by the server's fault: a rerun reads them."""

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(mine + others for mine, others in zip(astuple(self), astuple(other), strict=True)))


@dataclass(slots=True, eq=False)
class TaskProgress:
    """How far a task is."""

    tally: Tally = field(default_factory=Tally)
    opened: bool = False
    """Whether the server has answered, so that pages are read."""
    changed: Callable[[Tally], object] = lambda _: None
    """Called after each page."""
    tell: Callable[[str], object] = lambda _: None
    """Called with what a user should know."""


async def read_task(
    settings: BatchSettings, task: int, renderer: Renderer, server: Server, stop: Stop, progress: TaskProgress
) -> None:
    """Read what is left of a task; when this returns every page of it has a row, unless `stop` was set.

    Whatever ends it, the rows of the pages that have ended are written.

    Raises:
        ServerUnavailable: some pages were not read, by the server's fault; `PagesUnread` if it may read other tasks.
        StorageError: SOURCE or TARGET cannot be read.
        OutputError: TARGET cannot be written.
    """
    folder = settings.folder
    left = await asyncio.to_thread(documents_left, settings, task)
    if not left or stop.is_set():
        return
    max_bytes = settings.reading.max_file_mb * 1_000_000
    with tempfile.TemporaryDirectory(prefix="pagelight-", ignore_cleanup_errors=True) as scratch:
        async with (
            _opened_once_it_answers(settings.reading, server, progress.tell) as opened,
            Journal(folder, task) as journal,
            Prefetcher(left, partial(fetched, max_bytes=max_bytes), Path(scratch)) as prefetcher,
            opened_verifier(settings.reading, renderer, opened) as verifier,
            aclosing(prefetcher.documents()) as documents,
        ):
            await asyncio.to_thread(check_model, folder, opened.options.model)
            progress.opened = True
            rows = _TaskRows(left, journal, renderer, opened, progress)
            reading = settings.reading.request
            events = read_documents(documents, reading, renderer, opened, stop, verifier=verifier)
            async with aclosing(events):
                async for event in events:
                    await rows.take(event)
            if not stop.is_set():
                await rows.finish()


@asynccontextmanager
async def _opened_once_it_answers(
    reading: Settings, server: Server, tell: Callable[[str], object]
) -> AsyncIterator[OpenReader]:
    """The reader of a server that may be away for a while, as one may be to which no page is being sent."""
    late, told = time.monotonic() + reading.outage_timeout, False
    async with AsyncExitStack() as stack:
        while True:
            try:
                opened = await stack.enter_async_context(open_reader(reading, server, stream_interval=STREAM_INTERVAL))
                break
            except ServerError as error:
                if not error.retryable or time.monotonic() >= late:
                    raise
                if not told:
                    tell(f"{error.message} It is waited for, up to {reading.outage_timeout:g} s.")
                told = True
            await asyncio.sleep(OPEN_INTERVAL_S)
        yield opened


def documents_left(settings: BatchSettings, task: int) -> list[LeftDocument]:
    """The documents of a task that have pages without a row, and those that have not been opened; blocks."""
    folder = settings.folder
    done = done_pages(folder, task, retried_rows(folder, task))
    entries = read_manifest(folder, task)
    return [
        LeftDocument(entry, done.get(entry.id))
        for entry in entries
        if not _is_complete(done.get(entry.id), settings.pages)
    ]


def _is_complete(done: DonePages | None, pages: str) -> bool:
    """Whether a document need not be opened again: every page that is asked for has a row, or it has one itself."""
    if done is None:
        return False
    if done.unopened:
        return True
    assert done.count is not None
    wanted = select_pages(pages, done.count) if pages else range(1, done.count + 1)
    return done.pages.issuperset(wanted)


class _TaskRows:
    """Makes rows of what happens to a task's pages, and decides whose fault it is where one fails."""

    def __init__(
        self,
        left: Sequence[LeftDocument],
        journal: Journal,
        renderer: Renderer,
        opened: OpenReader,
        progress: TaskProgress,
    ) -> None:
        self._left, self._journal, self._renderer, self._reader = left, journal, renderer, opened
        self._read_by = ReadBy.of(opened.options)
        self._progress, self._tally = progress, progress.tally
        self._documents: dict[int, tuple[Document, int]] = {}  # with the number of pages that have not ended
        self._unexplained = UnexplainedFailures()
        self._unread: OcrError | None = None
        """Why some pages have no row."""

    async def take(self, event: ReadEvent) -> None:
        """Make a row of it, if it is the end of a page or of a document that cannot be opened.

        Raises:
            OcrError: no page can be read, or no row be written, from here on.
        """
        match event:
            case DocumentOpened(index=index, document=document, pages=pages):
                self._tally.pages += len(pages)
                if pages:
                    self._documents[index] = (document, len(pages))
            case DocumentFailed(index=index, error=error):
                await self._document_failed(index, error)
            case PageDone() | PageFailed():
                await self._page_ended(event)
                self._progress.changed(self._tally)

    async def _document_failed(self, index: int, error: OcrError) -> None:
        if fault_of(error) is Fault.FATAL:
            raise error
        self._tally.unopened += 1
        await self._journal.add(document_row(self._left[index].entry, error, self._read_by))

    async def _page_ended(self, event: PageDone | PageFailed) -> None:
        document, pages_left = self._documents.pop(event.page.document)
        if pages_left > 1:
            self._documents[event.page.document] = document, pages_left - 1
        if event.result.finish is Finish.CANCELLED:
            return
        row = page_row(self._left[event.page.document].entry, document, event.result, self._read_by)
        if isinstance(event, PageDone):
            self._tally.blank += event.result.blank
            if event.result.attempts:
                await self._explain()
            await self._add(row)
            return
        match fault_of(event.error):
            case Fault.PAGES:
                await self._add(row)
            case Fault.UNEXPLAINED:
                if self._unexplained.add(row, event.error):
                    await self._try_server()
            case Fault.SERVERS:
                self._tally.unread += 1
                self._unread = event.error
            case Fault.FATAL:
                raise event.error

    async def _add(self, row: dict[str, Any]) -> None:
        self._tally.done += 1
        self._tally.doubtful += row["check"] is not None and not all(one["weak"] for one in row["check"]["findings"])
        self._tally.failed += row["finish"] == Finish.FAILED
        self._tally.tokens += row["tokens"]
        await self._journal.add(row)

    async def _explain(self) -> None:
        """The server reads pages: what failed before is the pages' own fault."""
        for row in self._unexplained.explained():
            await self._add(row)

    async def _try_server(self) -> None:
        """Find out whether the server reads any page at all.

        Raises:
            ServerUnavailable: it does not.
        """
        error = self._unexplained.error
        assert error
        if not await reads_sample(self._renderer, self._reader):
            raise ServerUnavailable(
                f"The server reads no page any more: {error.message}",
                "See to the server, then run the same command again: what has been read stays.",
            ) from error
        await self._explain()

    async def finish(self) -> None:
        """Decide on the pages that failed last.

        Raises:
            OcrError: some pages have no row.
        """
        if self._unexplained.error:
            await self._try_server()
        if self._unread:
            raise PagesUnread(
                f"{self._tally.unread} pages were not read. {self._unread.message}",
                "Run the same command again: what has been read stays.",
            )
