"""One spawned process and the pipes to it: tasks are sent, results received, deadlines kept.

Pickles cross the pipes: `(function, arguments)` one way, `(succeeded, result or exception)` the other.
"""

import contextlib
import json
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from ocr.workers.worker_main import send

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


class WorkerProcess:
    """At most one process at a time and the pipes to it; one thread calls, any thread may close."""

    def __init__(self, set_up: Callable[..., object], args: tuple[Any, ...]) -> None:
        self._set_up = (set_up, args)
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._closed = False
        self._lock = threading.RLock()

    def start(self) -> subprocess.Popen[bytes]:
        """The live process; a new one, which is then still setting itself up, if there was none."""
        with self._lock:
            if self._closed:
                raise PoolClosed("the pool is closed")
            if self._process is not None and self._process.poll() is None:
                return self._process
            self.discard()
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
        """Run one task to its end in the process that `start` returned; `deadline` in seconds."""
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
