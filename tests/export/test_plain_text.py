"""Plain text without marks."""

from __future__ import annotations

import pytest

from ocr.export.plain_text import document_text, plain_text
from ocr.types import Finish
from tests.export.papers import TEXT, page


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("", ""),
        ("# A *b* **c** `d` ~~e~~", "A b c d e\n"),
        ("one\ntwo\n\nthree<br>four", "one\ntwo\n\nthree\nfour\n"),
        ("- a\n- b\n\n  more\n  - c\n\nafter", "- a\n- b\nmore\n  - c\n\nafter\n"),
        ("7. a\n8. b\n   1. c", "7. a\n8. b\n  1. c\n"),
        ("> quoted\n\n---\n\nrest", "quoted\n\nrest\n"),
        ("```\na  b\n  c\n```", "a  b\n  c\n"),
        ("$x^2$ for $5 and\n\n$$\n\\frac{a}{b}\n$$", "x^2 for $5 and\n\n\\frac{a}{b}\n"),
        ("[link](http://e.org) ![a lamp](figures/page-1-1.png) &amp; 3 < 4", "link [a lamp] & 3 < 4\n"),
        ("|a|b|\n|--|--|\n|1|x y|", "a\tb\n1\tx y\n"),
        ("<table><tr><td>a<br>b</td><td></td><td>$c$</td></tr></table>", "a b\t\tc\n"),
    ],
)
def test_text(markdown: str, text: str) -> None:
    assert plain_text(markdown) == text


def test_text_control_characters_are_left_out() -> None:
    """A form feed is the sign of a new page; an escape sequence would be carried out by a terminal."""
    assert plain_text("a\x1b[31mb\x0cc\x9bd") == "a[31mb cd\n"


def test_text_table_columns_stay_in_line() -> None:
    """A cell that spans others leaves them empty."""
    html = (
        '<table><tr><th colspan="2">A</th><th>B</th></tr>'
        '<tr><td rowspan="2">1</td><td>2</td><td>3</td></tr><tr><td>4</td><td>5</td></tr></table>'
    )
    assert plain_text(html) == "A\t\tB\n1\t2\t3\n\t4\t5\n"


def test_text_of_a_document() -> None:
    """A form feed between pages; notices in brackets."""
    pages = [page(1, TEXT), page(2, "Half", Finish.LENGTH), page(3, "Whole")]
    first, second, third = "".join(document_text(pages)).split("\f")
    assert first == ("A title\n\nLet x^2 < 3 cost $5.\n\n\\frac{a}{b}\n\nPark\t\nEast\tm_1\n\t7\n\n[a lamp]\n\n")
    assert second == "[Page 2 was cut at the token limit: the text is partial.]\n\nHalf\n\n"
    assert third == "Whole\n"
