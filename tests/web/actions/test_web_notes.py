"""The notes of the web page."""

from __future__ import annotations

import pytest

from ocr.config.settings import Settings
from ocr.errors import EngineFailed, MissingExtra, OcrError
from ocr.grounding.verifier_notes import COMMAND_LINE_NOTES
from ocr.web.actions.web_notes import notes_for, web_note

ERRORS = [
    MissingExtra("The CPU engine needs packages that are not installed.", "Or pass --server-url."),
    EngineFailed("Tesseract has no data for xxx. Installed: eng (/usr/share/tessdata).", "Choose with --languages."),
]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_web_notes_name_no_options_and_to_visitors_no_paths(error: OcrError, host: str) -> None:
    """What is missing on the computer is told where the page is its user's own."""
    notes = notes_for(Settings(host=host, languages="xxx"))
    for note in (notes.no_tesseract(error), notes.failed(error), notes.ocr_layer_unused):
        assert note
        assert "--" not in note
    assert "/usr" not in notes.no_tesseract(error)
    told = notes.no_tesseract(error) + notes.failed(error)
    assert any(word in told for word in ("xxx", "tesserocr")) is (host == "127.0.0.1")


def test_web_notes_of_pages_that_the_command_line_has_kept() -> None:
    """Its option is not named; all others are as they were."""
    assert "--" not in web_note(COMMAND_LINE_NOTES.ocr_layer_unused)
    assert web_note("Why.") == "Why."
