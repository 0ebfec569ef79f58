"""What the web page says of pages that were not compared with their words: no options, and no paths to visitors."""

from ocr.config.settings import Settings
from ocr.errors import MissingExtra, OcrError
from ocr.extras import how_to_install
from ocr.grounding.verifier_notes import COMMAND_LINE_NOTES, VerifierNotes
from ocr.i18n import Translatable, gettext, join

OCR_LAYER_UNUSED = gettext("The text behind this scan was written by another OCR program and was not used.")
COMPARE_YOURSELF = gettext("Compare the text with the image yourself.")


def notes_for(settings: Settings) -> VerifierNotes:
    """Those of a page with these settings; on one for others too its operator alone can mend what is amiss."""

    def no_tesseract(error: OcrError) -> Translatable:
        if settings.shared:
            return join(" ", (gettext("This server cannot check scans."), COMPARE_YOURSELF))
        if isinstance(error, MissingExtra):
            happened = gettext("Scans are checked by Tesseract, which is not installed.")
            return join(" ", (happened, how_to_install("cpu"), gettext("Then restart Pagelight.")))
        return gettext(
            "Scans are not checked: Tesseract has no data for {languages}. Install it, or start Pagelight with others.",
            languages=settings.languages,
        )

    def failed(error: OcrError) -> Translatable:
        if settings.shared:
            return join(" ", (gettext("This page could not be checked."), COMPARE_YOURSELF))
        return join(" ", (gettext("This page could not be checked:"), error.message, COMPARE_YOURSELF))

    return VerifierNotes(OCR_LAYER_UNUSED, no_tesseract, failed)


def web_note(note: str) -> Translatable:
    """The note of a page that was kept in the library, perhaps by the command line."""
    return OCR_LAYER_UNUSED if note == COMMAND_LINE_NOTES.ocr_layer_unused else gettext(note)
