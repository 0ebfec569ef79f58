"""memory_limit.py: a process that asks for too much meets an error, and takes no memory from others."""

from __future__ import annotations

import sys

import pytest

from ocr.workers.memory_limit import limit_memory
from ocr.workers.worker_process import WorkerProcess

GIB = 1024**3


@pytest.mark.skipif(sys.platform != "linux", reason="other systems need not hold the limit")
def test_memory_limit_holds() -> None:
    worker = WorkerProcess(limit_memory, (GIB,))
    try:
        with pytest.raises(MemoryError):
            worker.call(worker.start(), 60, bytearray, (2 * GIB,))
        assert worker.call(worker.start(), 60, len, ("and it goes on",)) == 14
    finally:
        worker.discard()
