from __future__ import annotations

from ocr.parsing.cut_text import CutText


def test_offsets_lead_to_the_same_characters() -> None:
    text = "0123456789"
    cut = CutText(text, [(0, 2), (4, 5), (5, 7)])
    assert cut.text == "23789"
    assert [cut.offset(before) for before in range(11)] == [0, 0, 0, 1, 2, 2, 2, 2, 3, 4, 5]


def test_a_text_without_spans_is_as_it_was() -> None:
    cut = CutText("text", [])
    assert (cut.text, cut.offset(0), cut.offset(4)) == ("text", 0, 4)
