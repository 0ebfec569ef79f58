"""Fetch a task's documents ahead of need, within bounds of files and bytes, and drop each after its last page."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from ocr.batch.journal import DonePages
from ocr.batch.manifest import ManifestEntry
from ocr.batch.source_document import SourceDocument
from ocr.errors import OcrError, confined
from ocr.library.read_documents import ArrivingDocument
from ocr.types import Document

MAX_FILES = 16
"""Documents that are fetched and not read to their end, at most."""
MAX_BYTES = 2_000_000_000
"""Their bytes, at most, unless one alone has more."""
MAX_FETCHING = 4
"""Documents fetched at the same time."""

Fetch = Callable[[SourceDocument, Path], AbstractContextManager[Path]]
"""Gives a document as a file while a block lasts, in this folder if it has to be copied."""


@dataclass(frozen=True, slots=True)
class LeftDocument:
    """A document of a task that has pages to be read."""

    entry: ManifestEntry
    done: DonePages | None
    """What has been read of it."""

    def wanted(self, document: Document, pages: tuple[int, ...]) -> tuple[int, ...]:
        """Which of these pages are to be read; all, if the document is another one than it was then."""
        if self.done is None or self.done.sha256 != document.sha256:
            return pages
        return tuple(page for page in pages if page not in self.done.pages)


class Prefetcher:
    """The documents of a task as they arrive, in their order; an async context manager that drops all at its end."""

    def __init__(self, documents: Sequence[LeftDocument], fetch: Fetch, folder: Path) -> None:
        """`folder` is for copies; nothing is fetched before the documents are iterated over."""
        self._documents, self._fetch, self._folder = documents, fetch, folder
        self._held_files = self._held_bytes = 0
        self._released = asyncio.Event()
        self._arriving: asyncio.Queue[asyncio.Task[ArrivingDocument | OcrError]] = asyncio.Queue()
        self._fetching = asyncio.Semaphore(MAX_FETCHING)
        self._tasks: set[asyncio.Task[ArrivingDocument | OcrError]] = set()
        self._files: set[ExitStack] = set()

    async def documents(self) -> AsyncGenerator[ArrivingDocument | OcrError, None]:
        """Each document when it is there, or why it cannot be fetched."""
        starting = asyncio.create_task(self._start_fetching())
        try:
            for _ in self._documents:
                arrived = await self._arriving.get()
                self._tasks.discard(arrived)
                yield await arrived
            await starting
        finally:
            starting.cancel()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(starting, *self._tasks, return_exceptions=True)

    async def _start_fetching(self) -> None:
        for left in self._documents:
            size = left.entry.bytes
            while self._held_files and (self._held_files >= MAX_FILES or self._held_bytes + size > MAX_BYTES):
                self._released.clear()
                await self._released.wait()
            self._held_files += 1
            self._held_bytes += size
            task = asyncio.create_task(self._fetched(left, last=left is self._documents[-1]))
            self._tasks.add(task)
            self._arriving.put_nowait(task)

    async def _fetched(self, left: LeftDocument, *, last: bool) -> ArrivingDocument | OcrError:
        files, loop, entry = ExitStack(), asyncio.get_running_loop(), left.entry
        files.callback(lambda: loop.call_soon_threadsafe(self._release, files, entry.bytes))
        self._files.add(files)
        try:
            with confined():
                async with self._fetching:
                    fetched = self._fetch(entry.document, self._folder)
                    path = await _finished(asyncio.to_thread(files.enter_context, fetched))
        except OcrError as error:
            files.close()
            return error
        return ArrivingDocument(path, entry.id, left.wanted, files.close, last)

    def _release(self, files: ExitStack, size: int) -> None:
        self._files.discard(files)
        self._held_files -= 1
        self._held_bytes -= size
        self._released.set()

    async def __aenter__(self) -> "Prefetcher":
        return self

    async def __aexit__(self, *_: object) -> None:
        """Drop what has been fetched and is not read."""
        for files in list(self._files):
            await asyncio.to_thread(files.close)


async def _finished(work: Awaitable[Path]) -> Path:
    """The result of work in a thread; a cancelled caller waits for it, so that nothing arrives after the last close."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    finally:
        await asyncio.wait({task})
