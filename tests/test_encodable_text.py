from __future__ import annotations

import json

import pytest

from ocr.encodable_text import encodable


@pytest.mark.parametrize("text", ["", "plain", "caf\u00e9 \u4e2d \U0001f600", "\0\x7f"])
def test_encodable_text_stays_as_it_is(text: str) -> None:
    assert encodable(text) == text


@pytest.mark.parametrize("half", ["\\ud83d", "\\ude00"])
def test_encodable_text_without_half_a_character(half: str) -> None:
    """As JSON may bring it; what stands around it stays."""
    assert encodable(json.loads(f'"\u00e9 {half} b"')) == "\u00e9 ? b"
