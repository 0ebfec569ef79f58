"""Read what is left of a task's documents, by the generator that serves the command line, into rows."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from pathlib import Path

from ocr.batch.batch_settings import BatchSettings, check_model
from ocr.batch.figure_files import FigureFiles
from ocr.batch.journal import DonePages, Journal, done_pages
from ocr.batch.manifest import read_manifest
from ocr.batch.prefetch import LeftDocument, Prefetcher
from ocr.batch.retry_pages import retried_rows
from ocr.batch.sources import fetched
from ocr.batch.task_rows import TaskProgress, TaskRows
from ocr.config.settings import Settings
from ocr.documents.page_ranges import select_pages
from ocr.documents.renderer import Renderer
from ocr.engines.open_reader import OpenReader, open_reader
from ocr.engines.select import Server
from ocr.errors import ServerError
from ocr.library.read_documents import read_documents
from ocr.library.verifying import opened_verifier
from ocr.pipeline.run import Stop

STREAM_INTERVAL = 16
"""Tokens in one event, as on the command line."""

OPEN_INTERVAL_S = 1.0
"""Between two tries to reach a server that is away."""


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
            FigureFiles(folder) as figures,
            Journal(folder, task, figures.written) as journal,
            Prefetcher(left, partial(fetched, max_bytes=max_bytes), Path(scratch)) as prefetcher,
            opened_verifier(settings.reading, renderer, opened, settings.processes) as verifier,
            aclosing(prefetcher.documents()) as documents,
        ):
            await asyncio.to_thread(check_model, folder, opened.options.model)
            progress.opened = True
            kept = figures if settings.figures else None
            rows = TaskRows(left, journal, kept, renderer, opened, progress)
            reading = settings.reading.request
            events = read_documents(documents, reading, renderer, opened, stop, verifier=verifier)
            async with aclosing(events):
                async for event in events:
                    await rows.take(event)
            if stop.error:
                raise stop.error
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
