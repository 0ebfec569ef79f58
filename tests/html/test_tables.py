"""HTML tables in Markdown are whole, whatever stands or fails in them."""

from __future__ import annotations

import pytest

from ocr.html import render
from ocr.html.tables import without_half_tag

ROW = "<tr><td>1</td></tr>"


@pytest.mark.parametrize(
    ("text", "rows", "after"),
    [
        (f"<table>{ROW}{ROW}</table>\n\nAfter", 2, "<p>After</p>"),
        (f"<table>\n\n{ROW}\n\n    {ROW}\n\n</table>\n\nAfter", 2, "<p>After</p>"),
        ("<table><tr><td>one\n\ntwo</td></tr></table>\n\nAfter", 1, "<p>After</p>"),
        (f"Before\n<table>{ROW}</table>\nAfter", 1, "After"),
        (f"<table>{ROW}\n\nAfter", 1, "<p>After</p>"),
        (f"<table>{ROW}\n\nAfter\n\n<table>{ROW}</table>", 2, "<p>After</p>"),
        (f"<table>{ROW}\n\n{ROW}", 2, ""),
        (f"<TABLE>{ROW}</TABLE>", 1, ""),
    ],
)
def test_tables_are_whole(text: str, rows: int, after: str) -> None:
    html = render(text)
    assert html.count("<tr>") == rows
    assert html.count("<table>") == html.lower().count("</table>") == text.lower().count("<table>")
    assert after in html.rpartition("<p>After")[1] + html.rpartition("</table>")[2] + html


def test_tables_text_after_an_open_one_is_not_in_it() -> None:
    html = render(f"<table>{ROW}\n\nAfter\n\n<table>{ROW}</table>")
    assert html.index("</table>") < html.index("After") < html.rindex("<table>")


def test_tables_spans() -> None:
    html = render('<table><tr><th colspan="2" rowspan=3 width=9 bgcolor=red>a</th></tr></table>')
    assert '<th colspan="2" rowspan="3">a</th>' in html


def test_tables_half_tags() -> None:
    assert without_half_tag("<tr><td>a</td><td cols") == "<tr><td>a</td>"
    assert without_half_tag("<td>a <") == "<td>a "
    assert without_half_tag("<td>3 < 4 apples") == "<td>3 < 4 apples"
