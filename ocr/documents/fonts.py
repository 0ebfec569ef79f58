"""Find substitutes on this machine for fonts that a PDF does not embed, and report those that are missing.

PDFium looks for a font by its name, and has none of the names that most PDFs use. It is told which families have the
same widths; characters that no font here has are found by asking it for their outlines.
"""

import ctypes
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

SAME_WIDTHS = {
    b"Helvetica": b"Liberation Sans",
    b"Arial": b"Liberation Sans",
    b"Times": b"Liberation Serif",
    b"Courier": b"Liberation Mono",
    b"Calibri": b"Carlito",
    b"Cambria": b"Caladea",
}
"""What the name of a font begins with → a free family of the same widths."""

INSIDE_PDFIUM = ("Symbol", "ZapfDingbats")
"""Fonts of signs that PDFium itself holds, and whose signs it does not find by their Unicode."""

MAX_OBJECTS = 5000
"""Objects of a page that are looked at, those within its forms included."""

MAX_CHARACTERS = 4096
"""Characters of a text object that are looked at."""

_default = pdfium.FPDF_GetDefaultSystemFontInfo()
_map_font_type = type(_default.contents.MapFont)
_original_map_font = _map_font_type(ctypes.cast(_default.contents.MapFont, ctypes.c_void_p).value)


def _map_font(  # noqa: PLR0913 - PDFium's own signature
    this: Any, weight: int, italic: int, charset: int, pitch: int, face: Any, exact: Any
) -> int:
    """PDFium's own search, after one for the family of the same widths."""
    name = ctypes.string_at(face)
    for beginning, family in SAME_WIDTHS.items():
        if name.startswith(beginning):
            wanted = ctypes.create_string_buffer(family)
            # Its pitch would lead PDFium to Courier New, without looking at the name.
            if found := _original_map_font(this, weight, italic, charset, 0, wanted, exact):
                return int(found)
    return int(_original_map_font(this, weight, italic, charset, pitch, face, exact) or 0)


_map_font_pointer = _map_font_type(_map_font)
"""Must live as long as PDFium may call it."""


@cache  # PDFium frees the font information that it has when it is given one, be it the same
def use_fonts_of_same_widths() -> None:
    """Let PDFium find them, in this process; on Windows and macOS the fonts themselves are there."""
    if sys.platform == "linux":
        _default.contents.MapFont = _map_font_pointer
        pdfium.FPDF_SetSystemFontInfo(_default)


class PageTextObjects:
    """The text objects of a page; those count that show: drawn, not only selectable, and inside its crop box."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        """Find them; PDFium's text extraction runs only where it is needed."""
        self._page = page
        self._texts = list(_texts(page))
        self._box = pdfium.FS_RECTF()
        pdfium.FPDF_GetPageBoundingBox(page, self._box)

    def shows_characters(self) -> bool:
        """Whether there is anything but white space in them; what has no Unicode counts."""
        return any(said is None or said.strip() for _, said in self._said(self._texts))

    def missing_fonts(self, *, blank: bool) -> tuple[str, ...]:
        """Names of the fonts that lack a letter or digit of this page, being neither in the file nor on this machine.

        Where nothing shows on the page (`blank`), letters without Unicode count too.
        """
        embedded: dict[int, bool] = {}
        foreign = [one for one in self._texts if not _is_embedded(one[0], embedded)]
        if not foreign:
            return ()
        fonts: dict[int, tuple[Any, set[str]]] = {}
        unknown: set[int] = set()
        for font, said in self._said(foreign):
            address = ctypes.addressof(font.contents)
            fonts.setdefault(address, (font, set()))[1].update(said or "")
            if said is None:
                unknown.add(address)
        names = (
            _name(font)
            for address, (font, letters) in fonts.items()
            if (blank and address in unknown)
            or any(not pdfium.FPDFFont_GetGlyphPath(font, ord(letter), 12.0) for letter in letters if letter.isalnum())
        )
        return tuple(dict.fromkeys(name for name in names if name not in INSIDE_PDFIUM))

    def _said(self, texts: Iterable[tuple[Any, bool]]) -> Iterator[tuple[Any, str | None]]:
        """The font and the characters of each text object that shows; None where the file does not tell them."""
        extracted = pdfium.FPDFText_LoadPage(self._page)
        buffer = (ctypes.c_ushort * MAX_CHARACTERS)()
        try:
            for text, within_form in texts:
                if _is_drawn(text) and (within_form or _is_inside(text, self._box)):
                    size = pdfium.FPDFTextObj_GetText(text, extracted, buffer, ctypes.sizeof(buffer))
                    said = bytes(buffer)[: min(size, ctypes.sizeof(buffer)) - 2].decode("utf-16-le", "ignore")
                    yield pdfium.FPDFTextObj_GetFont(text), said or None
        finally:
            pdfium.FPDFText_ClosePage(extracted)


def _texts(page: pypdfium2.PdfPage) -> Iterator[tuple[Any, bool]]:
    """The text objects of a page and of its forms, and whether they are those of a form."""
    left = MAX_OBJECTS
    holders: list[tuple[Any, Any, Any]] = [(page, pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject)]
    while holders:
        holder, count, get = holders.pop()
        for index in range(min(count(holder), left)):
            left -= 1
            one = get(holder, index)
            kind = pdfium.FPDFPageObj_GetType(one)
            if kind == pdfium.FPDF_PAGEOBJ_TEXT:
                yield one, holder is not page
            elif kind == pdfium.FPDF_PAGEOBJ_FORM:
                holders.append((one, pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject))


def _is_embedded(text: Any, known: dict[int, bool]) -> bool:
    font = pdfium.FPDFTextObj_GetFont(text)
    if not font:
        return True
    address = ctypes.addressof(font.contents)
    if address not in known:
        known[address] = bool(pdfium.FPDFFont_GetIsEmbedded(font))
    return known[address]


def _is_drawn(text: Any) -> bool:
    return pdfium.FPDFTextObj_GetTextRenderMode(text) not in (
        pdfium.FPDF_TEXTRENDERMODE_INVISIBLE,
        pdfium.FPDF_TEXTRENDERMODE_CLIP,
    )


def _is_inside(text: Any, box: Any) -> bool:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(text, left, bottom, right, top):
        return True
    within = left.value <= box.right and right.value >= box.left and bottom.value <= box.top and top.value >= box.bottom
    return bool(within)


def _name(font: Any) -> str:
    buffer = ctypes.create_string_buffer(256)
    pdfium.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace")
