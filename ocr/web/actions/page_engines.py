"""What reads for the page: its own engine, and LightOnOCR on this computer while that is started."""

from dataclasses import dataclass, replace

from ocr.config.profiles import TESSERACT, TIMEOUTS, Model, Timeouts, profile_for
from ocr.engines.offered_server import OfferedServer
from ocr.engines.select import Server
from ocr.engines.waiting_reader import reader_of
from ocr.errors import ServerError
from ocr.inference.client import Client
from ocr.inference.metrics import LoadMonitor
from ocr.inference.reader import Reader
from ocr.web.views.engine_status import EngineStatus

STREAM_INTERVAL = 4
"""Tokens in one event of an answer; the screen is drawn less often anyway."""


@dataclass(frozen=True, slots=True, eq=False)
class PageEngine:
    """A server, as it is shown and as it is read with."""

    status: EngineStatus
    reader: Reader


class PageEngines:
    """The engines of one page; both read at the same time, each the pages that its models are asked for."""

    def __init__(self, own: PageEngine, offered: OfferedServer | None = None, timeouts: Timeouts = TIMEOUTS) -> None:
        """Begin with the page's own.

        Args:
            own: the one that the settings name; the CPU engine where another is offered.
            offered: what visitors may start beside it; None where they may not.
            timeouts: those of the settings.
        """
        self.own, self.offered, self._timeouts = own, offered, timeouts
        self._started: PageEngine | None = None
        self._chosen: PageEngine | None = None

    def use(self, server: Server | None) -> None:
        """Read with this server from now on, in all tabs, or with the page's own; what is being read goes on."""
        self._chosen = self._engine(server) if server else None

    @property
    def started(self) -> PageEngine | None:
        """What visitors have started, from when it is ready first until it is stopped or has failed for good."""
        server = self.offered.server if self.offered and self.offered.active else None
        if server is None:
            self._started = None
        elif self._started is None or self._started.status.server is not server:
            self._started = self._engine(server) if self.offered and self.offered.ready else None
        return self._started

    @property
    def current(self) -> PageEngine:
        """What reads where no model is named."""
        return self._chosen or self.started or self.own

    def of(self, model: str) -> PageEngine:
        """What reads with this model."""
        tesseract = model and profile_for(Model(model)) is TESSERACT
        return self.own if tesseract and self.own.status.server.embedded else self.current

    async def models(self) -> tuple[Model, ...]:
        """The models to read with, LightOnOCR's first.

        Raises:
            ServerError: that of the engine that reads where no model is named; the CPU engine raises none.
        """
        current = self.current
        if current is self.own or not self.own.status.server.embedded:
            return await current.reader.models()
        own = await self.own.reader.models()
        try:
            return (*await current.reader.models(), *own)
        except ServerError:
            if current is self._chosen:
                raise
            return own

    def _engine(self, server: Server) -> PageEngine:
        timeouts = server.timeouts(self._timeouts)
        clients = [Client(url, server.api_key, timeouts, stream_interval=STREAM_INTERVAL) for url in server.urls]
        meter = LoadMonitor(server.urls, server.api_key)
        status = replace(self.own.status, server=server, public=False, meter=meter)  # what pages took outlives a stop
        return PageEngine(status, reader_of(server, clients))
