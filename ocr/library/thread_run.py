"""Run a coroutine in a thread, whether or not the caller has an event loop."""

import asyncio
import atexit
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any


class ThreadRun:
    """A coroutine that runs in an event loop and a thread of its own."""

    def __init__(self, work: Coroutine[Any, Any, None], done: Callable[[], object]) -> None:
        """Start it; `done` is called at its end, whatever that is."""
        self._work, self._done = work, done
        self._task: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = Future()
        self._result: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="pagelight-read", daemon=True)
        self._thread.start()
        atexit.register(self.close)  # a program that ends in mid-run waits for no page

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - raised again where the results are taken
            self._result.set_exception(error)
        else:
            self._result.set_result(None)
        finally:
            self._done()

    async def _main(self) -> None:
        task = asyncio.current_task()
        assert task
        self._task.set_result((asyncio.get_running_loop(), task))
        await self._work

    def result(self) -> None:
        """Wait for the end; raise what the coroutine raised."""
        self._result.result()

    def close(self) -> None:
        """Cancel the coroutine if it still runs, and wait until the thread has ended."""
        atexit.unregister(self.close)
        loop, task = self._task.result()
        with suppress(RuntimeError):  # the loop is closed: the coroutine has ended
            loop.call_soon_threadsafe(task.cancel)
        self._thread.join()
