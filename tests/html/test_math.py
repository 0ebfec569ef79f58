"""Formulas are found and set; what is none is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.html import render
from ocr.html.math import MAX_FORMULA_CHARS, is_formula, mathml


@pytest.mark.parametrize(
    ("text", "formulas", "displayed"),
    [
        ("$x$", 1, 0),
        ("Smith$^{1,2}$ and Jones$^3$", 2, 0),
        ("$a_1$, $b_2$; ($c$).", 3, 0),
        ("$5$ and $n = 7$", 2, 0),
        ("\\(x\\) and \\(n\\)th", 2, 0),
        ("$$x$$", 1, 1),
        ("as $$x = 1$$ says", 1, 1),
        ("\\[x = 1\\]", 1, 1),
        ("$$\na\n- b\n# c\n= d\n$$", 1, 1),
        ("Text:\n\\[\na\n= b\n\\]\n(3)", 1, 1),
        ("> $$\n> x\n> $$", 1, 1),
        ("- item\n\n  $$\n  x\n  $$", 1, 1),
        ("$\\text{cost \\$5}$", 1, 0),
        ("|a|\n|--|\n|$x$|", 1, 0),
        ("# On $x$", 1, 0),
        ("**bold $x$**", 1, 0),
        ("so $ x^{2} $, $ \\alpha $ and $ n $ are", 3, 0),
        ("<math>x^2</math> and <math >\\frac{a}{b}</math >", 2, 0),
        ("<math>\nx^2\n</math>", 1, 0),
        ("<table><tr><td><math>x &lt; 2</math></td></tr></table>", 1, 0),
        ('<math display="block">x^2</math>', 1, 1),
    ],
)
def test_maths_found(text: str, formulas: int, displayed: int) -> None:
    html = render(text)
    assert html.count("<math ") == formulas, html
    assert html.count(' display="block">') == displayed
    assert "$" not in html.replace("$5", "")


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $7.",
        "From $5 to $7 or 10$ off",
        "$1,000 in the US$ area, $2,000 in the A$ area",
        "US$5, AU$6 and 7$",
        "between $3-$4",
        "(US$) and (AU$)",
        "$ 5 and 6 $",
        "the variables $HOME and $PATH",
        "`$x$`",
        "one $ alone",
        "for $ 5 as in row_1 and $ 6",
        "in $ or in US $ as of x^2",
    ],
)
def test_maths_prices_are_left_alone(text: str) -> None:
    html = render(text)
    assert "<math" not in html
    assert html.count("$") == text.count("$")


def test_maths_escapes_are_left_alone() -> None:
    """An escaped bracket or dollar is one."""
    assert render("see \\[1\\] and \\[12, 13\\], \\$5 or \\$10") == "<p>see [1] and [12, 13], $5 or $10</p>\n"


@pytest.mark.parametrize("tex", ["\\left(", "a^b^c", "^", "\\begin{array}{cc}a", "\\sqrt["])
def test_maths_unparsable_shows_its_source(tex: str) -> None:
    assert render(f"$${tex}$$").startswith(f'<p><code class="formula">{tex}</code>')


def test_maths_percent_is_no_comment() -> None:
    assert mathml("50% x", display=False) == mathml("50\\% x", display=False)
    assert "<mi>x</mi>" in mathml("50% x", display=False)


def test_maths_what_prints_nothing() -> None:
    assert mathml("x \\label{eq:1} \\nonumber", display=True) == mathml("x  ", display=True)


def test_maths_half_an_element_hides_nothing() -> None:
    """A browser shows no text within `<math>`, so one that is never closed is shown as it was written."""
    assert render("<math>x and words") == "<p>&lt;math&gt;x and words</p>\n"


def test_maths_real_mathml_stays() -> None:
    assert "<math><mi>x</mi></math>" in render("so <math><mi>x</mi></math> is")


def test_maths_keep_their_tex() -> None:
    """The TeX can be copied, and nothing that a page says of a formula of its own is taken for its TeX."""
    assert '<math data-tex="a &lt; b" display="inline">' in render("so $a < b$ is")
    assert '<math data-tex="a^2" display="block">' in render("<math display='block'>a^2</math>")
    assert "data-tex" not in render("so <math data-tex='y' DATA-TEX='z'><mi>x</mi></math> is")


def test_maths_unfinished() -> None:
    """While a formula is being written its source is shown; a stray delimiter in the text is nothing of the kind."""
    assert render("a\n\n$$\n\\frac{a") == '<p>a</p>\n<p><code class="formula">\\frac{a</code></p>\n'
    assert render("\\[ \\begin{pmatrix} 1") == '<p><code class="formula">\\begin{pmatrix} 1</code></p>\n'
    assert render("$$ is two dollars\n\nmore") == "<p>$$ is two dollars</p>\n<p>more</p>\n"
    assert render("it is $\\frac{a") == "<p>it is $\\frac{a</p>\n"


def test_maths_has_a_longest_formula() -> None:
    assert is_formula("x" * MAX_FORMULA_CHARS, "$$")
    assert not is_formula("x" * (MAX_FORMULA_CHARS + 1), "$$")


@given(st.text(alphabet="\\{}[]()^_&%#~ \n123abxfrcsqtlegin", max_size=200), st.booleans())
def test_maths_any_formula(tex: str, display: bool) -> None:
    """No formula raises."""
    assert mathml(tex, display=display).startswith(("<math ", "<code "))
