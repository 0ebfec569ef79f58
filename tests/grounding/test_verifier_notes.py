"""The notes of the command line."""

from __future__ import annotations

from ocr.errors import EngineFailed, MissingExtra
from ocr.grounding.verifier_notes import COMMAND_LINE_NOTES


def test_command_line_notes_say_what_helps() -> None:
    """A missing package: the command that installs it, or to leave the option out; else what the error says."""
    missing = COMMAND_LINE_NOTES.no_tesseract(MissingExtra("The CPU engine needs packages.", "Or pass --server-url."))
    assert "tesserocr" in missing
    assert "--verify" in missing
    assert "--server-url" not in missing
    error = EngineFailed("No data.", "Install it.")
    assert COMMAND_LINE_NOTES.no_tesseract(error) == COMMAND_LINE_NOTES.failed(error) == "No data. Install it."
