"""`--engine local` and `--engine shard`: tasks in this process, or in several that are started again when killed."""

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType

from ocr.batch.batch_settings import BatchSettings
from ocr.batch.datatrove_task import TasksHere
from ocr.batch.server_file import has_server_file
from ocr.batch.task_engine import STOP_SIGNALS, RunInterrupted, end_engine, process_engine
from ocr.batch.task_rows import PagesUnread, Tally
from ocr.config.arguments import EngineName
from ocr.engines.choose_engine import choose_engine
from ocr.engines.select import running_server
from ocr.engines.startup_log import follow_start
from ocr.errors import OcrError, ProgramFault
from ocr.filenames import printable
from ocr.machine import cores

TELL_INTERVAL_S = 0.2
"""Between two reports of a process's progress."""
MAX_DEATHS = 3
"""Times in a row that a process may be killed without a page read in between; then it is not started again."""

Report = Tally | OcrError | str
"""How many pages have been read by now, an error, or a line to be shown."""
Tell = Callable[[Report], object]


def run_tasks(settings: BatchSettings, numbers: Sequence[int], tasks: int, tell: Tell) -> int:
    """Read those of some tasks that are not complete, one after the other; return the exit code.

    A task of which some pages stay unread does not keep the others from being read; a server that reads nothing does.
    """
    total, code, told_at = Tally(), 0, 0.0

    def changed(tally: Tally) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= TELL_INTERVAL_S:
            told_at = time.monotonic()
            tell(total + tally)

    here = TasksHere(settings, tasks, changed)
    try:
        waiting = here.get_incomplete_ranks(numbers)
        if waiting:
            engine = process_engine(settings)
            engine.tell = tell
            if engine.server.note:
                tell(engine.server.note)
            follow_start(engine.server, tell)
            for member in engine.server.members:
                member.outage.tell = outage_teller(member.name, tell)
        for task in waiting:
            try:
                here.run_task(task)
            except PagesUnread as error:
                tell(error)
                code = max(code, error.exit_code)
            finally:
                total = total + here.tally
    except RunInterrupted as error:
        code = error.exit_code
    except OcrError as error:
        tell(error)
        code = max(code, error.exit_code)
    finally:
        end_engine()  # what comes after tasks needs no server, and can be interrupted
    tell(total)
    return code


def outage_teller(name: str, tell: Tell) -> Callable[[float | None, bool], None]:
    """Tells once that a server has gone away, and that it is back where it is."""
    away = False

    def changed(seconds: float | None, answers: bool) -> None:
        nonlocal away
        before, away = away, seconds is not None
        if away and not before:
            tell(f"{printable(name)} does not answer; pages wait for a server.")
        elif before and answers:
            tell(f"{printable(name)} answers again.")

    return changed


def run_processes(settings: BatchSettings, numbers: Sequence[int], tasks: int, workers: int, tell: Tell) -> int:
    """Read tasks in several processes that share one server; return the exit code.

    A process that is killed is started again. They end with this one, whatever ends it.
    """
    left = TasksHere(settings, tasks, tell).get_incomplete_ranks(numbers)
    if not left:
        tell(Tally())
        return 0
    workers = min(workers, len(left))
    with shared_server(settings, workers, tell) as shared:
        return _Processes(shared, left, tasks, tell).run(workers)


@contextmanager
def shared_server(settings: BatchSettings, workers: int, tell: Tell) -> Iterator[BatchSettings]:
    """The settings for several processes: the server that would be started in each is started here once."""
    reading = settings.reading
    if reading.server_url or has_server_file(settings.folder):
        yield settings
    elif choose_engine(reading).engine is EngineName.TESSERACT:  # which each process has for itself
        each = reading.concurrency or max(1, cores() // workers)
        yield replace(settings, reading=replace(reading, concurrency=each))
    else:
        with running_server(reading, tell) as server:
            follow_start(server, tell)
            assert server.local
            assert server.url
            asyncio.run(server.local.until_ready())
            yield replace(settings, reading=replace(reading, server_url=(server.url,), api_key=server.api_key))


@dataclass(slots=True, eq=False)
class _TaskProcess:
    number: int
    process: BaseProcess
    reports: Connection
    tally: Tally = field(default_factory=Tally)
    deaths: int = 0
    """In a row, without a page read."""


class _Processes:
    """Starts the processes, hands on what they report, and starts those again that are killed."""

    def __init__(self, settings: BatchSettings, numbers: Sequence[int], tasks: int, tell: Tell) -> None:
        self._settings, self._numbers, self._tasks, self._tell = settings, numbers, tasks, tell
        self._context = multiprocessing.get_context("spawn")
        self._running: list[_TaskProcess] = []
        self._ended = Tally()
        self._workers = 0
        self._stopping = False

    def run(self, workers: int) -> int:
        """Run until all have ended; return the highest exit code."""
        self._workers = workers
        before = {number: signal.signal(number, self._stop) for number in STOP_SIGNALS}
        try:
            for number in range(workers):
                self._start(number)
            code = 0
            while self._running:
                waited = [one.reports for one in self._running] + [one.process.sentinel for one in self._running]
                ready = wait(waited)
                for one in list(self._running):
                    if one.reports in ready:
                        self._receive(one)
                    if one.process.sentinel in ready:
                        code = max(code, self._process_ended(one))
            return RunInterrupted.exit_code if self._stopping else code
        finally:
            for one in self._running:
                one.process.kill()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self, number: int, deaths: int = 0) -> None:
        ours, theirs = self._context.Pipe()
        numbers = self._numbers[number :: self._workers]
        arguments = (self._settings, numbers, self._tasks, theirs)
        process = self._context.Process(target=task_process, args=arguments, name=f"pagelight-tasks-{number}")
        with _blocked(
            signal.SIGINT
        ):  # Ctrl-C reaches the whole group: a process is told by SIGTERM, even while it loads
            process.start()
        theirs.close()
        self._running.append(_TaskProcess(number, process, ours, deaths=deaths))
        if self._stopping:
            process.terminate()

    def _receive(self, one: _TaskProcess) -> None:
        try:
            while one.reports.poll():
                report: Report = one.reports.recv()
                if isinstance(report, Tally):
                    one.tally = report
                    report = sum((other.tally for other in self._running), self._ended)
                self._tell(report)
        except (EOFError, OSError):
            pass

    def _process_ended(self, one: _TaskProcess) -> int:
        self._receive(one)
        one.process.join()
        one.reports.close()
        self._running.remove(one)
        self._ended = self._ended + one.tally
        code = one.process.exitcode or 0
        if code >= 0 or self._stopping:
            return abs(code)
        deaths = 1 if one.tally.done else one.deaths + 1
        if deaths > MAX_DEATHS:
            message = f"A process that reads tasks was killed {deaths} times in a row (signal {-code})."
            self._tell(ProgramFault(message, "Look whether memory runs out, then run the same command again."))
            return 1
        self._tell(f"A process that reads tasks was killed (signal {-code}); it is started again.\n")
        self._start(one.number, deaths)
        return 0

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        """Have the processes write what they have read."""
        self._stopping = True
        for one in self._running:
            one.process.terminate()


@contextmanager
def _blocked(number: signal.Signals) -> Iterator[None]:
    """Processes started meanwhile never get this signal; here it comes afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def task_process(settings: BatchSettings, numbers: Sequence[int], tasks: int, reports: Connection) -> None:
    """Read some tasks in a process of its own, and end with the one that started it."""

    def tell(report: Report) -> None:
        with suppress(OSError):  # nobody listens any more
            reports.send(report)

    def end_with_starter() -> None:
        try:
            reports.recv()
        except (EOFError, OSError):
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_with_starter, daemon=True).start()
    sys.exit(run_tasks(settings, numbers, tasks, tell))
