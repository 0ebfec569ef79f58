"""What is said of pages that were not compared with their words, or not with the document's own text."""

from collections.abc import Callable
from dataclasses import dataclass

from ocr.errors import MissingExtra, OcrError
from ocr.extras import how_to_install
from ocr.i18n import gettext, join

FONTS_UNMAPPED = gettext("The fonts of this page do not say which characters they show.")
UNLIKE_THE_PICTURE = gettext("The document's own text is not what this page shows.")
READ_BY_TESSERACT = gettext("Tesseract cannot check its own reading.")


@dataclass(frozen=True, slots=True)
class VerifierNotes:
    """The notes that depend on who reads them."""

    ocr_layer_unused: str
    """The text behind a scan is another OCR program's."""
    no_tesseract: Callable[[OcrError], str]
    """Scans cannot be compared for this reason: Tesseract, or its data for a language, is not installed."""
    failed: Callable[[OcrError], str]
    """A page could not be compared for this reason."""


def _no_tesseract(error: OcrError) -> str:
    if not isinstance(error, MissingExtra):
        return error.full_message
    happened = gettext("{feature} needs packages that are not installed.", feature="Verifying a scan")
    return join(" ", (happened, how_to_install("cpu"), "Or leave out --verify."))


COMMAND_LINE_NOTES = VerifierNotes(
    "The text behind this scan was written by another OCR program and was not used (--trust-ocr-layer uses it).",
    _no_tesseract,
    lambda error: error.full_message,
)
"""For whoever has started the program, and can start it with other options; in English, as all that it prints."""
