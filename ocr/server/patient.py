"""A reader that waits for the local server: while it loads, and while it is started again after a crash."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from ocr.errors import ServerError
from ocr.page import Delta, Finished, PageImage
from ocr.profiles import Model, ReadOptions
from ocr.reading import Reader
from ocr.server.choice import Server
from ocr.server.local import LocalServer

SETTLE_SECONDS = 15.0
"""After a fault: a dying vLLM answers with errors for some seconds before its process ends."""


def patient(reader: Reader, server: Server) -> Reader:
    """The reader to read with: one that waits, where the server may be loading; else the same."""
    return PatientReader(reader, server.local) if server.local else reader


class PatientReader:
    """The same questions as another reader's, each asked when the server can answer it."""

    def __init__(self, reader: Reader, server: LocalServer) -> None:
        """`reader` asks `server`."""
        self._reader, self._server = reader, server

    async def models(self) -> tuple[Model, ...]:
        """The models the server has.

        Raises:
            ServerError: the client's, or the server's own reason not to start.
        """
        await self._server.until_ready()
        return await self._reader.models()

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        """Stream one page's answer; after a fault that may pass, wait until it is clear whether the server lives.

        Raises:
            ServerError: the client's, or the server's own reason not to start.
        """
        await self._server.until_ready()
        try:
            async with aclosing(self._reader.read(image, options)) as answer:  # type: ignore[type-var]  # it is a generator
                async for item in answer:
                    yield item
        except ServerError as error:
            if error.retryable:
                await self._server.until_healthy(SETTLE_SECONDS)
            raise
