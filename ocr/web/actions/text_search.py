"""Look for words in a document; for a regular expression, in a process of its own.

A visitor's regular expression may take time and memory without end, most of all while it is compiled, which only the
end of its process stops.
"""

import asyncio
import time

from ocr.web.state.replacements import Hit, Replacement, Texts, find_hits
from ocr.workers.memory_limit import limit_memory
from ocr.workers.worker_process import WorkerDied, WorkerProcess, WorkerTimeout

SEARCHES_AT_ONCE = 2
"""For regular expressions, of all visitors; each may take a core."""
TIMEOUT_S = 10.0
"""For a whole document, with the wait for other visitors' searches."""
MAX_MEMORY_BYTES = 512 * 1024**2
"""Address space of the process that looks for a regular expression; the text of 2,000 pages is 10 MB."""


class TextSearch:
    """The searches of one app."""

    def __init__(self) -> None:
        """Costs nothing."""
        self._room = asyncio.Semaphore(SEARCHES_AT_ONCE)

    async def find(self, texts: Texts, wanted: Replacement) -> list[Hit]:
        """What `find_hits` returns.

        Raises:
            HitsTooLong: the hits have too many characters.
            MemoryError: the search needs more than `MAX_MEMORY_BYTES`.
            PatternError: the regular expression cannot be used.
            TimeoutError: the search took longer than `TIMEOUT_S`.
            WorkerError: the process that searched ended otherwise.
        """
        if not (wanted.regex and wanted.find):
            return await asyncio.to_thread(find_hits, texts, wanted, TIMEOUT_S)
        deadline = time.monotonic() + TIMEOUT_S
        async with asyncio.timeout(TIMEOUT_S):
            await self._room.acquire()
        try:
            return await _find_in_process(texts, wanted, deadline - time.monotonic())
        finally:
            self._room.release()


async def _find_in_process(texts: Texts, wanted: Replacement, timeout_s: float) -> list[Hit]:
    """The same from a process, which is ended when this is cancelled."""
    worker = WorkerProcess(limit_memory, (MAX_MEMORY_BYTES,))

    def find() -> list[Hit]:
        hits: list[Hit] = worker.call(worker.start(), timeout_s, find_hits, (texts, wanted, timeout_s))
        return hits

    try:
        return await asyncio.to_thread(find)
    except WorkerTimeout as error:
        raise TimeoutError from error
    except WorkerDied as error:
        if error.out_of_memory:
            raise MemoryError from error
        raise
    finally:
        await asyncio.to_thread(_end, worker)


def _end(worker: WorkerProcess) -> None:
    worker.close()
    worker.discard()
