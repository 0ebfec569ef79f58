"""Async interface to the pool of render processes; all other packages use documents through it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self, TypeVar, TypeVarTuple

from ocr.documents import joined_photos, worker_tasks
from ocr.documents.page_ranges import select_pages
from ocr.documents.worker_tasks import DocumentLimits, after_a_lost_page
from ocr.errors import DamagedDocument, DocumentTooLarge, RendererDied, RenderFailed, RenderTimeout
from ocr.filenames import printable
from ocr.i18n import Translatable, gettext, join
from ocr.machine import cores, memory_bytes
from ocr.page_words import TextLayer
from ocr.photo_sheets import PageView, SheetCorners
from ocr.types import Box, Document, ImageSpec, PageImage
from ocr.workers.worker_pool import WorkerPool
from ocr.workers.worker_process import WorkerDied, WorkerError, WorkerTimeout

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

ROTATIONS = (0, 90, 180, 270)
"""Degrees clockwise."""

MAX_WORKERS = 8
"""Render processes unless more are asked for: they fill several GPUs, and a large machine has other work."""

MEMORY_SHARE = 0.5
"""Of the memory that this program may use, for all render processes together."""

MIN_WORKER_BYTES = 1024**3
"""Address space below which a process could not decode a picture of as many pixels as are allowed."""


def default_workers(available_cores: int, memory: int | None) -> int:
    """Render processes for a machine of so many cores and bytes of memory (None: unknown)."""
    fitting = MAX_WORKERS if memory is None else int(MEMORY_SHARE * memory) // MIN_WORKER_BYTES
    return max(1, min(MAX_WORKERS, available_cores, fitting))


def worker_bytes(workers: int, memory: int | None) -> int:
    """Address space of each of so many render processes that share the memory; never less than one needs."""
    share = DocumentLimits().max_memory if memory is None else int(MEMORY_SHARE * memory) // workers
    return max(MIN_WORKER_BYTES, share)


class Renderer:
    """Owns the pool of render processes; knows nothing of visitors. One serves a whole program, from any event loop."""

    def __init__(self, workers: int | None = None, limits: DocumentLimits | None = None) -> None:
        """Costs nothing: the processes start as pages want them, and share the memory.

        There are `workers` at most; else as many as cores, as the memory allows, or `MAX_WORKERS`.
        """
        limits, memory = limits or DocumentLimits(), memory_bytes()
        workers = workers or default_workers(cores(), memory)
        self._limits = replace(limits, max_memory=min(limits.max_memory, worker_bytes(workers, memory)))
        self._pool = WorkerPool(workers, worker_tasks.set_up, self._limits)

    def start(self) -> None:
        """Start a process now: it loads its libraries while the program does something else."""
        self._pool.start()

    async def open(self, path: Path, *, name: str | None = None, password: str | None = None) -> Document:
        """Find a file readable, and tell its type from its content; `name` is what the user calls it.

        It may have more pages than the limit: `select` refuses them if they are asked for.

        Raises:
            DocumentError: one of its kinds.
        """
        name = printable(name or path.name or str(path))
        try:
            absolute = path.absolute()  # noqa: ASYNC240 - only adds the working directory
            return await self._in_worker(worker_tasks.open_document, absolute, name, password, self._limits)
        except WorkerTimeout as error:
            seconds = self._limits.max_seconds
            slow = gettext("{name} could not be opened within {seconds:g} s.", name=name, seconds=seconds)
            raise DamagedDocument(slow, "Raise --render-timeout, or save the file again.") from error
        except WorkerError as error:
            raise DamagedDocument(
                gettext("{name} could not be opened: {reason}.", name=name, reason=self._why(error)),
                "Save it again at a lower resolution, then try again.",
            ) from error

    def select(self, document: Document, pages: str | None = None) -> tuple[int, ...]:
        """The numbers of the pages that a range means, as `select_pages` reads it; of all without one.

        Raises:
            UsageError: the range makes no sense.
            DocumentTooLarge: they are more than the limit.
        """
        numbers = select_pages(pages, document.pages) if pages else range(1, document.pages + 1)
        values = {"name": document.name, "pages": len(numbers), "limit": self._limits.max_pages}
        if len(numbers) <= self._limits.max_pages:
            return tuple(numbers)
        if pages:
            message = gettext("{pages:,} pages of {name} were requested; the limit is {limit:,}.", **values)
        else:
            message = gettext("{name} has {pages:,} pages; the limit is {limit:,}.", **values)
        raise DocumentTooLarge(message, "Read it in parts (on the command line: --pages), or raise --max-pages.")

    async def render(
        self,
        document: Document,
        number: int,
        longest_side: int,
        rotation: int = 0,
        *,
        upright: bool = False,
        multiple: int = 1,
    ) -> PageImage:
        """As `render_as` with such an `ImageSpec`, a photograph as it is."""
        return await self.render_as(document, number, ImageSpec(longest_side, rotation, upright, multiple))

    async def render_as(self, document: Document, number: int, spec: ImageSpec) -> PageImage:
        """The page, from 1, with a longer side of `spec.longest_side` pixels; of fewer, where the original has fewer.

        Both sides are multiples of `multiple` pixels: the page is stretched to that size, by as little as possible.
        With `size` the image has exactly that.

        `sheet` makes the page of the sheet in a photograph, the image tells where it was. `rotation` turns what is
        upright by the document's own account: 0, 90, 180 or 270 degrees clockwise. `upright` turns it further if its
        letters do not stand upright then (orientation.py); the image tells the sum.

        Cancelling gives up a page that waits for a worker; one that is being rendered is finished and dropped.

        Raises:
            PageError: one of its kinds.
            DocumentError: the file has changed and can no longer be opened.
            EngineFailed: `upright` is asked for and Tesseract's data for it is not installed.
            ValueError: the document has no such page, or there is no such rotation.
        """
        if spec.rotation not in ROTATIONS:
            raise ValueError(f"a page cannot be turned by {spec.rotation} degrees")
        if not 1 <= number <= document.pages:
            raise ValueError(f"page {number} of a document of {document.pages}")
        page = gettext("Page {number} of {name}", number=number, name=document.name)
        try:
            return await self._in_worker(worker_tasks.render_page, document, number, spec, self._limits)
        except WorkerTimeout as error:
            raise RenderTimeout(
                gettext(
                    "{page} took longer than {seconds:g} s to render.", page=page, seconds=self._limits.max_seconds
                ),
                join(" ", [after_a_lost_page(document), gettext("--render-timeout gives it more time.")]),
            ) from error
        except WorkerError as error:
            raise self._lost(document, number, error) from error

    async def thumbnail(self, document: Document, number: int, longest_side: int) -> PageImage:
        """The page, from 1, as a small JPEG for the screen; raises as `render`."""
        try:
            return await self._in_worker(worker_tasks.render_thumbnail, document, number, longest_side, self._limits)
        except WorkerError as error:
            raise self._lost(document, number, error) from error

    async def figure(
        self,
        document: Document,
        number: int,
        box: Box,
        media_type: str,
        rotation: int = 0,
        corners: SheetCorners | None = None,
    ) -> PageImage:
        """A part of a page, from 1, up to 300 DPI, as `image/png` or `image/jpeg`; raises as `render`.

        The box is that of the page once it is straightened and turned.
        """
        view = PageView(rotation, corners)
        try:
            return await self._in_worker(worker_tasks.cut_figure, document, number, box, media_type, self._limits, view)
        except WorkerError as error:
            values = {"number": number, "name": document.name, "reason": self._why(error)}
            raise RenderFailed(gettext("A figure on page {number} of {name} was lost: {reason}.", **values)) from error

    async def time_taken(self, document: Document) -> str:
        """When a picture was taken, as `joined_photos.time_taken` tells it; raises as that, and as `render`."""
        try:
            return await self._in_worker(joined_photos.time_taken, document)
        except WorkerError as error:
            raise self._lost(document, 1, error) from error

    async def append_photos(self, document: Document, target: Path) -> None:
        """Append the frames of a picture to a TIFF file; raises as `render`, and OSError where it cannot be written."""
        try:
            await self._in_worker(joined_photos.append_photos, document, target, self._limits)
        except WorkerError as error:
            raise self._lost(document, 1, error) from error

    async def text_layer(self, document: Document, number: int, rotation: int = 0) -> TextLayer:
        """The words of a page's text layer, from 1, where they stand on the turned page.

        Raises:
            PageError, DocumentError: as `render`.
        """
        try:
            return await self._in_worker(worker_tasks.page_text_layer, document, number, rotation, self._limits)
        except WorkerError as error:
            raise self._lost(document, number, error) from error

    def _lost(self, document: Document, number: int, error: WorkerError) -> RenderFailed:
        """What a page's failure is when its worker failed, and not the page by its own account."""
        page = gettext("Page {number} of {name}", number=number, name=document.name)
        message = gettext("{page} could not be rendered: {reason}.", page=page, reason=self._why(error))
        return (RendererDied if isinstance(error, WorkerDied) else RenderFailed)(message, after_a_lost_page(document))

    def _why(self, error: WorkerError) -> Translatable:
        """What became of a worker, in words."""
        if isinstance(error, WorkerDied) and error.out_of_memory:
            limit = self._limits.max_memory / 1024**2
            return gettext(
                "its process ended, probably because it ran out of memory (the limit is {limit:,.0f} MiB)", limit=limit
            )
        if isinstance(error, WorkerDied):
            return gettext("its process ended ({reason})", reason=str(error))
        if isinstance(error, WorkerTimeout):
            return gettext("it took longer than {seconds:g} s", seconds=self._limits.max_seconds)
        return gettext("Pagelight is shutting down")

    async def _in_worker(self, function: Callable[[*Ts], T], *args: *Ts) -> T:
        import asyncio  # takes 30 ms to load, in which `start` has started the processes already

        return await asyncio.wrap_future(self._pool.submit(self._limits.max_seconds, function, *args))

    def close(self) -> None:
        """End the processes; what is being rendered fails."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
