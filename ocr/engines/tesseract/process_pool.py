"""A pool of processes that each read one page at a time; any of them may die without harm to the others.

A worker is spoken to through its standard streams: a JSON line and the page's pixels go in, JSON lines come out. It
ends by itself when its input ends, so none outlives this process, however this process dies.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ocr
from ocr.config.settings import engine_environment
from ocr.engines.tesseract.openai_schema import PageRequest
from ocr.errors import EngineFailed

LINE_LIMIT = 16 * 2**20
"""Bytes of one block's JSON line."""
START_SECONDS = 300.0
"""How long a worker may take to load its languages before it is taken for hung; usually 0.5 s, minutes on a machine
that is very busy. One that dies is noticed at once."""
BLOCK_SECONDS = 120.0
"""How long a worker may take for one block; a full page takes 1–3 s. Beyond this it hangs."""
RESTART_SECONDS = 10.0
"""The longest pause between two attempts to replace a worker."""

PACKAGE_HOME = Path(ocr.__file__).parent.parent
"""Where `python -m` finds this package, wherever the server was started from."""

log = logging.getLogger(__name__)


class WorkerFailed(Exception):
    """The page could not be read: Tesseract said so, or its process died."""


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What every worker of a pool is started with."""

    languages: str
    tessdata: Path


class Worker:
    """One child process."""

    def __init__(self, process: Process) -> None:
        """Take over a process that has said it is ready."""
        self._process = process

    @classmethod
    async def start(cls, options: WorkerOptions) -> Worker:
        """Start a process and wait until it has loaded its languages.

        Raises:
            EngineFailed: it did not come up.
        """
        command = (sys.executable, "-m", "ocr.engines.tesseract.worker", options.languages, str(options.tessdata))
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            limit=LINE_LIMIT,
            start_new_session=True,
            cwd=PACKAGE_HOME,
            env=engine_environment(),
        )
        worker = cls(process)
        try:
            async with asyncio.timeout(START_SECONDS):
                message = await worker._receive()
        except (TimeoutError, WorkerFailed) as error:
            worker.kill()
            raise EngineFailed(f"A Tesseract worker did not start: {error}.") from error
        except asyncio.CancelledError:
            worker.kill()
            raise
        if "ready" not in message:
            worker.kill()
            raise EngineFailed(f"A Tesseract worker did not start: {message}.")
        return worker

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process has not been seen to end."""
        return self._process.returncode is None

    async def read(self, page: PageRequest) -> AsyncGenerator[str, None]:
        """Yield the page's text, block by block.

        Raises:
            WorkerFailed: the process died or hangs, or Tesseract refused the page.
        """
        assert self._process.stdin is not None
        head = {"width": page.width, "height": page.height, "grounding": page.grounding}
        try:
            self._process.stdin.write(json.dumps(head).encode() + b"\n")
            self._process.stdin.write(page.gray)
            await self._process.stdin.drain()
            while True:
                async with asyncio.timeout(BLOCK_SECONDS):
                    message = await self._receive()
                if "text" not in message:
                    break
                yield message["text"]
        except ConnectionError as error:
            raise WorkerFailed("the process that was reading this page died") from error
        except TimeoutError as error:
            raise WorkerFailed(f"nothing was read for {BLOCK_SECONDS:.0f} s") from error
        if "error" in message:
            raise WorkerFailed(str(message["error"]))

    async def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise WorkerFailed("the process that was reading this page died")
        message: dict[str, Any] = json.loads(line)
        return message

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        if self.alive:
            self._process.kill()

    async def ended(self) -> None:
        """Wait until the process has ended."""
        await self._process.wait()


class Pool:
    """A fixed number of workers and a bounded queue before them."""

    def __init__(self, options: WorkerOptions, size: int, waiting: int) -> None:
        """`size` pages are read at the same time, `waiting` more may queue."""
        self._options = options
        self._size = size
        self._limit = size + waiting
        self._pages = 0
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()
        self._workers: set[Worker] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def start(self) -> None:
        """Start all workers.

        Raises:
            EngineFailed: one of them did not come up.
        """
        async with asyncio.TaskGroup() as group:
            for _ in range(self._size):
                group.create_task(self._add())

    @property
    def full(self) -> bool:
        """Whether one more page would be more than may wait."""
        return self._pages >= self._limit

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers."""
        return tuple(worker.pid for worker in self._workers)

    async def read(self, page: PageRequest) -> AsyncGenerator[str, None]:
        """Wait for a free worker and yield the page's text, block by block.

        Closing this generator early ends the worker, as nothing else interrupts Tesseract, and starts another.

        Raises:
            WorkerFailed: the page could not be read.
        """
        self._pages += 1
        try:
            worker = await self._free()
            whole = False
            try:
                async with aclosing(worker.read(page)) as texts:
                    async for text in texts:
                        yield text
                whole = True
            finally:
                if whole:
                    self._idle.put_nowait(worker)
                else:
                    self._replace(worker)
        finally:
            self._pages -= 1

    async def _free(self) -> Worker:
        while not (worker := await self._idle.get()).alive:
            self._replace(worker)
        return worker

    async def _add(self) -> None:
        worker = await Worker.start(self._options)
        self._workers.add(worker)
        self._idle.put_nowait(worker)

    def _replace(self, worker: Worker) -> None:
        worker.kill()
        self._workers.discard(worker)
        task = asyncio.get_running_loop().create_task(self._replacement(worker))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _replacement(self, worker: Worker) -> None:
        """Put a new worker in the place of one that ended, trying until it works."""
        await worker.ended()
        pause = 0.1
        while not self._closed:
            try:
                await self._add()
            except (EngineFailed, OSError) as error:
                log.error("%s Trying again in %.1f s.", error, pause)  # noqa: TRY400 - one line, not a traceback
                await asyncio.sleep(pause)
                pause = min(2 * pause, RESTART_SECONDS)
            else:
                return

    async def close(self) -> None:
        """End all workers; pages being read fail."""
        self._closed = True
        for task in tuple(self._tasks):
            task.cancel()
        for worker in tuple(self._workers):
            worker.kill()
            await worker.ended()
