"""The processes of a run: those that render its pages, and the server where one is started for it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager

from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.documents.worker_tasks import DocumentLimits
from ocr.engines.select import Server, running_server


@asynccontextmanager
async def opened_processes(settings: Settings) -> AsyncIterator[tuple[Renderer, Server]]:
    """The render processes and the server; what blocks at their start and their end does so in one thread.

    Raises:
        EngineFailed: the CPU engine does not start.
    """
    started, leave, ended = Future[tuple[Renderer, Server]](), threading.Event(), Future[None]()

    def run() -> None:
        limits = DocumentLimits(settings.max_file_mb * 1_000_000, settings.max_pages, settings.render_timeout)
        try:
            with Renderer(settings.render_workers, limits) as renderer:
                renderer.start()
                with running_server(settings) as server:
                    started.set_result((renderer, server))
                    leave.wait()
        except BaseException as error:  # noqa: BLE001 - raised again in the event loop
            started.set_exception(error)
        finally:
            ended.set_result(None)

    # a daemon: at the interpreter's exit `ThreadRun` ends it, and executors' threads are joined before that
    threading.Thread(target=run, name="pagelight-processes", daemon=True).start()
    try:
        yield await asyncio.shield(asyncio.wrap_future(started))
    finally:
        leave.set()
        await asyncio.shield(asyncio.wrap_future(ended))
