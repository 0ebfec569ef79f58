"""Markdown as models write it becomes HTML that a page may hold."""

from __future__ import annotations

import re
import time
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.html import render

FIGURES = {"figures/page-2-1.png": "data:image/png;base64,AAAA", "figures/page-2-2.png": 'gradio_api/file=/a b/"x".png'}


def test_html_text() -> None:
    """Headings, lists, emphasis; a rule under a paragraph is a rule, and indented text is text."""
    html = render("# T\n\nSome *a* **b** ~~c~~\n---\n\n    indented\n\n7. seven\n8. eight")
    assert "<h1>T</h1>" in html
    assert "<em>a</em> <strong>b</strong> <s>c</s></p>\n<hr>" in html
    assert "<p>indented</p>" in html
    assert '<ol start="7">\n<li>seven</li>' in html


def test_html_drops_no_word() -> None:
    """An entry of a bibliography is no definition, a type's parameter no element."""
    html = render("[1]: Smith 1990\n\nList<String> and #include <stdio.h>, 3 < 4 & x\n\n<script>\nrun()\n</script>")
    assert "[1]: Smith 1990" in html
    assert "List&lt;String&gt; and #include &lt;stdio.h&gt;, 3 &lt; 4 &amp; x" in html
    assert "&lt;script&gt;\nrun()\n&lt;/script&gt;" in html


@pytest.mark.parametrize("mark", ["- ", "> ", "1. ", "> - "])
@pytest.mark.parametrize("levels", [11, 25, 200])
def test_html_lists_may_be_deep(mark: str, levels: int) -> None:
    """Lists and quotations in each other lose no word, however deep; only their shape ends somewhere."""
    step = "  " if mark == "- " else "   "
    lines = [(step * level + mark if mark[0] != ">" else mark * level) + f"word{level}" for level in range(1, levels)]
    html = render("\n".join(lines))
    assert [word for word in (f"word{level}" for level in range(1, levels)) if not re.search(rf"{word}\b", html)] == []


def test_html_list_keeps_its_shape() -> None:
    assert render("\n".join("  " * level + "- x" for level in range(25))).count("<ul>") == 25


@pytest.mark.parametrize("text", ["<!t(>[a", "<![CDATA[*a*]]>", "<?a *b*?>", '<a b="<*">', "<!T *a*\nb>"])
def test_html_what_is_no_element_is_text(text: str) -> None:
    assert text in unescape(render(text))


def test_html_markdown_in_cells() -> None:
    """The text in an HTML table is Markdown too."""
    html = render("<table><tr><td>**Sum** $x_1$ &amp; a < b</td><td>5*</td><td>3*</td></tr></table>")
    assert "<td><strong>Sum</strong> <math" in html
    assert "&amp; a &lt; b</td><td>5*</td><td>3*</td>" in html


def test_html_pipe_table_keeps_its_alignment() -> None:
    html = render("|a|b|\n|--|-:|\n|1|2|")
    assert '<td>1</td>\n<td align="right">2</td>' in html
    assert "style" not in html


def test_html_figures() -> None:
    """Those the caller names are shown, written as Markdown or as HTML; any other is named in brackets."""
    html = render("![a lamp](figures/page-2-1.png) <img src='figures/page-2-2.png' alt='b'>", FIGURES)
    assert '<img src="data:image/png;base64,AAAA" alt="a lamp">' in html
    assert 'src="gradio_api/file=/a b/&quot;x&quot;.png" alt="b"' in html
    html = render(
        "![lamp](http://e.org/a.png) ![](figures/page-9-9.png) <img src=//e.org/a.png alt=tree> <img>", FIGURES
    )
    assert html == "<p>[lamp] [image] [tree] [image]</p>\n"
    assert render("![lamp](figures/page-2-1.png)") == "<p>[lamp]</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "<b onclick='alert(1)'>x</b>",
        "<td onmouseover=alert(1)>x",
        "[x](javascript:alert(1)) <a href='javascript:alert(1)'>y</a> <a href=' java\tscript:alert(1)'>z</a>",
        "[x](data:text/html,<script>alert(1)</script>) <a href='data:text/html,x'>y</a>",
        "<a href='/logout'>x</a> [y](/gradio_api/x) [z](//evil.org/)",
        "<p style='background:url(//evil.org)'>x</p><style>@import '//evil.org'</style>",
        "<svg onload=alert(1)><image href=//evil.org /></svg>",
        "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<math><annotation-xml encoding='text/html'><img src=x onerror=alert(1)></annotation-xml></math>",
        "<math><mi xlink:href='javascript:alert(1)' href='javascript:alert(1)'>x</mi></math>",
        "<form action=//evil.org><button formaction=//evil.org>x</button><input autofocus onfocus=alert(1)></form>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><embed src=x>",
        "<base href=//evil.org><frameset><frame src=//evil.org>",
        "<meta http-equiv=refresh content='0;//evil.org'><link rel=stylesheet href=//evil.org>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
        "<div id=pl-background name=body class=primary>x</div>",
        "$\\href{javascript:alert(1)}{x} \\style{background:url(//evil.org)}{y} \\class{primary}{z}$",
        "$\\text{<img src=x onerror=alert(1)>}$ $x<script>alert(1)</script>$",
        "![x](figures/page-2-1.png\" onerror=\"alert(1)) ![\" onerror=\"alert(1)](figures/page-2-1.png)",
        "<video src=//evil.org poster=//evil.org><audio src=//evil.org><source srcset=//evil.org>",
        "<td background=//evil.org><table background=//evil.org><tr><td>x",
    ],
)  # fmt: skip
def test_html_hostile(text: str) -> None:
    """Nothing runs, loads or posts: only harmless elements and attributes are left, and images of ours."""
    for markdown in (text, f"a {text}", f"<table><tr><td>{text}</td></tr></table>", f"> - {text}"):
        found = elements(render(markdown, FIGURES))
        for tag, attributes in found:
            assert tag in HARMLESS, (tag, markdown)
            for name, value in attributes:
                assert (
                    name in {"alt", "colspan", "rowspan", "align", "start", "display", "target", "rel", "stretchy"}
                    or (name, value) == ("class", "formula")
                    or (tag, name) == ("math", "data-tex")
                    or (tag == "img" and name == "src" and value in FIGURES.values())
                    or (tag == "a" and name == "href" and str(value).startswith(("http://", "https://", "mailto:")))
                ), (name, value)


def test_html_links() -> None:
    """Links leave the page alone."""
    html = render("[a](https://e.org/x?y=1) <m@e.org> <a href='https://e.org/?a=1&amp;b=2'>c</a>")
    assert '<a href="https://e.org/x?y=1" target="_blank" rel="noopener noreferrer">a</a>' in html
    assert 'href="mailto:m@e.org"' in html
    assert '<a href="https://e.org/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">c</a>' in html


def test_html_any_beginning_of_a_page() -> None:
    """A page cut anywhere is HTML whose tables are tables, and never shows a half-written tag of one."""
    page = '# T\n\nIt is $x^2$:\n\n$$\n\\frac{a}{b}\n- c\n$$\n\n<table><thead><tr><th colspan="2">A</th></tr></thead>\n'
    page += (
        "<tbody><tr><td>1</td><td>$y$</td></tr>\n\n<tr><td>2<br>3</td></tr></tbody></table>\n\n- a\n- b ![c](d.png)\n"
    )
    for end in range(len(page) + 1):
        html = render(page[:end])
        assert "&lt;t" not in html, page[:end]
        assert html.count("<table>") == page[:end].count("<table>") == html.count("</table>")
        assert "<td>1</td>" not in page[:end] or "<td>1</td>" in html


@given(st.text(alphabet="$\\()[]{}<>/tdrable \n*_`|-!#&;\"'=x1", max_size=120))
def test_html_any_text(text: str) -> None:
    """No text raises, and none opens an element we do not know."""
    assert {tag for tag, _ in elements(render(text))} <= HARMLESS


@pytest.mark.parametrize(
    "unit",
    ["$", "$$\n", "\\[\n", "\\(", "<table>", "<table>\n\n", "<td></tr>", '<a "', "<!--", "![", "](", "*a **b ", "`a``",
     "> ", "|a|b|\n", "deep", "$x{", "$\\frac{", "[a](", "<math><mtext><table>", "\n",
     "<math>", "<math>x</math>", "$ x", "- ", "> - "],
)  # fmt: skip
def test_html_takes_time_in_proportion(unit: str) -> None:
    """What is meant to make parsers despair takes less than a few seconds for 64 kB, on a slow machine too."""
    text = (unit * (65536 // len(unit)))[:65536] if unit != "deep" else "<table>" + "<td>" * 8000 + "</tr>" * 8000
    started = time.process_time()
    render(text)
    assert time.process_time() - started < 8


HARMLESS = {
    "a", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "div", "dl", "dt", "em", "h1",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "small",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "math", "mfrac", "mi",
    "mn", "mo", "mrow", "mtext", "msup", "msub", "msubsup", "msqrt", "mroot", "mstyle", "mspace", "mtable", "mtr",
    "mtd", "mover", "munder", "munderover", "mpadded", "mphantom",
}  # fmt: skip


def elements(html: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """The elements of a fragment with their attributes, by the standard library's parser."""
    from html.parser import HTMLParser

    found: list[tuple[str, list[tuple[str, str | None]]]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, attrs))

    Parser().feed(html)
    return found
