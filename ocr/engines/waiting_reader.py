"""A reader that waits for its server: while it loads, and while it is away."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from ocr.config.profiles import Model, ReadOptions
from ocr.engines.local.supervisor import LocalServer
from ocr.engines.select import Server
from ocr.engines.server_members import ServerReader
from ocr.engines.server_pool import ServerPool
from ocr.errors import Interrupted, NameNotResolved, ServerError
from ocr.events import Delta, Finished
from ocr.inference.reader import Reader, WrappedReader
from ocr.pipeline.concurrency import PoolLimiter
from ocr.types import PageImage


def reader_of(server: Server, clients: Sequence[ServerReader]) -> Reader:
    """The reader to read with; each of `clients` asks one of `server.urls`."""
    if server.tesseract:
        return server.tesseract
    if server.members or server.listed:
        assert isinstance(server.concurrency, PoolLimiter)
        return ServerPool(server.members, clients, server.concurrency.unfinished)
    return patient(clients[0], server)


def patient(reader: Reader, server: Server) -> Reader:
    """The reader to read with from one server started here: one that waits where it may be loading; else the same."""
    return PatientReader(reader, server.local) if server.local else reader


class PatientReader(WrappedReader):
    """The same questions as another reader's, each asked when the server can answer it."""

    def __init__(self, reader: Reader, server: LocalServer) -> None:
        """`reader` asks `server`."""
        super().__init__(reader)
        self._server = server

    async def models(self) -> tuple[Model, ...]:
        """The models the server has.

        Raises:
            ServerError: the client's, or the server's own reason not to start.
        """
        await self._server.until_ready()
        return await super().models()

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncGenerator[Delta | Finished, None]:
        """Stream one page's answer; after a fault that may pass, wait until it is clear whether the server lives.

        Raises:
            Interrupted: the server had gone away.
            ServerError: the client's, or the server's own reason not to start.
        """
        await self._server.until_ready()
        try:
            async with aclosing(self._reader.read(image, options)) as answer:
                async for item in answer:
                    yield item
        except ServerError as error:
            may_pass = error.retryable or isinstance(error, NameNotResolved)  # a container's name goes with it
            if may_pass and await self._server.settle():
                raise Interrupted(error.message, error.next_step) from error
            raise
