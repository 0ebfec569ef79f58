"""Functions that run in a render worker: detect a file's type, open it, and render its pages.

Light to import, since the app imports it to name the functions; PDFium and Pillow are loaded by `set_up` in the worker.
"""

from __future__ import annotations

import hashlib
import os
import stat
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ocr import errors
from ocr.documents.filetypes import HEAD_BYTES, media_type_of
from ocr.filenames import printable
from ocr.i18n import Translatable, gettext, join
from ocr.page_words import LayerQuality, TextLayer
from ocr.photo_sheets import AS_TAKEN, PageView
from ocr.types import Box, Document, ImageSpec, PageImage, sheet_of
from ocr.workers.memory_limit import limit_memory

if TYPE_CHECKING:
    from ocr.documents.images import PictureFile
    from ocr.documents.pdf import PdfFile

MAX_OPEN_FILES = 4
"""Documents a worker keeps open, so that a long PDF is not parsed anew for each page."""

PAGES_PER_OPENING = 8
"""Pages after which a document is opened anew: while it is open PDFium keeps what it has parsed, 1.7 MB for each scan
at 200 DPI. Opening a PDF and finding page 900 of 1,000 takes about 10 ms."""


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What is refused, so that no file can take the machine down."""

    max_bytes: int = 500_000_000
    """Size of a file, in bytes."""
    max_pages: int = 5000
    """Pages asked for of a document; `Renderer.select` counts them."""
    max_seconds: float = 30.0
    """Time for opening a document, and for each page."""
    max_pixels: int = 200_000_000
    """Pixels decoded from one image file; 14,142 × 14,142. Pillow takes four bytes for each."""
    max_memory: int = 2 * 1024**3
    """Address space of a render process, in bytes; held where the platform can."""


def set_up(limits: DocumentLimits) -> None:
    """Make this process a render worker: load the libraries, then bound its memory."""
    import ocr.documents.images
    import ocr.documents.pdf  # noqa: F401 - loaded here, so that the first page need not wait

    warnings.simplefilter("ignore")  # of damaged metadata and the like: nobody could act on them
    _keep_freed_memory()
    limit_memory(limits.max_memory)  # where that cannot be done, the limit on pixels has to do


def _keep_freed_memory() -> None:
    """Have glibc keep the last page's buffers for the next instead of handing them back: 5 ms of page faults a page.

    18 MB more stay resident. The constants are those of glibc's malloc.h; other C libraries have no `mallopt`.
    """
    import ctypes

    trim_threshold, mmap_threshold = -1, -3
    try:
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    except TypeError:  # Windows
        return
    if mallopt is not None:
        mallopt(mmap_threshold, 32 * 1024**2)
        mallopt(trim_threshold, 64 * 1024**2)


def open_document(path: Path, name: str, password: str | None, limits: DocumentLimits) -> Document:
    """Find a file readable, and tell what it is; raises as `Renderer.open`."""
    _check_file(path, name, limits)
    try:
        with path.open("rb") as file:
            media_type = media_type_of(file.read(HEAD_BYTES), name)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise errors.DocumentError(
            gettext("{name} cannot be read: {reason}.", name=name, reason=error.strerror), "Check its permissions."
        ) from error
    document = Document(path, name, media_type, 0, digest, password)
    damaged = errors.DamagedDocument(
        gettext("{name} cannot be opened", name=name), "Save it again or convert it to PDF, then try again."
    )
    with damage_told(damaged):
        return _counted(document, limits)


def _counted(document: Document, limits: DocumentLimits) -> Document:
    """The document with the number of its pages; a damaged PDF is repaired, if it can be, to have all it has read."""
    pages, failure = 0, None
    try:
        file = _opened(document, limits)
        if file.whole:
            return replace(document, pages=file.pages)
        pages = file.pages
    except (errors.DamagedDocument, errors.EmptyDocument) as error:
        if document.media_type != "application/pdf":
            raise
        failure = error
    try:
        repaired = replace(document, repaired=True)
        return replace(repaired, pages=_opened(repaired, limits).pages)
    except (errors.DamagedDocument, errors.EmptyDocument) as error:
        if pages:
            return replace(document, pages=pages)
        raise error from failure


def _check_file(path: Path, name: str, limits: DocumentLimits) -> None:
    """Refuse what is no file of a sensible size, without reading it."""
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise errors.DocumentError(gettext("{name} does not exist.", name=name), "Check the path.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise errors.DocumentError(
            gettext("{name} cannot be read: {reason}.", name=name, reason=reason), "Check the path and its permissions."
        ) from error
    if stat.S_ISDIR(status.st_mode):
        raise errors.DocumentError(gettext("{name} is a folder.", name=name), "Pass the files in it instead.")
    if not stat.S_ISREG(status.st_mode):
        raise errors.DocumentError(
            gettext("{name} is not a regular file.", name=name), "Copy its content into a file first."
        )
    if status.st_size == 0:
        raise errors.EmptyDocument(
            gettext("{name} is empty.", name=name), "Check that it was saved or copied completely."
        )
    if status.st_size > limits.max_bytes:
        size, limit = status.st_size / 1e6, limits.max_bytes / 1e6
        raise errors.DocumentTooLarge(
            gettext("{name} is {size:,.1f} MB; the limit is {limit:,.1f} MB.", name=name, size=size, limit=limit),
            "Split it, save it with smaller images, or raise --max-file-mb.",
        )


def render_page(document: Document, number: int, spec: ImageSpec, limits: DocumentLimits) -> PageImage:
    """One page, from 1, turned and encoded; raises as `Renderer.render`."""
    verdict = gettext("Page {number} of {name} cannot be rendered", number=number, name=document.name)
    with damage_told(errors.RenderFailed(verdict, after_a_lost_page(document))):
        rotation = spec.rotation
        from ocr.documents.rendered_page import rendered_page  # it loads Pillow

        page = rendered_page(_opened(document, limits), number, spec)
        if spec.upright and not page.blank:
            from ocr.engines.tesseract.orientation import turn_upright  # Tesseract is loaded only where it is wanted

            if turn := turn_upright(page.data):
                rotation = (rotation + turn) % 360
                spec = spec._replace(rotation=rotation, sheet=sheet_of(page))
                page = rendered_page(_opened(document, limits), number, spec)
        return replace(page, rotation=rotation)


def page_text_layer(document: Document, number: int, rotation: int, limits: DocumentLimits) -> TextLayer:
    """The words of a page's text layer, where they stand on the page turned by `rotation`; a picture has none."""
    if document.media_type != "application/pdf":
        return TextLayer((), LayerQuality.NONE)
    verdict = gettext("The words of page {number} of {name} cannot be extracted", number=number, name=document.name)
    with damage_told(errors.RenderFailed(verdict)):
        pdf = cast("PdfFile", _opened(document, limits))
        return pdf.words(number, rotation)


def after_a_lost_page(document: Document) -> Translatable:
    """What is said of the rest of a document when one of its pages fails, and what to do."""
    others = [gettext("The other pages are read.")] if document.pages > 1 else []
    return join(" ", [*others, gettext("Save the document again if you need this page.")])


def render_thumbnail(document: Document, number: int, longest_side: int, limits: DocumentLimits) -> PageImage:
    """One page, from 1, as a small JPEG; also of a JPEG that would go to a model as it is."""
    from ocr.documents.encoding import thumbnail

    page = render_page(document, number, ImageSpec(longest_side), limits)
    verdict = gettext("Page {number} of {name} cannot be rendered", number=number, name=document.name)
    with damage_told(errors.RenderFailed(verdict)):
        return thumbnail(page)


def cut_figure(
    document: Document, number: int, box: Box, media_type: str, limits: DocumentLimits, view: PageView = AS_TAKEN
) -> PageImage:
    """A part of a page, as sharp as the document has it, up to 300 DPI; the box is that of the page in this view."""
    verdict = gettext("A figure on page {number} of {name} cannot be cut out", number=number, name=document.name)
    with damage_told(errors.RenderFailed(verdict)):
        from ocr.documents.rendered_page import cut_figure_from

        return cut_figure_from(_opened(document, limits), number, box, media_type, view)


@contextmanager
def damage_told(verdict: errors.OcrError) -> Iterator[None]:
    """Give whatever a parser meets in a broken or hostile file one name; ours pass."""
    try:
        yield
    except errors.OcrError:
        raise
    except MemoryError as error:
        too_large = errors.PageTooLarge if isinstance(verdict, errors.PageError) else errors.DocumentTooLarge
        raise too_large(
            gettext("{verdict}: it needs too much memory.", verdict=verdict.message),
            gettext("Save it at a lower resolution."),
        ) from error
    except Exception as error:
        reason = printable(str(error)) or type(error).__name__
        values = {"verdict": verdict.message, "reason": reason.rstrip(".")}
        message = gettext("{verdict}: its data is damaged or truncated ({reason}).", **values)
        raise type(verdict)(message, verdict.next_step) from error


_open_files: OrderedDict[tuple[str, int, int, str | None, bool], tuple[PdfFile | PictureFile, Iterator[int]]] = (
    OrderedDict()
)


def _opened(document: Document, limits: DocumentLimits) -> PdfFile | PictureFile:
    """The parsed document; it stays open for the next pages."""
    status = document.path.stat()
    key = (os.fspath(document.path), status.st_mtime_ns, status.st_size, document.password, document.repaired)
    entry = _open_files.pop(key, None)
    if entry is not None and next(entry[1], None) is None:
        entry[0].close()
        entry = None
    if entry is None:
        while len(_open_files) >= MAX_OPEN_FILES:
            _open_files.popitem(last=False)[1][0].close()
        entry = (_parse(document, limits), iter(range(PAGES_PER_OPENING)))
    _open_files[key] = entry
    return entry[0]


def _parse(document: Document, limits: DocumentLimits) -> PdfFile | PictureFile:
    if document.media_type == "application/pdf":
        from ocr.documents.pdf import PdfFile

        return PdfFile(document)
    from ocr.documents.images import PictureFile

    return PictureFile(document, limits.max_pixels)
