"""Standard output in an encoding that lacks some characters."""

from __future__ import annotations

import io
import sys

import pytest

from ocr.stdio import escape_unencodable


def test_stdio_writes_escapes_for_what_the_encoding_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that a terminal's encoding cannot hold must not end the program."""
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, encoding="ascii"))
    with pytest.raises(UnicodeEncodeError):
        sys.stdout.write("é")
    escape_unencodable()
    sys.stdout.write("é.pdf")
    sys.stdout.flush()
    assert output.getvalue() == rb"\xe9.pdf"


def test_stdio_leaves_a_replaced_output_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where standard output is no text file, as under some embedding programs, there is nothing to set."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    escape_unencodable()
    sys.stdout.write("é")
