"""Processes that a format takes, which are killed when the program is interrupted, so that no thread waits for them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_kills: set[Callable[[], None]] = set()
_killed = threading.Event()


@contextmanager
def killing_children() -> Iterator[None]:
    """Where the block ends by an exception, kill each process that makes a file.

    One that a thread is about to start is killed as well, until the next such block begins.
    """
    _killed.clear()
    try:
        yield
    except BaseException:
        _killed.set()
        for kill in tuple(_kills):
            kill()
        raise


@contextmanager
def killable(kill: Callable[[], None]) -> Iterator[None]:
    """While the block runs, `kill` is called if the program is interrupted; at once if it has been."""
    _kills.add(kill)
    try:
        if _killed.is_set():
            kill()
        yield
    finally:
        _kills.discard(kill)
