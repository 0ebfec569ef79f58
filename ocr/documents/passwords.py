"""Open PDFs by a typed password: the byte strings that it may be encoded as."""

from __future__ import annotations

import stringprep
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pikepdf


def opened_pdf(path: Path, password: str | None) -> pikepdf.Pdf:
    """The PDF, opened with whichever encoding of the password fits.

    Raises:
        pikepdf.PasswordError: the password does not open it.
        pikepdf.PdfError: no PDF can be found in it.
        OSError: it cannot be read.
    """
    import pikepdf  # takes a while to load

    for candidate in encoded(password or ""):
        try:
            return pikepdf.open(path, password=candidate, suppress_warnings=True)
        except pikepdf.PasswordError as error:
            refusal = error
    raise refusal


def encoded(password: str) -> Iterator[bytes]:
    """The password as a PDF's encryption may have taken it, the likeliest first, each once.

    Encryption of revision 5 and later takes UTF-8 after SASLprep (ISO 32000-2, 7.6.4.3.3), the older ones take
    PDFDocEncoding; many programs left out the preparation or took their system's code page.
    """
    import pikepdf  # noqa: F401 - registers the codec `pdfdoc`

    seen: set[bytes] = set()
    for spelling in (password, unicodedata.normalize("NFC", password), _saslprep(password)):
        for codec in ("utf-8", "pdfdoc", "latin-1", "cp1252"):
            try:
                candidate = spelling.encode(codec, "surrogateescape" if codec == "utf-8" else "strict")
            except UnicodeError:
                continue
            if candidate not in seen:
                seen.add(candidate)
                yield candidate


def _saslprep(password: str) -> str:
    """RFC 4013's mapping and normalisation; what it prohibits is left to the file to refuse."""
    mapped = "".join(
        " " if stringprep.in_table_c12(character) else character
        for character in password
        if not stringprep.in_table_b1(character)
    )
    return unicodedata.normalize("NFKC", mapped)
