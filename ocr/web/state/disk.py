"""Visitors' files: quotas, atomic writes, and the errors of a full disk."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ocr.errors import OutputError
from ocr.i18n import gettext
from ocr.output import RESERVE_BYTES, unwritable, write_whole

QUOTA_BYTES = 4 * 1024**3
"""Of one visitor's documents, page images, figures and exports; a thousand pages take some 300 MB."""
QUOTA_FILES = 50_000
DELETE_DELAY_S = 5.0
"""Seconds in which browsers can still fetch a file that the page showed; a missing one is an error on the console."""


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
                gettext("Your files have reached the limit of {limit:,} MB or {files:,} files per visitor.",
                    limit=limit, files=files),
                "Download your results, then remove a document.",
            )  # fmt: skip
        if shutil.disk_usage(path.parent).free - size < RESERVE_BYTES:
            raise OutputError(
                "The disk of this server is nearly full.",
                "Remove documents that you no longer need, or try again later.",
            )
        self._count(path, size)

    def forget(self, path: Path) -> None:
        """Stop counting a file that was deleted."""
        self._count(path, None)

    @property
    def files(self) -> list[Path]:
        """Their paths."""
        return list(self._sizes)

    def discard(self, paths: list[Path]) -> None:
        """Stop counting these files, and delete them after `DELETE_DELAY_S`."""
        for path in paths:
            self._count(path, None)
        if paths:
            in_background(self._unlink, paths, after_s=DELETE_DELAY_S)

    def _unlink(self, paths: list[Path]) -> None:
        for path in paths:
            if path not in self._sizes:  # else it was written anew meanwhile
                path.unlink(missing_ok=True)

    def _count(self, path: Path, size: int | None) -> None:
        self.used_bytes += (size or 0) - self._sizes.pop(path, 0)
        if size is not None:
            self._sizes[path] = size


def in_background(work: Callable[..., object], *arguments: object, after_s: float = 0.0) -> None:
    """Run this in a thread, `after_s` seconds from now; at once and here where no event loop runs."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        work(*arguments)
        return
    loop.call_later(after_s, loop.run_in_executor, None, work, *arguments)


def free(objects: list[Any]) -> None:
    """Drop references one by one, so that the event loop's thread runs in between."""
    while objects:
        objects.pop()


@contextmanager
def report_write_errors(name: str) -> Iterator[None]:
    """Turn an `OSError` into the error that names the file and says what to do.

    Raises:
        OutputError: the disk is full, for one.
    """
    try:
        yield
    except OSError as error:
        raise unwritable(name, error, "Try again later.") from error
