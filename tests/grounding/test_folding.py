"""Words as they are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.grounding.folding import folded, units


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Lawn,", "lawn"),
        ("ﬁrst", "first"),
        ("co\u00adoperate", "cooperate"),
        ("Café", "cafe"),
        ("10²", "102"),
        ("½", "12"),
        ("1,000.50.", "1,000.50"),
        ("(e.g.", "eg"),
        ("snake_case", "snakecase"),
        ("Straße", "strasse"),
        ("—", ""),
        ("שָׁלוֹם", "שלום"),
    ],
)
def test_folded(text: str, key: str) -> None:
    assert folded(text) == key


def test_folded_of_a_ligature_of_arabic() -> None:
    """A PDF file may tell its two letters in the order in which they are drawn."""
    assert folded("الاثنين") == folded("االثنين") != folded("الثنين")


def test_folded_tells_numbers_apart() -> None:
    assert folded("1.5") != folded("15")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("word", ["word"]),
        ("日本語", ["日", "本", "語"]),
        ("Tom日本", ["Tom", "日", "本"]),
        ("日本、2語", ["日", "本", "、2", "語"]),
        ("ไทย", ["ไ", "ท", "ย"]),
    ],
)
def test_units(text: str, parts: list[str]) -> None:
    assert [text[first:last] for first, last in units(text)] == parts


@given(st.text(min_size=1))
def test_units_cover_the_word(text: str) -> None:
    parts = units(text)
    assert "".join(text[first:last] for first, last in parts) == text
    assert all(first < last for first, last in parts)
