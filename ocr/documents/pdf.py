"""Open PDFs and render their pages; the only module that uses PDFium.

PDFium is not thread-safe and parses hostile input in C++: this module is imported in render workers only.
"""

import ctypes
import os
from dataclasses import replace
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from ocr import errors
from ocr.documents.encoding import FIGURE_PIXELS, Scanlines, box_before, encode, encode_drawn, turned
from ocr.documents.fonts import PageTextObjects, use_fonts_of_same_widths
from ocr.documents.image_size import fitted_size
from ocr.documents.passwords import encoded
from ocr.documents.text_layer import text_layer
from ocr.i18n import gettext
from ocr.page_words import TextLayer
from ocr.types import Box, Document, ImageSpec, PageImage

use_fonts_of_same_widths()

POINTS_PER_INCH = 72

MAX_DPI = 300
"""A page that is small on paper is not blown up beyond this, unless a picture on it holds more."""

SCAN_COVERAGE = 0.5
"""Share of a page that pictures must cover for it to be a scan."""

MAX_OBJECTS_EXAMINED = 5000
"""A page of more objects is a drawing or text, whatever pictures lie among them; looking costs 1 µs each."""


class PdfFile:
    """An open PDF."""

    def __init__(self, document: Document) -> None:
        """Parse the file's structure; pages are parsed when they are rendered."""
        self._name = document.name
        self._pdf = _repaired(document) if document.repaired else _loaded(document)
        try:
            if self._pdf.get_formtype() == pdfium.FORMTYPE_XFA_FULL:
                raise errors.UnsupportedDocument(
                    gettext("{name} is a dynamic XFA form, which only Adobe's programs can display.", name=self._name),
                    "Open it in Adobe Acrobat or Reader, print it to a PDF, and read that.",
                )
            if len(self._pdf) == 0:
                raise _empty(self._name)
            self._pdf.init_forms()
        except errors.OcrError:
            self._pdf.close()
            raise
        self.pages = len(self._pdf)

    @property
    def whole(self) -> bool:
        """Whether its last page is there: a damaged file may claim thousands that it lacks.

        The only page is looked at closely, since PDFium takes a page tree without pages for one.
        """
        if self.pages > 1:
            return bool(pdfium.FPDF_GetPageSizeByIndexF(self._pdf, self.pages - 1, pdfium.FS_SIZEF()))
        try:
            self._pdf[0].close()
        except pypdfium2.PdfiumError:
            return False
        return True

    def close(self) -> None:
        """Give the file back."""
        self._pdf.close()

    def render(self, number: int, spec: ImageSpec) -> PageImage:
        """The page as it would print, annotations and form fields included, upright by its own `/Rotate`.

        `spec.rotation` turns it further. It has the size that is asked for, or as `fitted_size` says, of its size at
        `MAX_DPI`.
        """
        page = self._page(number)
        try:
            pictures = _pictures(page)
            scanned = sum(picture.share for picture in pictures) >= SCAN_COVERAGE
            # A page that is tiny gets fewer pixels than are asked for.
            dpi = max([MAX_DPI, *(picture.dpi for picture in pictures if picture.share >= SCAN_COVERAGE)])
            width, height = (points * dpi / POINTS_PER_INCH for points in page.get_size())
            size = spec.unturned_size or fitted_size((width, height), spec.longest_side, spec.multiple)
            image = encode_drawn(_drawn(page, *size), scanned=scanned, rotation=spec.rotation)
            text = PageTextObjects(page)
            blank = image.blank and not text.shows_characters()
            return replace(image, blank=blank, missing_fonts=text.missing_fonts(blank=image.blank))
        finally:
            page.close()

    def figure(self, number: int, box: Box, media_type: str, rotation: int = 0) -> PageImage:
        """A part of the turned page at 300 DPI, or at its scan's own resolution if that is lower."""
        page = self._page(number)
        box = box_before(box, rotation)
        try:
            width, height = page.get_size()
            edges = (
                width * box.left / 1000,
                height * (1000 - box.bottom) / 1000,
                width * (1000 - box.right) / 1000,
                height * box.top / 1000,
            )
            scans = [picture.dpi for picture in _pictures(page) if picture.share >= SCAN_COVERAGE]
            longest = max(width - edges[0] - edges[2], height - edges[1] - edges[3])
            scale = min(min([MAX_DPI, *scans]) / POINTS_PER_INCH, FIGURE_PIXELS / longest)
            bitmap = page.render(scale=scale, crop=edges, rev_byteorder=True)
            return encode(turned(bitmap.to_pil(), rotation), photographic=media_type == "image/jpeg")
        finally:
            page.close()

    def words(self, number: int, rotation: int = 0) -> TextLayer:
        """The words of the page's text layer, where they stand on the page turned by `rotation`."""
        page = self._page(number)
        try:
            scanned = sum(picture.share for picture in _pictures(page)) >= SCAN_COVERAGE
            return text_layer(page, rotation, scanned=scanned)
        finally:
            page.close()

    def _page(self, number: int) -> pypdfium2.PdfPage:
        """The page, parsed; one whose crop box lies beside its paper is shown whole."""
        try:
            page = self._pdf[number - 1]
        except pypdfium2.PdfiumError as error:
            missing = gettext(
                "Page {number} of {name} is missing: the file is damaged.", number=number, name=self._name
            )
            raise errors.RenderFailed(missing, "Save the document again if you need this page.") from error
        if not all(page.get_size()):
            page.set_cropbox(*page.get_mediabox())
        return page


def _loaded(document: Document) -> pypdfium2.PdfDocument:
    for password in encoded(document.password) if document.password else (None,):
        if handle := pdfium.FPDF_LoadDocument(os.fsencode(document.path), password):
            return pypdfium2.PdfDocument(handle)
        if (code := pdfium.FPDF_GetLastError()) != pdfium.FPDF_ERR_PASSWORD:
            break
    raise _reason(code, document.name, document.password)


def _repaired(document: Document) -> pypdfium2.PdfDocument:
    """The file as qpdf repairs it."""
    import pikepdf  # few files need it

    from ocr.documents.pdf_repair import repaired_copy

    try:
        copy = repaired_copy(document.path, document.path.stat().st_mtime_ns, document.password)
        if copy is None:
            raise _empty(document.name)
        return pypdfium2.PdfDocument(copy)
    except pikepdf.PasswordError as error:
        raise _reason(pdfium.FPDF_ERR_PASSWORD, document.name, document.password) from error
    except (pikepdf.PdfError, pypdfium2.PdfiumError) as error:
        raise _reason(pdfium.FPDF_ERR_FORMAT, document.name, document.password) from error


def _drawn(page: pypdfium2.PdfPage, width: int, height: int) -> Scanlines:
    """The page in RGB, stretched to this size, drawn where PNG wants its rows: they lie one byte apart."""
    stride = 1 + 3 * width
    buffer = bytearray(stride * height + 1)  # PDFium's last row ends one byte later than PNG's
    pixels = (ctypes.c_ubyte * (stride * height)).from_buffer(buffer, 1)
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_BGR, buffer=pixels, stride=stride)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    drawing = (bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER)
    pdfium.FPDF_RenderPageBitmap(*drawing)
    if page.formenv:
        pdfium.FPDF_FFLDraw(page.formenv, *drawing)
    return Scanlines(width, height, 3, memoryview(buffer)[:-1])


class _Picture:
    """An image object on a page."""

    __slots__ = ("dpi", "share")

    def __init__(self, raw: Any, page_size: tuple[float, float]) -> None:
        left, bottom, right, top = (ctypes.c_float() for _ in range(4))
        width, height = ctypes.c_uint(), ctypes.c_uint()
        pdfium.FPDFPageObj_GetBounds(raw, left, bottom, right, top)
        pdfium.FPDFImageObj_GetImagePixelSize(raw, width, height)
        points = (max(0.0, right.value - left.value), max(0.0, top.value - bottom.value))
        self.share = min(1.0, points[0] * points[1] / (page_size[0] * page_size[1]))
        """Of the page's area."""
        self.dpi = POINTS_PER_INCH * max(width.value, height.value) / max(*points, 1.0)
        """The picture's own resolution, as placed."""


def _pictures(page: pypdfium2.PdfPage) -> list[_Picture]:
    """The image objects on the page itself; those inside forms are left alone."""
    count = pdfium.FPDFPage_CountObjects(page)
    if count > MAX_OBJECTS_EXAMINED:
        return []
    size = page.get_size()
    objects = (pdfium.FPDFPage_GetObject(page, index) for index in range(count))
    return [_Picture(raw, size) for raw in objects if pdfium.FPDFPageObj_GetType(raw) == pdfium.FPDF_PAGEOBJ_IMAGE]


def _empty(name: str) -> errors.EmptyDocument:
    return errors.EmptyDocument(gettext("{name} has no pages.", name=name), "Check that it was saved completely.")


def _reason(code: int, name: str, password: str | None) -> errors.OcrError:
    """What PDFium's error code means for the user."""
    match code:
        case pdfium.FPDF_ERR_PASSWORD if password:
            return errors.WrongPassword(
                gettext("The password of {name} is not correct.", name=name), "Try again; upper and lower case matter."
            )
        case pdfium.FPDF_ERR_PASSWORD:
            return errors.PasswordRequired(
                gettext("{name} is encrypted.", name=name),
                "Enter its password in the field on the page, or pass it with --password.",
            )
        case pdfium.FPDF_ERR_SECURITY:
            return errors.DamagedDocument(
                gettext("{name} is encrypted in a way that is not supported.", name=name), "Save it without encryption."
            )
        case _:
            return errors.DamagedDocument(
                gettext("{name} starts like a PDF but cannot be parsed.", name=name),
                "It may be incomplete and could not be repaired: download or save it again.",
            )
