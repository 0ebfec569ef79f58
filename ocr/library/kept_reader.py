"""A reader that is kept for one call after the other, where each brings one document."""

from __future__ import annotations

import asyncio
import weakref
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from ocr.config.settings import Settings
from ocr.documents.inputs import DocumentInput
from ocr.documents.renderer import Renderer
from ocr.engines.open_reader import OpenReader, open_reader
from ocr.events import DocumentFailed, PageDone, PageFailed
from ocr.library.read_arguments import ReadArguments, parse_arguments
from ocr.library.read_documents import read_documents
from ocr.library.run_processes import opened_processes
from ocr.library.thread_run import ThreadRun
from ocr.library.verifying import opened_verifier
from ocr.types import PageResult

if TYPE_CHECKING:
    from ocr.grounding.page_verifier import PageVerifier


@dataclass(frozen=True, slots=True)
class _Open:
    loop: asyncio.AbstractEventLoop
    renderer: Renderer
    reader: OpenReader
    verifier: PageVerifier | None


class KeptReader:
    """Reads documents as `read` does, with the same processes and connections until it is closed or forgotten."""

    def __init__(self, **arguments: Unpack[ReadArguments]) -> None:
        """Start a thread that opens the reader.

        Raises:
            TypeError: an argument is unknown or of the wrong type.
            UsageError: an argument's value is impossible.
        """
        self._settings = parse_arguments(arguments)
        self._open: Future[_Open] = Future()
        run = ThreadRun(_keep_open(self._settings, self._open), lambda: None)
        self.close = weakref.finalize(self, run.close)
        """Ends the processes and the connections."""

    def read(self, document: DocumentInput) -> list[PageResult]:
        """The results of the document's pages; may be called in several threads at once.

        Raises:
            DocumentError: the document cannot be opened.
            ServerUnavailable: the server or the CPU engine cannot be used.
        """
        opened = self._open.result()
        return asyncio.run_coroutine_threadsafe(_results(document, self._settings, opened), opened.loop).result()


async def _keep_open(settings: Settings, opened: Future[_Open]) -> None:
    try:
        async with (
            opened_processes(settings) as (renderer, server),
            open_reader(settings, server) as reader,
            opened_verifier(settings, renderer, reader) as verifier,
        ):
            opened.set_result(_Open(asyncio.get_running_loop(), renderer, reader, verifier))
            await asyncio.Event().wait()  # until it is cancelled
    except BaseException as error:
        if opened.done():
            raise
        opened.set_exception(error)


async def _results(document: DocumentInput, settings: Settings, opened: _Open) -> list[PageResult]:
    results: list[PageResult] = []
    events = read_documents([document], settings.request, opened.renderer, opened.reader, verifier=opened.verifier)
    async with aclosing(events):
        async for event in events:
            if isinstance(event, DocumentFailed):
                raise event.error
            if isinstance(event, PageDone | PageFailed):
                results.append(event.result)
    return results
