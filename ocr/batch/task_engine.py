"""What a process reads tasks with: render processes, a server and an event loop, kept from one task to the next."""

import asyncio
import atexit
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from typing import Self

from ocr.batch.batch_settings import BatchSettings
from ocr.batch.server_file import has_server_file, listed_servers
from ocr.batch.sources import close_containers
from ocr.batch.task import read_task
from ocr.batch.task_rows import TaskProgress
from ocr.documents.renderer import Renderer
from ocr.documents.worker_tasks import DocumentLimits
from ocr.engines.select import Server, running_server
from ocr.errors import OcrError
from ocr.interrupts import INTERRUPTED
from ocr.pipeline.run import Stop

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
"""Slurm sends SIGUSR1 before a job's time is up."""
STOP_TIMEOUT_S = 20.0
"""Time that pages in flight have to end after a signal; then the task is cancelled."""


class RunInterrupted(OcrError):
    """The run was stopped by a signal; what had been read is written."""

    exit_code = INTERRUPTED
    by_signal: signal.Signals | None = None
    """Which it was."""


class TaskEngine:
    """Reads one task after the other; a context manager that ends its processes.

    A signal drops the pages in flight, has the rows of the others written, and keeps further tasks from beginning.
    """

    def __init__(self, settings: BatchSettings) -> None:
        """Costs nothing."""
        self._settings = settings
        self._parts = ExitStack()
        self._stop = Stop()
        """Of the task at hand: it has an error once the server cannot be used, which the next task may find mended."""
        self._signal: signal.Signals | None = None
        self.tell: Callable[[str], object] = lambda _: None
        """Called with what a user should know."""

    def __enter__(self) -> Self:
        """Start the processes, and the server if it is to be started here; it may still be loading then.

        Raises:
            EngineFailed: the server cannot be started.
        """
        reading = self._settings.reading
        limits = DocumentLimits(reading.max_file_mb * 1_000_000, reading.max_pages, reading.render_timeout)
        with ExitStack() as parts:
            self._renderer = parts.enter_context(Renderer(reading.render_workers, limits))
            self._renderer.start()
            parts.callback(close_containers)
            self._runner = parts.enter_context(asyncio.Runner())
            folder = self._settings.folder
            listed = (
                listed_servers(folder, reading.api_key, lambda note: self.tell(note))
                if has_server_file(folder)
                else None
            )
            self.server: Server = parts.enter_context(running_server(reading, listed=listed))
            if threading.current_thread() is threading.main_thread():
                loop = self._runner.get_loop()
                for number in STOP_SIGNALS:
                    loop.add_signal_handler(number, self._interrupt, number)
                    parts.callback(loop.remove_signal_handler, number)
            self._parts = parts.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    def read(self, task: int, progress: TaskProgress) -> None:
        """Read what is left of a task.

        Raises:
            RunInterrupted: a signal came.
            OcrError: as `read_task`.
        """
        self._stop = Stop()
        try:
            if not self._signal:
                self._runner.run(self._read(task, progress))
        except asyncio.CancelledError:
            if not self._signal:
                raise
        if self._signal:
            error = RunInterrupted("The run was stopped.", "Run the same command again to go on.")
            error.by_signal = self._signal
            raise error

    async def _read(self, task: int, progress: TaskProgress) -> None:
        reading = asyncio.create_task(
            read_task(self._settings, task, self._renderer, self.server, self._stop, progress)
        )
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({reading, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                await asyncio.wait({reading}, timeout=STOP_TIMEOUT_S if progress.opened else 0)
        finally:
            stopped.cancel()
            if not reading.done():
                reading.cancel()
                await asyncio.wait({reading})
        await reading

    def _interrupt(self, number: signal.Signals) -> None:
        """Stop; a second Ctrl-C ends the program at once."""
        if number == self._signal == signal.SIGINT:
            self._runner.get_loop().remove_signal_handler(number)
            raise KeyboardInterrupt
        self._signal = number
        self._stop.set()


_until_end = ExitStack()
atexit.register(_until_end.close)


@cache
def process_engine(settings: BatchSettings) -> TaskEngine:
    """The engine of this process for a run: what it has started stays until `end_engine`, or the process ends."""
    return _until_end.enter_context(TaskEngine(settings))


def end_engine() -> None:
    """End what the engine of this process has started, if there is one; signals do what they did before it."""
    _until_end.close()
    process_engine.cache_clear()
