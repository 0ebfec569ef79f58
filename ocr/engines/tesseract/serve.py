"""Run the API: socket, signals, the line that says it is ready, and the end together with the parent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Generator
from dataclasses import dataclass

import uvicorn

from ocr.engines.tesseract.openai_api import create_app
from ocr.engines.tesseract.process_pool import Pool, WorkerOptions
from ocr.errors import EngineFailed

WAITING = 32
"""Pages that may queue beyond those being read; each holds its pixels (4–9 MB)."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How to run the engine."""

    worker: WorkerOptions
    workers: int
    host: str = "127.0.0.1"
    port: int = 8000
    """0 for a free one."""
    api_key: str | None = None
    exit_with_parent: bool = False
    """End when standard input ends; leave Ctrl-C to the parent."""


def serve(options: EngineOptions) -> None:
    """Start the workers and serve until a signal or the end of standard input.

    Raises:
        EngineFailed: the address is taken, or a worker does not start.
    """
    if options.exit_with_parent:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_exit_at_eof, daemon=True).start()
    asyncio.run(_serve(options))


async def _serve(options: EngineOptions) -> None:
    listener = _bind(options.host, options.port)
    pool = Pool(options.worker, options.workers, WAITING)
    try:
        await _start(pool)
        config = uvicorn.Config(
            create_app(pool, options.api_key),
            log_config=None,
            log_level="error",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        server = Server(config, pool, leave_sigint=options.exit_with_parent)
        await server.serve(sockets=[listener])
    finally:
        listener.close()
        await pool.close()


def _bind(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise EngineFailed(
            f"Cannot listen on {host}:{port}: {error}.", "Choose another --port; 0 takes a free one."
        ) from error


async def _start(pool: Pool) -> None:
    try:
        await pool.start()
    except ExceptionGroup as group:
        failed = group.subgroup(EngineFailed)
        if failed is None:
            raise
        raise EngineFailed(str(failed.exceptions[0])) from group


class Server(uvicorn.Server):
    """uvicorn, saying when it is ready, and ending pages in progress when it stops."""

    def __init__(self, config: uvicorn.Config, pool: Pool, *, leave_sigint: bool) -> None:
        """`leave_sigint`: Ctrl-C is none of this server's business."""
        super().__init__(config)
        self._pool = pool
        self._leave_sigint = leave_sigint

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then write the one line on standard output."""
        await super().startup(sockets)
        host, port = sockets[0].getsockname()[:2] if sockets else ("", 0)
        shown = f"[{host}]" if ":" in host else host
        sys.stdout.write(f"ready http://{shown}:{port}\n")
        sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the workers first: streams in progress get their error instead of holding the exit up."""
        await self._pool.close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Install uvicorn's handlers, but SIGINT's only where it is ours."""
        with super().capture_signals():
            if self._leave_sigint:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
            yield


def _exit_at_eof() -> None:
    """Wait for the end of standard input, then end at once; the workers end as their own input does."""
    while os.read(0, 4096):
        pass
    os._exit(0)
