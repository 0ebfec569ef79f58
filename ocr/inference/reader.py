"""What reads a page: the interface of every client, real or scripted, and of all that wrap one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from ocr.config.profiles import Model, ReadOptions
from ocr.events import Delta, Finished
from ocr.types import PageImage


class Reader(Protocol):
    """What reads one page: any server of the API, or a scripted one in tests."""

    async def models(self) -> tuple[Model, ...]:
        """The models the server has.

        Raises:
            ServerError: one of its kinds, as errors.py tells them apart.
        """
        ...

    def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        """Stream one page's answer; the last item is `Finished`.

        Raises:
            ServerError: one of its kinds, as errors.py tells them apart.
        """
        ...
