"""The words of a PDF page's text layer with their boxes, and what the layer is good for. Runs in render workers."""

import ctypes
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from ocr.page_words import SPACELESS_LETTER, LayerQuality, PageWord, PreciseBox, TextLayer

MAX_CHARS = 200_000
"""Characters of a page that are looked at."""

MAX_UNMAPPED_SHARE = 0.05
"""Share of characters without Unicode, or with a private one, above which a layer is not trusted."""

MAX_HIDDEN_SHARE = 0.5
"""Share of characters that do not show above which a layer was written by an OCR program."""

MIN_WORDS_ON_SCAN = 30
"""Visible words on a scanned page, such as a stamp, that do not make up its text."""

DEVICE_PIXELS = 1_000_000
"""Size of the device that pages are mapped onto to learn their crop box and rotation."""

HYPHENS = "\x02\xad\ufffe"
"""A hyphen at the end of a line as PDFium and files have it; U+FFFE in older versions."""


class _Glyph(NamedTuple):
    """A character on the page, in the page's own coordinates."""

    text: str
    box: tuple[float, float, float, float]
    """Left, bottom, right, top in points."""
    hidden: bool
    unmapped: bool
    angle: float
    """Degrees, counter-clockwise, of its own direction."""


class PageGeometry:
    """Maps points of a PDF page onto 0–1000, as the page is shown after its crop box and its `/Rotate`."""

    def __init__(self, page: pypdfium2.PdfPage, rotation: int = 0) -> None:
        """`rotation` turns it further, in degrees clockwise."""
        self._rotation = rotation
        self._turn: int = (page.get_rotation() + rotation) % 360
        x, y = ctypes.c_int(), ctypes.c_int()
        points = []
        for at in ((0.0, 0.0), (100.0, 0.0), (0.0, 100.0)):
            pdfium.FPDF_PageToDevice(page, 0, 0, DEVICE_PIXELS, DEVICE_PIXELS, 0, *at, x, y)
            points.append((1000 * x.value / DEVICE_PIXELS, 1000 * y.value / DEVICE_PIXELS))
        self._origin = points[0]
        self._x = tuple((points[1][axis] - points[0][axis]) / 100 for axis in (0, 1))
        self._y = tuple((points[2][axis] - points[0][axis]) / 100 for axis in (0, 1))

    def box(self, left: float, bottom: float, right: float, top: float) -> PreciseBox:
        """The rectangle on the page as it is read; it may lie beside it."""
        corners = [
            tuple(self._origin[axis] + x * self._x[axis] + y * self._y[axis] for axis in (0, 1))
            for x, y in ((left, bottom), (right, top))
        ]
        (x0, x1), (y0, y1) = (sorted(corner[axis] for corner in corners) for axis in (0, 1))
        for _ in range(self._rotation // 90):
            x0, y0, x1, y1 = 1000 - y1, x0, 1000 - y0, x1
        return x0, y0, x1, y1

    def upright(self, angle: float) -> bool:
        """Whether characters at this angle stand upright on the page as it is read."""
        off = (self._turn - angle) % 360
        return min(off, 360 - off) < 30


def text_layer(page: pypdfium2.PdfPage, rotation: int = 0, *, scanned: bool = False) -> TextLayer:
    """The words of a page that is turned by `rotation`, and what they are good for.

    `scanned` says that a picture covers most of the page.
    """
    glyphs = list(_glyphs(page))
    shown = [glyph for glyph in glyphs if glyph.text.strip()]
    hidden, unmapped = sum(glyph.hidden for glyph in shown), sum(glyph.unmapped for glyph in shown)
    quality = LayerQuality.GOOD
    if hidden > MAX_HIDDEN_SHARE * len(shown):
        quality = LayerQuality.HIDDEN
    else:
        glyphs = [glyph for glyph in glyphs if not glyph.hidden]
    words = tuple(_words(glyphs, PageGeometry(page, rotation)))
    if unmapped > MAX_UNMAPPED_SHARE * len(shown):
        quality = LayerQuality.UNMAPPED
    elif not words or (scanned and quality is LayerQuality.GOOD and len(words) < MIN_WORDS_ON_SCAN):
        quality = LayerQuality.NONE
    return TextLayer(words, quality)


def _glyphs(page: pypdfium2.PdfPage) -> Iterator[_Glyph]:
    """The characters in the file's order; what PDFium adds between words is a space without a place."""
    text_page = page.get_textpage()
    hidden = _HiddenText(page)
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    loose = pdfium.FS_RECTF()
    high = 0  # the first half of a character beyond U+FFFF, which PDFium tells as two
    try:
        for index in range(min(pdfium.FPDFText_CountChars(text_page), MAX_CHARS)):
            code = pdfium.FPDFText_GetUnicode(text_page, index)
            if 0xD800 <= code < 0xDC00:
                high = code
                continue
            if 0xDC00 <= code < 0xE000:
                code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00 if high else 0xFFFD
            high = 0
            text = _character(code)
            if pdfium.FPDFText_IsGenerated(text_page, index) == 1 and text not in HYPHENS:
                yield _Glyph(" ", (0, 0, 0, 0), hidden=False, unmapped=False, angle=0)
                continue
            pdfium.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
            box = (left.value, bottom.value, right.value, top.value)
            if box[0] == box[2] or box[1] == box[3]:
                pdfium.FPDFText_GetLooseCharBox(text_page, index, loose)
                box = (loose.left, loose.bottom, loose.right, loose.top)
            unmapped = pdfium.FPDFText_HasUnicodeMapError(text_page, index) == 1 or _is_unmapped(code)
            angle = math.degrees(pdfium.FPDFText_GetCharAngle(text_page, index))
            yield _Glyph(text, box, hidden(text_page, index), unmapped, angle)
    finally:
        text_page.close()


def _character(code: int) -> str:
    """The character; a space for none."""
    return chr(code) if 0 < code <= 0x10FFFF else " "


def _is_unmapped(code: int) -> bool:
    """Whether a code says nothing of the character: a replacement, a private one or a control."""
    if code in (0xFFFD, 0) or 0xE000 <= code < 0xF900 or code >= 0xF0000:
        return True
    return code < 32 and code not in (2, 9, 10, 13)


class _HiddenText:
    """Tells the characters that do not show: drawn invisibly, or below a picture that covers the page."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self._below = _below_pictures(page)
        self._known: dict[int, bool] = {}

    def __call__(self, text_page: Any, index: int) -> bool:
        shown_by = pdfium.FPDFText_GetTextObject(text_page, index)
        if not shown_by:
            return False
        address = ctypes.addressof(shown_by.contents)
        if address not in self._known:
            mode = pdfium.FPDFTextObj_GetTextRenderMode(shown_by)
            self._known[address] = bool(mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE or address in self._below)
        return self._known[address]


MAX_OBJECTS_IN_ORDER = 5000
"""Objects of a page whose order is looked at."""


def _below_pictures(page: pypdfium2.PdfPage) -> set[int]:
    """Addresses of the text objects that are drawn before a picture that covers most of the page."""
    width, height = page.get_size()
    below: set[int] = set()
    texts: set[int] = set()
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    count = pdfium.FPDFPage_CountObjects(page)
    for index in range(count if count <= MAX_OBJECTS_IN_ORDER else 0):
        one = pdfium.FPDFPage_GetObject(page, index)
        kind = pdfium.FPDFPageObj_GetType(one)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            texts.add(ctypes.addressof(one.contents))
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE and texts:
            pdfium.FPDFPageObj_GetBounds(one, left, bottom, right, top)
            if (right.value - left.value) * (top.value - bottom.value) > 0.8 * width * height:
                below |= texts
    return below


def _words(glyphs: list[_Glyph], geometry: PageGeometry) -> Iterator[PageWord]:
    """Characters between spaces, those of scripts without spaces each by itself; those beside the page left out."""
    held: list[_Glyph] = []
    for glyph in glyphs:
        ends = not glyph.text.strip()
        alone = not ends and bool(SPACELESS_LETTER.match(glyph.text))
        if held and (ends or alone or _begins_a_line(held[-1], glyph)):
            yield from _word(held, geometry)
            held = []
        if alone:
            yield from _word([glyph], geometry)
        elif not ends:
            held.append(glyph)
            if glyph.text in HYPHENS:
                yield from _word(held, geometry)
                held = []
    if held:
        yield from _word(held, geometry)


def _begins_a_line(before: _Glyph, glyph: _Glyph) -> bool:
    """Whether a character stands so far from the one before it that they are no word, though no space is between."""
    height = max(before.box[3] - before.box[1], glyph.box[3] - glyph.box[1], 1.0)
    across = max(glyph.box[0] - before.box[2], before.box[0] - glyph.box[2])
    down = max(glyph.box[1] - before.box[3], before.box[1] - glyph.box[3])
    return max(across, down) > 3 * height


def _word(glyphs: list[_Glyph], geometry: PageGeometry) -> Iterator[PageWord]:
    """The word, with a hyphen where it goes on in the next line; nothing if it lies beside the page."""
    text = "".join("-" if glyph.text in HYPHENS else glyph.text for glyph in glyphs)
    boxes = [glyph.box for glyph in glyphs]
    left, top, right, bottom = geometry.box(
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
    if not (0 <= (left + right) / 2 <= 1000 and 0 <= (top + bottom) / 2 <= 1000):
        return
    within = tuple(round(min(1000.0, max(0.0, edge)), 2) for edge in (left, top, right, bottom))
    yield PageWord(text, (within[0], within[1], within[2], within[3]), upright=geometry.upright(glyphs[0].angle))
