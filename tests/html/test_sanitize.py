"""The last word on HTML, whoever wrote it."""

from __future__ import annotations

import pytest

from ocr.html.sanitize import MATHML, TAGS, sanitise


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<b onclick=x style=y id=z class=w>a</b>", "<b>a</b>"),
        ("a<script>b</script>c<style>d</style>", "ac"),
        ("<img src=x alt=a>", '<img alt="a">'),
        ("<a href='HTTPS://a.b/'>x</a>", '<a href="HTTPS://a.b/" rel="noopener noreferrer">x</a>'),
        ("<a href='x'>x</a>", '<a rel="noopener noreferrer">x</a>'),
        ("<a href='data:,x'>x</a>", '<a rel="noopener noreferrer">x</a>'),
        ("<a target=x href='mailto:a@b'>x</a>", '<a href="mailto:a@b" rel="noopener noreferrer">x</a>'),
        ("<math><mi>x</mi></math>", "<math><mi>x</mi></math>"),
        ("<code class='formula other'>x</code>", '<code class="formula">x</code>'),
        ("<!-- a -->b", "b"),
    ],
)
def test_sanitise(html: str, safe: str) -> None:
    assert sanitise(html) == safe


def test_sanitise_pictures_of_the_caller() -> None:
    """A text that knows some URL does not get it shown."""
    html = "<img src='a.png' alt=''><img src='b.png' alt=''>"
    assert sanitise(html, {"a.png"}) == '<img src="a.png" alt=""><img alt="">'


def test_sanitise_mathml_holds_no_html() -> None:
    """The elements through which HTML gets back into a formula are not among those let through."""
    assert not (TAGS | MATHML) & {
        "annotation-xml",
        "mglyph",
        "malignmark",
        "semantics",
        "svg",
        "style",
        "foreignObject",
    }
