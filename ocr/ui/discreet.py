"""A reader for a public page: what a log said when a server died is for its operator, not for strangers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from ocr.errors import EngineFailed
from ocr.page import Delta, Finished, PageImage
from ocr.profiles import Model, ReadOptions
from ocr.reading import Reader
from ocr.ui import words


def discreet(reader: Reader, *, public: bool) -> Reader:
    """The reader to read with on a page that is `public`, or is not."""
    return DiscreetReader(reader) if public else reader


class DiscreetReader:
    """The same answers as another reader's; of a server that died here only that it did."""

    def __init__(self, reader: Reader) -> None:
        """`reader` asks the server."""
        self._reader = reader

    async def models(self) -> tuple[Model, ...]:
        """The models the server has.

        Raises:
            ServerError: one of its kinds.
        """
        try:
            return await self._reader.models()
        except EngineFailed as error:
            raise words.down() from error

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        """Stream one page's answer.

        Raises:
            ServerError: one of its kinds.
        """
        try:
            async with aclosing(self._reader.read(image, options)) as answer:  # type: ignore[type-var]  # a generator
                async for item in answer:
                    yield item
        except EngineFailed as error:
            raise words.down() from error
