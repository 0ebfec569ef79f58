"""Figures of a batch as files of TARGET, named by their content: a task that is repeated writes the same ones again."""

import asyncio
import hashlib
import re
from pathlib import PurePosixPath
from typing import Self

from ocr.batch.storage import Folder

FOLDER = "figures/"
_FILE = re.compile(rf"{FOLDER}[0-9a-f]{{2}}/[0-9a-f]+\.(png|jpg)")
MAX_WRITES = 8
"""Figures written at once; a page that has more waits."""


def is_figure_file(name: str) -> bool:
    """Whether a file of TARGET has a name that `FigureFiles` gives; that in a row may be anything."""
    return bool(_FILE.fullmatch(name))


class FigureFiles:
    """Writes figures while further pages are read; an async context manager that waits for the last of them."""

    def __init__(self, folder: Folder) -> None:
        """Costs nothing."""
        self._folder = folder
        self._slots = asyncio.Semaphore(MAX_WRITES)
        self._writing: set[asyncio.Task[None]] = set()

    async def add(self, name: str, data: bytes) -> str:
        """Begin to write a figure, as soon as few others are being written; return its file's name in TARGET.

        `name` is the one in the page's Markdown.

        Raises:
            OutputError: an earlier one cannot be written.
        """
        digest = hashlib.sha256(data).hexdigest()
        file = f"{FOLDER}{digest[:2]}/{digest}{PurePosixPath(name).suffix}"
        await self._slots.acquire()
        try:
            for ended in filter(asyncio.Task.done, self._writing):
                ended.result()
        except BaseException:
            self._slots.release()
            raise
        self._writing.add(writing := asyncio.create_task(self._write(file, data)))
        writing.add_done_callback(self._ended)
        return file

    async def written(self) -> None:
        """Wait until all figures are there that were added.

        Raises:
            OutputError: one cannot be written; from then on each call raises it.
        """
        await asyncio.gather(*self._writing)

    async def _write(self, file: str, data: bytes) -> None:
        await asyncio.to_thread(self._folder.write, file, data)

    def _ended(self, writing: asyncio.Task[None]) -> None:
        self._slots.release()
        if not writing.cancelled() and not writing.exception():
            self._writing.discard(writing)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._writing, return_exceptions=True)
