"""The main command: read documents and write a folder of results for each."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from functools import partial

from ocr.cli.given_files import GivenFile, given_files
from ocr.cli.one_document import one_document
from ocr.cli.run_report import RunReport
from ocr.cli.terminal import Terminal
from ocr.config.settings import Settings
from ocr.documents.page_ranges import check_selection
from ocr.documents.photo_extra import check_photos
from ocr.documents.renderer import Renderer
from ocr.engines.open_reader import open_reader
from ocr.engines.select import Server, running_server
from ocr.engines.server_members import left_out
from ocr.engines.startup_log import follow_start
from ocr.errors import OcrError, UsageError
from ocr.export import check_formats, killing_children
from ocr.filenames import printable
from ocr.interrupts import INTERRUPTED
from ocr.library.read_documents import ArrivingDocument, read_documents
from ocr.library.verifying import opened_verifier
from ocr.pipeline.run import Stop

STREAM_INTERVAL = 16
"""Tokens in one event: the number of events is what a fast server costs its client, and nobody watches the text."""


def main(settings: Settings, renderer: Renderer, on_loaded: Callable[[], None] = lambda: None) -> int:
    """Read the documents of `settings`; return the exit code.

    `on_loaded` is called before the first page; it raises KeyboardInterrupt if the program was interrupted.
    """
    terminal = Terminal(quiet=settings.quiet)
    try:
        check_selection(settings.request.pages)
        check_formats(settings.formats)
        if settings.request.auto_rotate:
            from ocr.engines.tesseract import orientation  # Tesseract is loaded only where it is wanted

            orientation.check()
        check_photos(settings.request.photos)
        named, left_out_files = given_files(settings.files, settings.out)
        if left_out_files:
            terminal.note(f"Left out: {left_out_files}.")
        try:
            settings.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            made = f"{settings.out} cannot be made: {error.strerror}."
            raise UsageError(made, "Choose another folder with --out.") from error
        with (
            _documents(settings, named, renderer, terminal) as files,
            running_server(settings, sys.stderr.write) as server,
        ):
            if server.note:
                terminal.note(server.note)
            follow_start(server, terminal.write)
            on_loaded()
            came: list[int] = []  # an interrupt within the constructor of the loop would leave half of one
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda number, _frame: came.append(number))
            return asyncio.run(_read(settings, files, server, renderer, terminal, came))
    except OcrError as error:
        terminal.complain("", error)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED


@contextmanager
def _documents(
    settings: Settings, named: Sequence[GivenFile], renderer: Renderer, terminal: Terminal
) -> Iterator[Sequence[GivenFile]]:
    """The files that were named, or the one document of which they are to be the pages."""
    if not settings.one_document:
        yield named
        return
    with one_document(named, settings.out, renderer, terminal.note) as document:
        yield [document]


async def _arriving(files: Sequence[GivenFile]) -> AsyncIterator[ArrivingDocument]:
    for number, file in enumerate(files, 1):
        yield ArrivingDocument(file.path, file.name or None, last=number == len(files))


async def _read(
    settings: Settings,
    files: Sequence[GivenFile],
    server: Server,
    renderer: Renderer,
    terminal: Terminal,
    interrupts: Sequence[int],
) -> int:
    """Read with the loop's handlers of signals; `interrupts` came before they were there."""
    stop = Stop()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _interrupt, stop, number)
    if interrupts:
        return INTERRUPTED
    async with open_reader(settings, server, stream_interval=STREAM_INTERVAL) as opened:
        unused = left_out(server.members, opened.options)
        for note in unused:
            terminal.note(note)
        for member in server.members:
            used = len(server.members) - len(unused)
            member.outage.tell = partial(
                terminal.waiting, printable(member.name), servers=used, limit_s=settings.outage_timeout
            )
        report = RunReport(settings, files, (opened.url, opened.options.model), terminal)
        with killing_children(), terminal:
            async with opened_verifier(settings, renderer, opened) as verifier:
                events = read_documents(_arriving(files), settings.request, renderer, opened, stop, verifier=verifier)
                async with aclosing(events):
                    async for event in events:
                        await report.take(event)
            await report.written()
    return INTERRUPTED if stop.is_set() else report.exit_code


def _interrupt(stop: Stop, number: signal.Signals) -> None:
    """Let the pages in flight end and be written; a second signal ends at once.

    Raised here, in a callback of the loop, KeyboardInterrupt ends the loop. Python's own handler raises it wherever the
    program is; in a finalizer it would be lost.
    """
    if stop.is_set():
        asyncio.get_running_loop().remove_signal_handler(number)
        raise KeyboardInterrupt
    stop.set()
