"""Readers that follow a script, for what a real engine cannot be made to write on demand."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from ocr.config.profiles import Model, ReadOptions
from ocr.errors import OcrError
from ocr.events import Delta, Finished
from ocr.types import Finish, PageImage

Turn = str | Finish | OcrError | Callable[[], Awaitable[object]]
"""Text that streams, how the page ends (nothing: as it should), an error, or something to wait for."""


@dataclass
class ScriptedReader:
    """Answers page after page with one of `pages`, the last one for ever."""

    pages: list[list[Turn]]
    names: tuple[str, ...] = ("LightOnOCR-3-1B",)
    down: OcrError | None = None
    asked: int = 0
    models_asked: int = 0
    options: ReadOptions | None = None
    """How the latest page was asked for."""
    closed: threading.Event = field(default_factory=threading.Event)
    """Set when a page's stream was closed before its end."""

    async def models(self) -> tuple[Model, ...]:
        self.models_asked += 1
        if self.down:
            raise self.down
        return tuple(Model(name) for name in self.names)

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        turns = self.pages[min(self.asked, len(self.pages) - 1)]
        self.asked += 1
        self.options = options
        try:
            for turn in turns:
                if isinstance(turn, OcrError):
                    raise turn
                if isinstance(turn, Finish):
                    yield Finished(turn, 7)
                    return
                if isinstance(turn, str):
                    yield Delta(turn)
                else:
                    await turn()
            yield Finished(Finish.STOP, 7)
        except (asyncio.CancelledError, GeneratorExit):
            self.closed.set()
            raise


async def forever() -> None:
    """The server says nothing more."""
    await asyncio.Event().wait()
