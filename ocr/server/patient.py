"""A reader that waits for its server: while it loads, and while it is away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Protocol

from ocr.errors import Interrupted, NameNotResolved, ServerError
from ocr.page import Delta, Finished, PageImage
from ocr.profiles import Model, ReadOptions
from ocr.reading import Reader
from ocr.server.choice import Server


class Availability(Protocol):
    """Whether a server can be asked: a vLLM started here, or one by URL."""

    async def until_ready(self) -> None:
        """Wait until pages can be read.

        Raises:
            ServerUnavailable: it is no use waiting any longer.
        """
        ...

    async def settle(self) -> bool:
        """After a fault, wait until it is known whether the server had gone away; return that.

        Raises:
            ServerUnavailable: it is no use waiting any longer.
        """
        ...


def patient(reader: Reader, server: Server, answers: Callable[[], Awaitable[bool]] | None = None) -> Reader:
    """The reader to read with: one that waits where the server may be loading or go away; else the same.

    `answers` asks a server by URL whether it is there.
    """
    if server.local:
        return PatientReader(reader, server.local)
    if server.outage and answers:
        server.outage.answers = answers
        return PatientReader(reader, server.outage)
    return reader


class PatientReader:
    """The same questions as another reader's, each asked when the server can answer it."""

    def __init__(self, reader: Reader, server: Availability) -> None:
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
            Interrupted: the server had gone away.
            ServerError: the client's, or the server's own reason not to start.
        """
        await self._server.until_ready()
        try:
            async with aclosing(self._reader.read(image, options)) as answer:  # type: ignore[type-var]  # it is a generator
                async for item in answer:
                    yield item
        except ServerError as error:
            may_pass = error.retryable or isinstance(error, NameNotResolved)  # a container's name goes with it
            if may_pass and await self._server.settle():
                raise Interrupted(error.message, error.next_step) from error
            raise
