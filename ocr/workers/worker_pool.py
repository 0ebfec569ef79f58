"""A pool of spawned processes, a thread to each; what hangs or dies is replaced and takes only its own task along.

Each worker is a fresh interpreter with a pair of pipes of its own. Nothing is shared between workers, no lock and no
queue, so that one killed at any moment, idle or half-way through a reply, cannot hold up or garble another. Pickles
cross the pipes: `(function, arguments)` one way, `(succeeded, result or exception)` the other.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import LifoQueue
from typing import Any, BinaryIO, Generic, ParamSpec, TypeVar

from ocr.workers.worker_main import send

P = ParamSpec("P")
T = TypeVar("T")

START_TIMEOUT_S = 300.0
"""Seconds a worker may take to start and set itself up before it is taken for hung; less than 1 s is usual, a very busy
machine may take minutes. One that dies is noticed at once."""

BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from ocr.workers.worker_main import serve; serve()"
"""What a worker runs: it never imports the program's main module, and so nothing that one would pull in."""


class WorkerError(Exception):
    """A task has no result because of its worker, not because of itself."""


class WorkerTimeout(WorkerError):
    """The task took longer than its deadline; its worker was killed."""


class WorkerDied(WorkerError):
    """The worker ended in mid-task, or could not be started."""

    def __init__(self, reason: str, exit_code: int | None = None) -> None:
        """`exit_code` is that of its process, less than zero for a signal; None if none could be started and set up."""
        super().__init__(reason)
        self.exit_code = exit_code

    @property
    def out_of_memory(self) -> bool:
        """Whether it ended as a process does that gets no more memory.

        PDFium and other libraries in C++ abort then (SIGABRT), or run into a trap (SIGTRAP, SIGILL); SIGKILL comes from
        the kernel, or a container's limit.
        """
        return self.exit_code in {-signal.SIGABRT, -signal.SIGTRAP, -signal.SIGILL, -signal.SIGKILL}


class PoolClosed(WorkerError):
    """The pool was closed before the task was done."""


class WorkerPool:
    """Runs functions in spawned processes, at most `workers` at a time; one starts when a task finds none idle."""

    def __init__(self, workers: int, set_up: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """`set_up` and its positional arguments are what each new worker runs first, outside any deadline."""
        if kwargs:
            raise TypeError("only positional arguments are sent to a worker")
        self._workers = [WorkerProcess(set_up, args) for _ in range(workers)]
        # Those that have been at work are on top, those not started below.
        self._idle: LifoQueue[WorkerProcess] = LifoQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="worker-pool")
        self._closing = threading.Lock()
        self._closed = False

    def submit(self, deadline: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a function of an importable module in a worker; `deadline` is in seconds, from when it has one.

        A future that is cancelled in the queue never runs; one that runs cannot be cancelled.

        Raises:
            PoolClosed: here, when the pool has been closed.
            WorkerError: out of the future; so is whatever the function raised.
        """
        if kwargs:
            raise TypeError("only positional arguments are sent to a worker")
        return self._submit(_Task(deadline, function, args))

    async def run(self, deadline: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `submit` returns, awaited. Cancelling it kills the worker that runs the function, and starts another.

        Raises:
            WorkerError: it has no result; whatever the function raised comes out as well.
        """
        import asyncio  # takes 30 ms to load, in which `start` has started a process already

        if kwargs:
            raise TypeError("only positional arguments are sent to a worker")
        task = _Task(deadline, function, args)
        future = self._submit(task)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if not future.cancel():
                task.kill()
            raise

    def _submit(self, task: _Task[T]) -> Future[T]:
        with self._closing:
            if self._closed:
                raise PoolClosed("the pool is closed")
            return self._threads.submit(self._run, task)

    def start(self) -> None:
        """Start one process now, not with the first task; without waiting for it."""
        with self._closing:
            if not self._closed:
                self._threads.submit(lambda: self._give_back(self._idle.get()))

    def _give_back(self, worker: WorkerProcess) -> None:
        with contextlib.suppress(WorkerError):  # the next task will meet the same and report it
            worker.start()
        self._idle.put(worker)

    def _run(self, task: _Task[T]) -> T:
        worker = self._idle.get()
        try:
            process = worker.start()
            with task.in_process(process):
                result: T = worker.call(process, task.deadline, task.function, task.args)
                return result
        finally:
            self._give_back(worker)

    def close(self) -> None:
        """Kill the workers and fail what is not done with `PoolClosed`; may be called twice, and from any thread."""
        with self._closing:
            self._closed = True
        for worker in self._workers:
            worker.close()
        self._threads.shutdown(wait=True)
        for worker in self._workers:
            worker.discard()


class _Task(Generic[T]):
    """A function to be called in a worker, and the process that runs it, once one does."""

    def __init__(self, deadline: float, function: Callable[..., T], args: tuple[Any, ...]) -> None:
        self.deadline, self.function, self.args = deadline, function, args
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False

    @contextlib.contextmanager
    def in_process(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """The process runs this task, and nothing else, while the block does."""
        with self._lock:
            self._process = process
            if self._killed:
                process.kill()
        try:
            yield
        finally:
            with self._lock:
                self._process = None
            if self._killed:
                process.wait()  # it must not be taken for alive when the next task comes

    def kill(self) -> None:
        """End the process that runs it, or is about to; nothing if it has run."""
        with self._lock:
            self._killed = True
            if self._process is not None:
                self._process.kill()


class WorkerProcess:
    """At most one process at a time and the pipes to it; one thread calls, any thread may close."""

    def __init__(self, set_up: Callable[..., object], args: tuple[Any, ...]) -> None:
        """Costs nothing; `start` starts the process."""
        self._set_up = (set_up, args)
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._closed = False
        self._lock = threading.Lock()

    def start(self) -> subprocess.Popen[bytes]:
        """The live process; a new one, which is then still setting itself up, if there was none.

        Raises:
            WorkerDied: the system would not start a process.
            PoolClosed: `close` was called.
        """
        with self._lock:
            if self._closed:
                raise PoolClosed("the pool is closed")
            if self._process is not None and self._process.poll() is None:
                return self._process
            self._discard()
            try:
                process = subprocess.Popen(
                    [sys.executable, "-c", BOOT, json.dumps(sys.path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    start_new_session=True,  # so that Ctrl-C in the terminal is the app's alone to answer
                )
            except OSError as error:
                raise WorkerDied(f"no process could be started: {error.strerror}") from error
            self._process, self._ready = process, False
        with contextlib.suppress(OSError):  # dead already: reading will tell
            send(_pipe(process.stdin), self._set_up)
        return process

    def call(
        self, process: subprocess.Popen[bytes], deadline: float, function: Callable[..., Any], args: tuple[Any, ...]
    ) -> Any:
        """Run one task to its end in the process that `start` returned.

        Raises:
            WorkerTimeout: it was not done `deadline` seconds after it began.
            WorkerDied: the process ended.
            PoolClosed: `close` was called.
        """
        if not self._ready:
            self._await_set_up(process)
        with contextlib.suppress(OSError):
            send(_pipe(process.stdin), (function, args))
        return self._receive(process, deadline)

    def _await_set_up(self, process: subprocess.Popen[bytes]) -> None:
        try:
            self._receive(process, START_TIMEOUT_S)
        except WorkerTimeout as error:
            raise WorkerDied(f"its process was not set up after {START_TIMEOUT_S:g} s") from error
        except WorkerError:
            raise
        except Exception as error:
            process.kill()
            process.wait()
            raise WorkerDied(f"its process could not be set up: {error}") from error
        self._ready = True

    def _receive(self, process: subprocess.Popen[bytes], deadline: float) -> Any:
        """One reply; the pipe of a process that is killed ends, which is what wakes this thread."""
        alarm = _Alarm(deadline, process)
        try:
            succeeded, result = pickle.load(_pipe(process.stdout))
        except (EOFError, OSError, pickle.UnpicklingError):
            expired = alarm.stop()
            process.kill()
            code = process.wait()
            if self._closed:
                raise PoolClosed("the pool was closed in mid-task") from None
            if expired:
                raise WorkerTimeout(f"not done after {deadline:g} s") from None
            raise WorkerDied(_end_of(code), code) from None
        alarm.stop()
        if succeeded:
            return result
        raise result

    def close(self) -> None:
        """Kill the process and start no other; a call under way fails with `PoolClosed`."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def discard(self) -> None:
        """Give back what a process left behind: its pipes and its entry in the process table."""
        with self._lock:
            self._discard()

    def _discard(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):  # what was still buffered for a dead reader
                _pipe(pipe).close()


class _Alarm:
    """Kills a process after some seconds, unless stopped before."""

    def __init__(self, seconds: float, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._stopped = self._expired = False
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def _ring(self) -> None:
        with self._lock:
            if not self._stopped:
                self._expired = True
                self._process.kill()

    def stop(self) -> bool:
        """Whether it had rung."""
        with self._lock:
            self._stopped = True
        self._timer.cancel()
        return self._expired


def _pipe(pipe: Any) -> BinaryIO:
    """A pipe that was asked for is there."""
    assert pipe is not None
    return pipe  # type: ignore[no-any-return]


def _end_of(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"its process ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process was ended by signal {-code}"
