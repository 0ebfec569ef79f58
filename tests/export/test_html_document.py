"""One HTML file with everything in it."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from ocr.export import Results
from ocr.export.html_document import document_html
from tests.export.papers import DOCUMENT, page, png, results


def test_html_holds_the_document(tmp_path: Path) -> None:
    """Each page has an anchor; formulas are MathML, tables tables, the figure is inside."""
    html = "".join(document_html(results(tmp_path)))
    assert re.findall(r'<section id="(page-\d)"', html) == [f"page-{number}" for number in range(1, 6)]
    assert set(re.findall(r'href="#(page-\d)"', html)) == {f"page-{number}" for number in range(1, 6)}
    assert html.count("<math ") == 3
    assert '<th colspan="2">Park</th>' in html
    assert f'<img src="data:image/png;base64,{base64.b64encode(png()).decode()}" alt="a lamp">' in html
    assert "<title>a &lt;b&gt;.pdf</title>" in html
    assert "Read by m&lt;odel&gt; with Pagelight" in html


def test_html_says_what_is_wrong_with_a_page(tmp_path: Path) -> None:
    html = "".join(document_html(results(tmp_path)))
    assert re.findall(r'<p class="notice" role="note">(.*)</p>', html) == [
        "Page 2 was cut at the token limit: the text is partial.",
        "Page 3 has no text.",
        "Page 4 could not be read. The server broke off. Read it again.",
    ]


def test_html_asks_for_nothing(tmp_path: Path) -> None:
    """No address is in it but those of its own anchors and pictures, and its policy would let none through."""
    html = "".join(document_html(results(tmp_path)))
    assert all(url.startswith(("#", "data:image/png")) for url in re.findall(r'(?:src|href)="([^"]*)"', html))
    assert "url(" not in html
    assert "<script" not in html
    assert "default-src 'none'" in html
    assert html.count("<img") == 1  # a page gets its own figures only


def test_html_comes_page_by_page(tmp_path: Path) -> None:
    """No piece holds two pages: a long document's figures would be one string, and hold up all else meanwhile."""
    pieces = list(document_html(results(tmp_path)))
    assert max(piece.count("<section ") for piece in pieces) == 1


def test_html_of_one_page_needs_no_index() -> None:
    html = "".join(document_html(Results(DOCUMENT, "", "", [page(3, "Text")])))
    assert "<nav" not in html
    assert "Read with Pagelight" in html
