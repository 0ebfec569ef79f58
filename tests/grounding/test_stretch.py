"""Two short stretches of words, aligned word by word and letter by letter."""

from __future__ import annotations

import pytest

from ocr.grounding.stretch import MAX_CHARS, align_stretch


def aligned(text: str, page: str, *, closed: bool = False) -> list[tuple[str, str]]:
    ours, theirs = text.split(), page.split()
    groups = align_stretch(ours, theirs, closed=closed)
    return [
        (" ".join(ours[index] for index in group.text), " ".join(theirs[at] for at in group.page)) for group in groups
    ]


@pytest.mark.parametrize(
    ("text", "page", "groups"),
    [
        ("a measurement of", "a measure ment of", [("a", "a"), ("measurement", "measure ment"), ("of", "of")]),
        ("well known", "wellkn own", [("well known", "wellkn own")]),
        ("in to it", "into it", [("in to", "into"), ("it", "it")]),
        ("the lawns grew", "the lawn5 grew", [("the", "the"), ("lawns", "lawn5"), ("grew", "grew")]),
        ("the lavvns", "the lawns", [("the", "the"), ("lavvns", "lawns")]),
        ("geese", "committee", []),
        ("the bandstand grew", "the bare and on do grew", [("the", "the"), ("grew", "grew")]),
        ("each", "be a", []),
        ("the bandstand", "the band- stamd", [("the", "the"), ("bandstand", "band- stamd")]),
        ("", "word", []),
    ],
)
def test_align_stretch(text: str, page: str, groups: list[tuple[str, str]]) -> None:
    assert aligned(text, page) == groups


def test_align_stretch_between_the_same_words() -> None:
    """One or two words in the place of as many are these, however little they are alike."""
    assert aligned("geese", "committee", closed=True) == [("geese", "committee")]
    assert aligned("one two three", "vier funf sechs", closed=True) == []


def test_align_stretch_of_other_texts() -> None:
    """What two texts share by chance is no alignment."""
    text = "the geese of the town were asked about noise"
    assert aligned(text, "we can offer twelve pounds and the loan of a ladder", closed=True) == []


def test_align_stretch_that_is_too_long() -> None:
    long = "x" * (MAX_CHARS + 1)
    assert aligned(f"the {long} a", f"the {long}y a") == [("the", "the"), ("a", "a")]
