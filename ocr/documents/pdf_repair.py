"""Repair damaged PDFs with qpdf: write a copy with a new cross-reference table or page tree for PDFium."""

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from ocr.documents.passwords import opened_pdf

MAX_COPIES = 2
"""Repaired copies that a worker keeps, so that a document is repaired once and not each time it is opened anew."""


@lru_cache(maxsize=MAX_COPIES)
def repaired_copy(path: Path, modified_ns: int, password: str | None) -> BinaryIO | None:
    """An unencrypted copy in a temporary file without a name, which the system deletes with this process.

    `modified_ns` is the file's time of modification, so that one that changes is repaired anew. None means that the
    file is sound, but has no pages.

    Raises:
        pikepdf.PasswordError: the password does not open it.
        pikepdf.PdfError: no PDF, or none of its pages, can be found in it.
        OSError: the copy finds no room.
    """
    with opened_pdf(path, password) as pdf:
        if not len(pdf.pages):
            return None
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - kept open for as long as it is read
        pdf.save(copy)
    return copy
