"""Main loop of a spawned worker process: take a task, answer, end with the app."""

import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, BinaryIO


def send(pipe: BinaryIO, value: object) -> None:
    """One message, whole."""
    pipe.write(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    pipe.flush()


def serve() -> None:
    """Be a worker: run what comes in on standard input, answer on standard output, end when the app does.

    Whatever a library prints goes nowhere: standard output is the pipe, and standard error the user's terminal. It is
    open until the set-up has run, so that a broken installation can be seen.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    tasks: SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]]] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, tasks), daemon=True).start()
    while True:
        function, args = tasks.get()
        reply = _answer(function, args)
        try:
            send(replies, reply)
        except OSError:  # the app is gone
            os._exit(0)
        os.dup2(nowhere, 2)


def _listen(requests: BinaryIO, tasks: SimpleQueue[Any]) -> None:
    """Pass tasks on; when the app dies, by whatever signal, its pipe ends and so does this process, busy or not."""
    while True:
        try:
            tasks.put(pickle.load(requests))
        except (EOFError, OSError, pickle.UnpicklingError):
            os._exit(0)


def _answer(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, function(*args)
    except Exception as error:  # noqa: BLE001 - carried to whoever waits for the result
        error.add_note(traceback.format_exc())
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # noqa: BLE001 - an exception's constructor may want anything
            return False, RuntimeError(f"{type(error).__name__}: {error}")
        return False, error
