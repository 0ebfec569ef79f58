"""Put invisible text behind the pages of a document, with OCRmyPDF's renderer; runs in a worker process."""

import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pikepdf
from ocrmypdf.font import MultiFontManager
from ocrmypdf.fpdf_renderer import Fpdf2MultiPageRenderer
from ocrmypdf.models.ocr_element import OcrElement
from pikepdf import Rectangle

from ocr.documents.passwords import opened_pdf
from ocr.errors import OutputError
from ocr.export.image_pdf import image_pdf
from ocr.export.ocr_element import page_element
from ocr.export.page_selection import keep_pages
from ocr.export.placed_page import PlacedPage
from ocr.export.shown_text import shown_text
from ocr.filenames import printable
from ocr.i18n import gettext
from ocr.photo_sheets import SheetCorners
from ocr.types import Document

OWN_TEXT_SHARE = 0.5
"""Visible characters of a page that has a text of its own, for each that was read; a scan has a stamp or a number."""

POINTS = 72.0
"""An element's units are points, so that the text's page is exactly as large as the document's."""


def write_searchable(document: Document, pages: Sequence[PlacedPage], target: Path, *, whole: bool = True) -> None:
    """Write the document with the text of these pages; these pages alone, unless `whole`.

    Raises:
        MemoryError: it takes more than this process may have.
        OSError: its file cannot be read, or the target not be written.
        OutputError: a library cannot do it.
    """
    numbers = None if whole else {page.number for page in pages}
    try:
        with _opened(document, {page.number: page.corners for page in pages if page.corners}, numbers) as pdf:
            numbered = dict(zip(count(1) if numbers is None else sorted(numbers), pdf.pages, strict=False))
            read = [(numbered[page.number], page) for page in pages if page.number in numbered]
            layers = [(page, placed) for page, placed in read if _takes_text(pdf, page, placed)]
            if whole and not layers and document.media_type == "application/pdf":
                shutil.copyfile(document.path, target)
                return
            _lay_text(layers)
            pdf.save(target, encryption=True if pdf.is_encrypted else None)
    except MemoryError:
        raise
    except Exception as error:  # whatever a library meets in a damaged file
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = printable(str(error)).rstrip(".") or type(error).__name__
        raise OutputError(
            gettext("The searchable PDF could not be made: {reason}.", reason=reason), "Choose another format."
        ) from error


@contextmanager
def _opened(
    document: Document, sheets: Mapping[int, SheetCorners], numbers: Collection[int] | None
) -> Iterator[pikepdf.Pdf]:
    """The document as a PDF, its pages as they are; of a photograph whose sheet was read, by page number, the sheet.

    With `numbers`, it has these pages alone.
    """
    if document.media_type != "application/pdf":
        with tempfile.TemporaryFile() as file:
            image_pdf(document, file, sheets, numbers)
            with pikepdf.open(file) as pdf:
                yield pdf
        return
    with opened_pdf(document.path, document.password) as pdf:
        if numbers is not None:
            keep_pages(pdf, numbers)
        yield pdf


def _takes_text(pdf: pikepdf.Pdf, page: pikepdf.Page, placed: PlacedPage) -> bool:
    """Whether the page gets what was read; the text of an earlier OCR is taken out then."""
    letters = sum(len(word.text) for block in placed.blocks for line in block.lines for word in line.words)
    if not letters:
        return False
    shown = shown_text(page)
    if shown.visible >= OWN_TEXT_SHARE * letters:
        return False
    shown.take_out_invisible(pdf)
    return True


def _lay_text(layers: Sequence[tuple[pikepdf.Page, PlacedPage]]) -> None:
    if not layers:
        return
    elements: list[tuple[int, OcrElement, float]] = []
    for number, (page, placed) in enumerate(layers):
        width, height = _size_as_shown(page)
        if placed.rotation in (90, 270):
            width, height = height, width
        elements.append((number, page_element(placed, width, height), POINTS))
    fonts = MultiFontManager()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.pdf"
        Fpdf2MultiPageRenderer(pages_data=elements, multi_font_manager=fonts, invisible_text=True).render(path)
        with pikepdf.open(path) as text:
            for (page, placed), layer in zip(layers, text.pages, strict=True):
                layer.Rotate = -placed.rotation % 360  # back to how the document has the page
                page.add_underlay(layer, Rectangle(*_visible_area(page)))


def _visible_area(page: pikepdf.Page) -> tuple[float, float, float, float]:
    """What a viewer shows of the page, in its own coordinates: the crop box within the media box."""
    media, crop = (_corners(box) for box in (page.mediabox, page.cropbox))
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    return (left, bottom, right, top) if left < right and bottom < top else media


def _corners(box: pikepdf.Array) -> tuple[float, float, float, float]:
    """Left, bottom, right, top, whichever corners the file names."""
    first, second, third, fourth = (float(number) for number in box)
    return min(first, third), min(second, fourth), max(first, third), max(second, fourth)


def _size_as_shown(page: pikepdf.Page) -> tuple[float, float]:
    left, bottom, right, top = _visible_area(page)
    width, height = right - left, top - bottom
    return (height, width) if page.rotation in (90, 270) else (width, height)
