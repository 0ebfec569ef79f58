"""Names of TeX."""

from __future__ import annotations

import unicodedata

from ocr.grounding.tex_names import FUNCTIONS, GREEK, STYLES


def test_tex_names_of_greek_letters() -> None:
    """Each is the letter of its name."""
    for name, letter in GREEK.items():
        said = unicodedata.name(letter).lower()
        size = "capital" if name[0].isupper() else "small"
        assert said == f"greek {size} letter {name.lower().removeprefix('var').replace('lambda', 'lamda')}"


def test_tex_names_are_of_one_kind() -> None:
    assert not (set(GREEK) & FUNCTIONS) | (FUNCTIONS & STYLES) | (STYLES & set(GREEK))
