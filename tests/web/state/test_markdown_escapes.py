"""Words that mean themselves wherever in Markdown they are put."""

from __future__ import annotations

import re
from html import unescape

import pytest

from ocr.html.render import render
from ocr.web.state.markdown_escapes import escaped

WORDS = [
    "# a", "- b", "+ c", "1. d", "1967.", "> e", "&amp; f", "*g*", "_h_", "<i>", "j|k", "[l](m.n)", "$5 and $7", "~o~",
    "---", "===", "$x$", "a\\b", "`p`", "plain & simple", "-5 °C", "3.5 m", "![q](r.s)",
]  # fmt: skip


def shown(markdown: str) -> str:
    """What a reader sees of it."""
    return unescape(re.sub("<[^>]*>", "", render(markdown))).strip()


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("", " here"),
        ("Then ", " here"),
        ("A line\n", ""),
        ("- ", ""),
        ("3. ", ""),
        ("| ", " |\n|---|"),
        ("<table><tr><td>", "</td></tr></table>"),
        ("```\n", "\n```"),
    ],
)
def test_escaped_words_are_shown_as_they_are(words: str, before: str, after: str) -> None:
    """No heading, list, rule, emphasis, link, tag, formula, cell or entity comes of them."""
    plain = shown(f"{before}word{after}")
    assert shown(before + escaped(words, before + after, len(before)) + after) == plain.replace("word", words)


def test_escaped_in_code_and_formulas() -> None:
    """What ends a span of code is left out; in a formula signs of TeX are escaped."""
    assert escaped("a_b `c`", "Run `x` now", 5) == "a_b c"
    assert escaped("50 %", "is $x = 1$ so", 8) == r"50 \%"
