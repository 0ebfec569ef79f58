"""Searchable PDFs of the sample documents, read by the CPU engine: whether words are found, and where; what changes.

    python -m bench.searchable

"In order": of the words that are laid behind a page, in the order of the text that was read, those that PDFium's text
of the page has in the same order. "On ink": words whose box, as viewers mark it, covers something dark. Pages that have
a text of their own keep it; their words are compared with that.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pypdfium2
from pypdfium2 import raw
from rapidfuzz.distance import LCSseq
from rich.console import Console
from rich.table import Table

from ocr import read
from ocr.export import Format, Results
from ocr.export.formats import content
from ocr.export.image_pdf import image_pdf
from ocr.export.ocr_element import joined_words
from ocr.export.placed_words import placed_page
from ocr.types import Document, PageResult

FOLDER = Path(__file__).parent.parent / "assets" / "samples"
SAMPLES = [FOLDER / name for name in ("article.pdf", "letter.pdf", "receipt.jpg")]
SCALE = 2.0
"""Pixels for each point."""
DARK = 160
"""Gray values below this are ink."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A searchable PDF beside its document."""

    pages: int
    words: int
    """Laid behind the pages, or of the pages' own text."""
    in_order: int
    boxes: int
    on_ink: int
    faults: Sequence[str]
    """What qpdf finds wrong in the file."""
    changed_pages: int
    """Pages that PDFium renders otherwise than those of the document; of an image, than its picture alone."""
    growth: float
    """Bytes more, as a share of the document's."""


PixelBox = tuple[int, int, int, int]
"""Left, top, right, bottom on the rendered page."""


def marked_words(page: pypdfium2.PdfPage) -> list[tuple[str, PixelBox]]:
    """The words of a page in the order of its text, with the boxes that a viewer marks."""
    text = page.get_textpage()
    words: list[list[tuple[str, PixelBox]]] = [[]]
    for at in range(text.count_chars()):
        character = text.get_text_range(at, 1)
        if character.strip():
            words[-1].append((character, _in_pixels(page, text.get_charbox(at, loose=True))))
        else:
            words.append([])
    return [("".join(character for character, _ in word), _around([box for _, box in word])) for word in words if word]


def _in_pixels(page: pypdfium2.PdfPage, box: tuple[float, float, float, float]) -> PixelBox:
    """A box of the page's own coordinates where it is on the rendered page, which may be turned."""
    width, height = (round(SCALE * side) for side in page.get_size())
    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for left, top in ((box[0], box[1]), (box[2], box[3])):
        raw.FPDF_PageToDevice(page, 0, 0, width, height, 0, left, top, x, y)
        corners.append((x.value, y.value))
    (one, two), (three, four) = corners
    return min(one, three), min(two, four), max(one, three), max(two, four)


def _around(boxes: Sequence[PixelBox]) -> PixelBox:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def measured(path: Path, *, verify: bool) -> Measured:
    """The searchable PDF of a document that the CPU engine has read; `verify` places words where they were found."""
    pages = sorted(read(path, headers=True, verify=verify), key=lambda page: page.number)
    media_type = "application/pdf" if path.suffix == ".pdf" else "image/jpeg"
    document = Document(path, path.name, media_type, len(pages), sha256="")
    data = b"".join(content(Results(document, None, "", pages), Format.PDF))
    words = in_order = on_ink = boxes = changed = 0
    with pypdfium2.PdfDocument(data) as made, pypdfium2.PdfDocument(_as_pdf(document)) as given:
        for result, page, before in zip(pages, made, given, strict=True):
            wanted = [word for word, _ in marked_words(before)] or _laid(result)
            marked = marked_words(page)
            image = page.render(scale=SCALE).to_pil().convert("L")
            words += len(wanted)
            in_order += LCSseq.similarity(wanted, [word for word, _ in marked])
            boxes += len(marked)
            on_ink += sum(image.crop(box).getextrema()[0] < DARK for _, box in marked)  # type: ignore[operator]
            changed += image.tobytes() != before.render(scale=SCALE).to_pil().convert("L").tobytes()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        faults = pdf.check_pdf_syntax()
    growth = len(data) / path.stat().st_size - 1
    return Measured(len(pages), words, in_order, boxes, on_ink, faults, changed, growth)


def _as_pdf(document: Document) -> bytes:
    """The document without what was read."""
    if document.media_type == "application/pdf":
        return document.path.read_bytes()
    buffer = io.BytesIO()
    image_pdf(document, buffer)
    return buffer.getvalue()


def _laid(page: PageResult) -> list[str]:
    return [word.text for block in placed_page(page).blocks for line in block.lines for word in joined_words(line)]


def main() -> None:
    """Print the table."""
    table = Table("document", "verified", "pages", "words", "in order", "on ink", "pages changed", "qpdf", "growth")
    for path in SAMPLES:
        for verify in (False, True):
            one = measured(path, verify=verify)
            shares = f"{one.in_order / one.words:.2%}", f"{one.on_ink / one.boxes:.2%}"
            counts = str(one.pages), str(one.words)
            faults = "; ".join(one.faults) or "clean"
            table.add_row(
                path.name,
                "yes" if verify else "no",
                *counts,
                *shares,
                str(one.changed_pages),
                faults,
                f"{one.growth:.1%}",
            )
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
