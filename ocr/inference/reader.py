"""The `Reader` protocol: what reads a page, implemented by clients, engines and wrappers."""

from collections.abc import AsyncGenerator
from typing import Protocol

from ocr.config.profiles import Model, ReadOptions
from ocr.events import Delta, Finished
from ocr.types import PageImage


class Reader(Protocol):
    """What reads one page: any server of the API, or a scripted one in tests. Its methods raise a ServerError."""

    async def models(self) -> tuple[Model, ...]:
        """The models the server has."""

    def read(self, image: PageImage, options: ReadOptions) -> AsyncGenerator[Delta | Finished, None]:
        """Stream one page's answer; the last item is `Finished`."""


class WrappedReader:
    """What readers have in common that do something about another's answers."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def models(self) -> tuple[Model, ...]:
        """The models the server has."""
        return await self._reader.models()
