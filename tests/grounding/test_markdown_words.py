"""Markdown, HTML and TeX are looked through; offsets point at the words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.grounding.folding import folded
from ocr.grounding.markdown_words import markdown_words


def keys(markdown: str) -> list[str]:
    return [word.key for word in markdown_words(markdown)]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("## A **bo**ld _word_", ["a", "bold", "word"]),
        ("H~2~S and 10<sup>3</sup>", ["h2s", "and", "103"]),
        ("$K_m$ is \\(k_{cat}\\)", ["km", "is", "kcat"]),
        (r"$$\frac{\alpha}{\text{speed of light}}$$", ["α", "speed", "of", "light"]),
        (r"$\mathrm{N}_{2}$ at $\log x \leq 5$", ["n2", "at", "log", "x", "5"]),
        ("it costs $5 and $10", ["it", "costs", "5", "and", "10"]),
        ("[the site](https://a.example/b) says", ["the", "site", "says"]),
        ("see note[^1] and item[2](b)", ["see", "note1", "and", "item2b"]),
        ("![A chart of apples](figures/page-1-1.png) Figure 1", ["figure", "1"]),
        ("<table><tr><td>a</td><td>1,000.5<br/>c</td></tr></table>", ["a", "1,000.5", "c"]),
        ("| a | b |\n|---|---|\n| 1|2 |", ["a", "b", "1", "2"]),
        ("caf&eacute; &amp; bar &lt;", ["cafe", "bar"]),
        ("```python\nx = 1\n```", ["x", "1"]),
        ("<!-- hidden -->seen", ["seen"]),
        ("a < b and c > d", ["a", "b", "and", "c", "d"]),
        (r"1\. not a \*list\*", ["1", "not", "a", "list"]),
        ("日本語のtext", ["日", "本", "語", "の", "text"]),
        ("C:\\Users\\me", ["cusersme"]),
        ("", []),
        ("--- *** $$ $", []),
    ],
)
def test_words(markdown: str, expected: list[str]) -> None:
    assert keys(markdown) == expected


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("**Bold** H~2~S", ["Bold", "H~2~S"]),
        ("<b>Bold</b><td>cell</td>", ["Bold", "cell"]),
        ("caf&eacute;", ["caf&eacute;"]),
        (r"$\alpha$ [link](a/b)", [r"\alpha", "link"]),
        ("日本。", ["日", "本"]),
    ],
)
def test_words_offsets(markdown: str, words: list[str]) -> None:
    assert [markdown[word.start : word.end] for word in markdown_words(markdown)] == words


def test_words_of_formulas_are_marked() -> None:
    assert [word.formula for word in markdown_words("so $x = 2$ then\n\n$$a\nb$$ end")] == [
        False, True, True, False, True, True, False,
    ]  # fmt: skip


MARKUP = [
    "**",
    "$",
    "$$",
    "<td>",
    "</td>",
    "<sup>",
    "&amp;",
    "|",
    "\n\n",
    "\\",
    "[a](b/c)",
    "![x](y)",
    "```\n",
    "\\frac",
    "{",
    "}",
]


@given(st.lists(st.one_of(st.text(max_size=6), st.sampled_from(MARKUP)), max_size=40).map("".join))
def test_words_offsets_are_in_order(markdown: str) -> None:
    """Whatever the markup: every word lies in the Markdown, after the one before it, and holds something."""
    end = 0
    for word in markdown_words(markdown):
        assert word.key
        assert end <= word.start < word.end <= len(markdown)
        end = word.end


@given(st.lists(st.from_regex(r"[A-Za-z0-9äöéΩж]{1,9}[.,;:!?)]?", fullmatch=True), max_size=60))
def test_words_of_plain_text(words: list[str]) -> None:
    """Text without markup is its words, every one once."""
    markdown = " ".join(words)
    found = markdown_words(markdown)
    assert [markdown[word.start : word.end] for word in found] == words
    assert [word.key for word in found] == [folded(word) for word in words]
