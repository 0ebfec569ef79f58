"""A coroutine beside the caller: its end, its error, and its cancellation are the caller's to see."""

from __future__ import annotations

import asyncio
import threading

import pytest

from ocr.library.thread_run import ThreadRun


def test_thread_run_raises_what_the_coroutine_raised() -> None:
    """After `done` was called."""
    done = threading.Event()

    async def fail() -> None:
        raise ZeroDivisionError

    run = ThreadRun(fail(), done.set)
    assert done.wait(60)
    with pytest.raises(ZeroDivisionError):
        run.result()
    run.close()


def test_thread_run_close_cancels() -> None:
    """The coroutine sees it, and the thread has ended when `close` returns."""
    began, cancelled = threading.Event(), threading.Event()

    async def hang() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    run = ThreadRun(hang(), lambda: None)
    assert began.wait(60)
    run.close()
    assert cancelled.is_set()
    assert "pagelight-read" not in {thread.name for thread in threading.enumerate()}
