"""Open documents and render their pages on demand, in worker processes that a hostile file may kill.

PDFium is not thread-safe, and a parser of foreign bytes has no business in the app's own process.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from ocr.errors import DamagedDocument, RenderFailed, RenderTimeout, UsageError
from ocr.page import Document, PageImage
from ocr.pool import WorkerError, WorkerPool, WorkerTimeout
from ocr.rendering import Limits, open_document, render_page, set_up

__all__ = ["Limits", "Renderer", "select_pages"]

P = ParamSpec("P")
T = TypeVar("T")


class Renderer:
    """Owns the pool of render processes; knows nothing of visitors. One serves a whole program, from any event loop."""

    def __init__(self, *, workers: int | None = None, deadline: float = 30.0, limits: Limits | None = None) -> None:
        """Costs nothing: the processes start with the first document.

        `workers` defaults to the cores, `deadline` is seconds for opening a document and for each page.
        """
        self._limits = limits or Limits()
        self._deadline = deadline
        self._pool = WorkerPool(workers or os.cpu_count() or 1, set_up, self._limits)

    async def open(self, path: Path, *, name: str | None = None, password: str | None = None) -> Document:
        """Find a file readable, and tell its type from its content; `name` is what the user calls it.

        Raises:
            DocumentError: one of its kinds, as errors.py tells them apart.
        """
        name = name or path.name
        try:
            return await self._in_worker(open_document, path.absolute(), name, password, self._limits)  # noqa: ASYNC240 - only adds the working directory
        except WorkerTimeout as error:
            raise DamagedDocument(
                f"{name} could not be opened within {self._deadline:g} s.", "Save it anew, or read it in parts."
            ) from error
        except WorkerError as error:
            raise DamagedDocument(f"{name} could not be opened: {error}.", "Save it anew, and try again.") from error

    async def render(self, document: Document, number: int, longest_side: int) -> PageImage:
        """The page, from 1, with a longer side of `longest_side` pixels; of fewer, where the original has fewer.

        Cancelling gives up a page that waits for a worker; one that is being rendered is finished and dropped.

        Raises:
            PageError: one of its kinds.
            DocumentError: the file has changed and can no longer be opened.
            ValueError: the document has no such page.
        """
        if not 1 <= number <= document.pages:
            raise ValueError(f"page {number} of a document of {document.pages}")
        page = f"Page {number} of {document.name}"
        try:
            return await self._in_worker(render_page, document, number, longest_side, self._limits)
        except WorkerTimeout as error:
            raise RenderTimeout(
                f"{page} took longer than {self._deadline:g} s to render.", "The other pages are read."
            ) from error
        except WorkerError as error:
            raise RenderFailed(f"{page} could not be rendered: {error}.", "The other pages are read.") from error

    async def _in_worker(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.wrap_future(self._pool.submit(self._deadline, function, *args, **kwargs))

    def close(self) -> None:
        """End the processes; what is being rendered fails."""
        self._pool.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()


RANGE = re.compile(r"\s*([0-9]+)?\s*(?:([-–])\s*([0-9]+)?)?\s*")
"""`3`, `3-5`, `8-`, `-3`; also, by what it leaves optional, nothing and `-`."""


def select_pages(text: str | None, count: int) -> tuple[int, ...]:
    """Page numbers, from 1, ascending, each once, of a document of `count` pages: `1,3-5,8-`; nothing means all.

    Pages past the end are left out.

    Raises:
        UsageError: with what is wrong and an example.
    """
    if text is None or not text.strip():
        return tuple(range(1, count + 1))
    pages: set[int] = set()
    for part in text.split(","):
        first, last = _bounds(part, count)
        pages.update(range(first, min(last, count) + 1))
    if not pages:
        number = "1 page" if count == 1 else f"{count:,} pages"
        raise UsageError(f'None of the pages "{text.strip()}" exist: the document has {number}.', EXAMPLE)
    return tuple(sorted(pages))


EXAMPLE = 'Write page numbers and ranges like "1,3-5,8-".'


def _bounds(part: str, count: int) -> tuple[int, int]:
    """First and last page of one part of a selection.

    Raises:
        UsageError: no number or range, or one that is reversed or begins at 0.
    """
    match = RANGE.fullmatch(part)
    if match is None or not (match[1] or match[3]):
        raise UsageError(f'"{part.strip()}" is not a page number or range.', EXAMPLE)
    first = _number(match[1]) if match[1] else 1
    last = _number(match[3]) if match[3] else count if match[2] else first
    if first == 0 or (match[3] and last == 0):
        raise UsageError(f'"{part.strip()}": pages are numbered from 1.', EXAMPLE)
    if match[3] and last < first:
        raise UsageError(f'"{part.strip()}" runs backwards.', EXAMPLE)
    return first, last


def _number(digits: str) -> int:
    """The value of digits, or one beyond every document's last page: Python refuses to convert very long numbers."""
    return int(digits) if len(digits) <= 9 else 10**9
