"""A task that ends where a newer one of its kind is started."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class LatestTask(Generic[T]):
    """At most one task at a time."""

    def __init__(self) -> None:
        """No task."""
        self._task: asyncio.Task[T] | None = None

    async def run(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What the work returns; None if it was ended, since newer work took its place or by `stop`."""
        self.stop()
        task = self._task = asyncio.create_task(work)
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()  # where nobody waits for it any more
        return None if task.cancelled() else task.result()

    def stop(self) -> None:
        """End the task, if there is one."""
        if self._task:
            self._task.cancel()
            self._task = None
