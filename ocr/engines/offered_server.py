"""The llama-server that a user starts from the page, beside the CPU engine; one for the program."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Self

from ocr.config.settings import Settings
from ocr.engines.llamacpp import llama_command
from ocr.engines.llamacpp.llama_program import LLAMA_SERVER
from ocr.engines.local.server_state import ServerState
from ocr.engines.local.stages import Stage
from ocr.engines.local.supervisor import LocalServer
from ocr.engines.local_offer import LocalOffer, local_offer, may_be_offered
from ocr.engines.select import Server, server_of
from ocr.errors import EngineFailed
from ocr.i18n import gettext

POLL_INTERVAL_S, TICK_INTERVAL_S = 0.2, 1.0
"""Seconds between two looks at it, and after which those who follow hear of it though nothing has changed."""
FEWER_PIXELS = ("--image-max-tokens", "1206")
"""Arguments with which llama-server shrinks an A4 page to 928 × 1312 pixels, which takes about half the time."""


class OfferedServer:
    """Nothing runs until `start`; what runs then ends with `stop`, or with the `with` block.

    Its methods are for one event loop; what takes time is done in threads, one after another.
    """

    def __init__(self, settings: Settings) -> None:
        """Look at nothing yet."""
        self._settings = replace(settings, concurrency=None, keep_server=False)  # those are for the CPU engine
        self.offer: LocalOffer | None = None
        """What it would cost; None until `look` has found out."""
        self.server: Server | None = None
        """What was started last, whatever has become of it; None once it was stopped."""
        self.problem: EngineFailed | None = None
        """Why it could not even be started."""
        self.starting = self.stopping = False
        """Whether a press of one of the two is being carried out."""
        self._lock, self._closed = threading.Lock(), False
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        """Start nothing."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what runs."""
        self._closed = True
        with self._lock:
            self._end()

    @property
    def state(self) -> ServerState | None:
        """How what was started is doing."""
        return self.server.local.state if self.server and self.server.local else None

    @property
    def active(self) -> bool:
        """Whether it runs, or is about to."""
        running = self.state is not None and self.state.stage not in {Stage.FAILED, Stage.STOPPED}
        return self.starting or (running and not self.stopping)

    @property
    def ready(self) -> bool:
        """Whether pages can be read with it now."""
        return self.active and self.state is not None and self.state.stage is Stage.READY

    @property
    def settled(self) -> bool:
        """Whether it stays as it is until something happens."""
        return not (self.starting or self.stopping) and (self.state is None or self.state.settled)

    async def look(self) -> None:
        """Find out what it would cost, unless that is known."""
        if self.offer is None:
            await asyncio.to_thread(self._look)

    def start(self, *, fewer_pixels: bool = False) -> None:
        """Begin to download the model, as far as it is not there, and to start the server; what fails is `problem`."""
        if not (self.active or self.stopping):
            self.starting = True
            self._task = asyncio.create_task(asyncio.to_thread(self._start, fewer_pixels=fewer_pixels))
            self._task.add_done_callback(lambda _: setattr(self, "starting", False))

    def stop(self) -> None:
        """End it, and its download: what has been downloaded stays, and the next start goes on there."""
        if self.active:
            self.stopping = True
            self._task = asyncio.create_task(asyncio.to_thread(self._stop))
            self._task.add_done_callback(lambda _: setattr(self, "stopping", False))

    async def ticks(self) -> AsyncGenerator[None, None]:
        """Yield at once, whenever a start or a stop goes on visibly, and each second, until it is settled."""
        clock = asyncio.get_running_loop().time
        seen, due = None, clock()
        while not self.settled:
            state = self.state
            now = (self.starting, self.stopping, state and (state.stage, state.progress))
            if now != seen or clock() >= due:
                seen, due = now, clock() + TICK_INTERVAL_S
                yield
            await asyncio.sleep(POLL_INTERVAL_S)

    def _look(self) -> None:
        with self._lock:
            self.offer = self.offer or local_offer(self._settings)

    def _start(self, *, fewer_pixels: bool) -> None:
        with self._lock:
            self._end()
            if self._closed:
                return
            offer = self.offer or LocalOffer()
            extra = FEWER_PIXELS if fewer_pixels else ()
            settings = replace(self._settings, server_args=(*extra, *self._settings.server_args))
            try:
                local = LocalServer(llama_command.launch(settings, offer.model, offer.source)).__enter__()
            except EngineFailed as error:
                self.problem = error
                return
            except OSError as error:  # no port is free, or no process may be started
                reason = gettext("{server} did not start", server=LLAMA_SERVER.name)
                self.problem = EngineFailed(gettext("{verb}: {reason}.", verb=reason, reason=error.strerror or error))
                return
            note = gettext("Reading with {model} by llama-server on this machine.", model=offer.model)
            self.server = server_of(local, note, settings)

    def _stop(self) -> None:
        with self._lock:
            self._end()
            self.offer = local_offer(self._settings)  # the model may be there now

    def _end(self) -> None:
        server, self.server, self.problem = self.server, None, None
        if server and server.local:
            server.local.__exit__()


@contextmanager
def offered_server(settings: Settings, server: Server) -> Iterator[OfferedServer | None]:
    """What visitors of a page may start that reads with `server`; None where nothing is offered."""
    if not server.embedded or not may_be_offered(settings):
        yield None
        return
    with OfferedServer(settings) as offered:
        yield offered
