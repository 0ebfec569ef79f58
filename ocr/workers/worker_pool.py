"""A pool of spawned processes, with a thread for each; one that hangs or dies is replaced and fails only its task.

Each worker is a fresh interpreter with a pair of pipes of its own. Nothing is shared between workers, no lock and no
queue, so that one killed at any moment, idle or half-way through a reply, cannot hold up or garble another.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import LifoQueue
from typing import Any, Generic, TypeVar, TypeVarTuple

from ocr.workers.worker_process import PoolClosed, WorkerError, WorkerProcess

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class WorkerPool:
    """Runs functions in spawned processes, at most `workers` at a time; one starts when a task finds none idle."""

    def __init__(self, workers: int, set_up: Callable[[*Ts], object], *args: *Ts) -> None:
        """`set_up` and its arguments are what each new worker runs first, outside any deadline."""
        self._workers = [WorkerProcess(set_up, args) for _ in range(workers)]
        # Those that have been at work are on top, those not started below.
        self._idle: LifoQueue[WorkerProcess] = LifoQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="worker-pool")
        self._closing = threading.Lock()
        self._closed = False

    def submit(self, deadline: float, function: Callable[[*Ts], T], *args: *Ts) -> Future[T]:
        """Run a function of an importable module in a worker; `deadline` is in seconds, from when it has one.

        A future that is cancelled in the queue never runs; one that runs cannot be cancelled.

        Raises:
            PoolClosed: here, when the pool has been closed.
            WorkerError: out of the future; so is whatever the function raised.
        """
        return self._submit(_Task(deadline, function, args))

    async def run(self, deadline: float, function: Callable[[*Ts], T], *args: *Ts) -> T:
        """What `submit` returns, awaited. Cancelling it kills the worker that runs the function, and starts another.

        Raises:
            WorkerError: it has no result; whatever the function raised comes out as well.
        """
        import asyncio  # takes 30 ms to load, in which `start` has started a process already

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
