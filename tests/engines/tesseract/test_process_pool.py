"""The pool of Tesseract processes: pages side by side, deaths survived, nothing left behind."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing

import psutil
import pytest

from ocr.engines.tesseract.openai_schema import PageRequest
from ocr.engines.tesseract.process_pool import Pool, WorkerFailed, WorkerOptions
from ocr.engines.tesseract.tessdata import find_tessdata

pytestmark = pytest.mark.anyio

BLANK = PageRequest(64, 64, bytes([255]) * 4096, False, 100, True, False)
NOISE = PageRequest(2000, 2000, bytes(range(256)) * (2000 * 2000 // 256), False, 100, True, False)
"""A page that Tesseract ponders over for a while."""


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    pool = Pool(WorkerOptions("eng", find_tessdata("eng")), size=1, waiting=1)
    await pool.start()
    yield pool
    await pool.close()


async def read(pool: Pool, page: PageRequest = BLANK) -> list[str]:
    async with aclosing(pool.read(page)) as texts:
        return [text async for text in texts]


async def test_workers_read(pool: Pool) -> None:
    assert await read(pool) == []


async def test_workers_bounded(pool: Pool) -> None:
    """One page is read and one waits; then the pool says it is full."""
    assert not pool.full
    waiting = [asyncio.create_task(read(pool)) for _ in range(2)]
    await asyncio.sleep(0)
    assert pool.full
    await asyncio.gather(*waiting)
    assert not pool.full


async def test_workers_death_fails_one_page(pool: Pool) -> None:
    """A process that dies takes only its page along; it is replaced."""
    (pid,) = pool.pids
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerFailed):
        await read(pool, NOISE)
    assert await read(pool) == []
    assert pool.pids != (pid,)


async def test_workers_given_up_page_frees_its_worker(pool: Pool) -> None:
    """A page nobody waits for is not read to its end."""
    reading = asyncio.create_task(read(pool, NOISE))
    await asyncio.wait({reading}, timeout=0.1)
    assert not reading.done()
    reading.cancel()
    async with asyncio.timeout(20):
        assert await read(pool) == []


async def test_workers_end_with_the_pool(pool: Pool) -> None:
    processes = [psutil.Process(pid) for pid in pool.pids]
    await pool.close()
    assert psutil.wait_procs(processes, timeout=10)[1] == []
