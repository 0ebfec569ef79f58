"""The library's functions `read` and `aread`."""

from collections.abc import AsyncGenerator, Generator, Iterable, Sequence
from contextlib import aclosing
from functools import partial
from os import PathLike
from queue import SimpleQueue
from typing import Any, Unpack

from ocr.config.settings import Settings
from ocr.documents.inputs import DocumentInput, check_input
from ocr.engines.open_reader import open_reader
from ocr.errors import UsageError
from ocr.events import DocumentFailed, PageDone, PageFailed, ReadEvent
from ocr.library.read_arguments import ReadArguments, parse_arguments
from ocr.library.read_documents import read_documents
from ocr.library.run_processes import opened_processes
from ocr.library.thread_run import ThreadRun
from ocr.library.verifying import opened_verifier
from ocr.types import PageResult


def read(document: DocumentInput, **arguments: Unpack[ReadArguments]) -> Generator[PageResult, None, None]:
    """Read one document and yield the result of each page as it ends, which need not be in page order.

    A page that cannot be read is yielded too: its `finish` is `failed` and its `error` says why. The pages are read in
    a thread of their own, so this can be called where an event loop runs. Closing the generator cancels the requests
    and ends the thread and the processes.

    Args:
        document: a path, bytes, or a file object open for reading in binary mode.
        **arguments: as `ReadArguments` lists them.

    Raises:
        TypeError: an argument is unknown or of the wrong type.
        UsageError: an argument's value is impossible.
        DocumentError: the document cannot be opened.
        ServerUnavailable: the server or the CPU engine cannot be used.
    """
    settings = parse_arguments(arguments)
    if isinstance(document, list | tuple):
        raise TypeError("read takes one document; aread takes several")
    check_input(document)
    return _results(_events([document], settings))


def aread(
    documents: DocumentInput | Iterable[DocumentInput], **arguments: Unpack[ReadArguments]
) -> AsyncGenerator[ReadEvent, None]:
    """Read one document or several and yield what happens, as it happens.

    Each document brings a `DocumentOpened` or a `DocumentFailed`; each page then ends in exactly one `PageDone` or
    `PageFailed`. Closing the generator cancels the requests and ends the processes.

    Args:
        documents: paths, bytes, or file objects open for reading in binary mode.
        **arguments: as `ReadArguments` lists them.

    Raises:
        TypeError: an argument is unknown or of the wrong type.
        UsageError: an argument's value is impossible.
        ServerUnavailable: the server or the CPU engine cannot be used.
    """
    settings = parse_arguments(arguments)
    one = isinstance(documents, str | PathLike | bytes | bytearray | memoryview) or hasattr(documents, "read")
    if not (one or isinstance(documents, Iterable)):
        check_input(documents)
    files: list[Any] = [documents] if one else list(documents)  # type: ignore[arg-type]  # not one, so iterable
    if not files:
        raise UsageError("There is no document to read.", "Pass at least one.")
    for file in files:
        check_input(file)
    return _events(files, settings)


async def _events(documents: Sequence[DocumentInput], settings: Settings) -> AsyncGenerator[ReadEvent, None]:
    """A run with processes and connections of its own."""
    async with (
        opened_processes(settings) as (renderer, server),
        open_reader(settings, server) as opened,
        opened_verifier(settings, renderer, opened) as verifier,
        aclosing(read_documents(documents, settings.request, renderer, opened, verifier=verifier)) as events,
    ):
        async for event in events:
            yield event


def _results(events: AsyncGenerator[ReadEvent, None]) -> Generator[PageResult, None, None]:
    """The results among the events, which are taken in a thread of their own."""
    queue: SimpleQueue[PageResult | None] = SimpleQueue()

    async def take() -> None:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, DocumentFailed):
                    raise event.error
                if isinstance(event, PageDone | PageFailed):
                    queue.put(event.result)

    run = ThreadRun(take(), partial(queue.put, None))
    try:
        while (result := queue.get()) is not None:
            yield result
        run.result()
    finally:
        run.close()
