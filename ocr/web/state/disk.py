"""Visitors' files: how much room there is for them, written whole, or said why they cannot be."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ocr.errors import OutputError
from ocr.i18n import gettext
from ocr.output import unwritable, write_whole

QUOTA_BYTES = 4 * 1024**3
"""Of one visitor's documents, page images, figures and exports; a thousand pages take some 300 MB."""
QUOTA_FILES = 50_000
RESERVE_BYTES = 256 * 1024**2
"""What is left free on the disk, whoever wants it."""
FETCH_S = 5.0
"""Seconds for a browser to fetch what the page showed until now; a file that is gone is an error on its console."""


@dataclass(slots=True)
class Storage:
    """The files of one visitor, with their bytes."""

    used_bytes: int = 0
    _sizes: dict[Path, int] = field(default_factory=dict)

    async def write(self, path: Path, data: bytes) -> None:
        """Write a file whole, if there is room for it; in a thread.

        Raises:
            OutputError: this visitor, or the disk, has no more room.
            OSError: it cannot be written.
        """
        before = self._sizes.get(path)
        self.claim(path, len(data))
        try:
            await asyncio.to_thread(write_whole, path, [data])
        except BaseException:
            self._count(path, before)
            raise

    def claim(self, path: Path, size: int) -> None:
        """Count a file in, or with its new size.

        Raises:
            OutputError: this visitor, or the disk, has no more room for it.
        """
        total = self.used_bytes - self._sizes.get(path, 0) + size
        if total > QUOTA_BYTES or len(self._sizes) >= QUOTA_FILES:
            limit, files = QUOTA_BYTES // 1024**2, QUOTA_FILES
            raise OutputError(
                gettext("Your files here have reached what one visitor may keep, {limit:,} MB or {files:,} files.",
                    limit=limit, files=files),
                "Take your results away, then remove a document.",
            )  # fmt: skip
        if shutil.disk_usage(path.parent).free - size < RESERVE_BYTES:
            raise OutputError(
                "The disk of this server is nearly full.",
                "Remove documents that you no longer need, or try again later.",
            )
        self._count(path, size)

    def forget(self, path: Path) -> None:
        """A file is gone."""
        self._count(path, None)

    @property
    def files(self) -> list[Path]:
        """All of them."""
        return list(self._sizes)

    def discard(self, paths: list[Path]) -> None:
        """Delete these files: they count no more, and are gone when no browser fetches them still."""
        for path in paths:
            self._count(path, None)
        if paths:
            in_background(self._unlink, paths, after_s=FETCH_S)

    def _unlink(self, paths: list[Path]) -> None:
        for path in paths:
            if path not in self._sizes:  # else it was written anew meanwhile
                path.unlink(missing_ok=True)

    def _count(self, path: Path, size: int | None) -> None:
        self.used_bytes += (size or 0) - self._sizes.pop(path, 0)
        if size is not None:
            self._sizes[path] = size


def in_background(work: Callable[..., object], *arguments: object, after_s: float = 0.0) -> None:
    """Have this done in a thread after a while, where an event loop runs that must not wait for it; else here."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        work(*arguments)
        return
    loop.call_later(after_s, loop.run_in_executor, None, work, *arguments)


def free(objects: list[Any]) -> None:
    """Drop the references to objects one by one, so that other threads, as the event loop's, run between."""
    while objects:
        objects.pop()


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Say what keeps a file of this name from being written.

    Raises:
        OutputError: the disk is full, for one.
    """
    try:
        yield
    except OSError as error:
        raise unwritable(name, error, "Try again later.") from error
