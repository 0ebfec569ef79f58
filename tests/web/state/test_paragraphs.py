"""A page's text as paragraphs: what is cut where, what is rendered again, and what is not."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.types import TextBlock
from ocr.web.state import paragraphs as text_module
from ocr.web.state.paragraphs import LONG_PARAGRAPH_CHARS, PageParagraphs, split, unclosed

TABLE = "<table>\n\n<tr><td>1</td></tr>\n\n</table>"


@pytest.mark.parametrize(
    "whole",
    [TABLE, "$$\na\n\nb\n$$", "\\[\na\n\nb\n\\]", "```\na\n\nb\n```", "- one\n\n- two", "1. one\n\n   more\n\n2. two"],
)
def test_text_is_not_cut_inside(whole: str) -> None:
    """Tables, formulas, code and lists stay in one piece; what stands around them does not."""
    assert split(f"Before\n\n{whole}\n\nAfter") == ["Before", whole, "After"]


def test_text_half_a_table_is_open() -> None:
    assert split("Before\n\n<table><tr>\n\n<td>") == ["Before", "<table><tr>\n\n<td>"]


@pytest.mark.parametrize("text", ["{}x", "{}- one\n\n  more\n\n- two", "- one{}- two"])
def test_text_with_many_blank_lines_is_cut_in_no_time(text: str) -> None:
    """As anyone may type it; a page that changes is cut on the event loop."""
    began = time.thread_time()
    assert len(split(text.format("\n \n" * 40_000))) == 1
    assert time.thread_time() - began < 4


FRAGMENTS = ["Words", "\n", "\n\n", "<table>", "</table>", "$$", "```", "- ", "# Head", " "]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=20).map("".join), st.integers(1, 7))
def test_text_loses_nothing(markdown: str, size: int) -> None:
    """All that was written is in the paragraphs, in order, however it arrived."""
    page = PageParagraphs()
    for at in range(0, len(markdown), size):
        page.write(markdown[at : at + size])
    shown = "".join(one.markdown for one in page.paragraphs)
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", markdown)


def test_text_knows_its_regions() -> None:
    """A paragraph belongs to the region found before it."""
    page = PageParagraphs()
    page.write("Loose.")
    page.begin(0)
    page.write("\n\n# Title")
    page.begin(1)
    page.write("\n\nOne.\n\nTwo.")
    assert page.value({}) == [
        {"regions": [], "html": "<p>Loose."},
        {"regions": [0], "html": "<h1>Title"},
        {"regions": [1], "html": "<p>One."},
        {"regions": [1], "html": "<p>Two."},
    ]


def test_text_that_grows_is_sent_as_what_is_added() -> None:
    """Its HTML grows at its end, be it words, a row of a table or an item of a list."""
    for pieces in (
        ["A lamp", " of iron", "."],
        ["<table><tr><td>1</td></tr>", "<tr><td>2</td></tr>"],
        ["- one", "\n- two"],
    ):
        page, sent = PageParagraphs(), ""
        for piece in pieces:
            page.write(piece)
            (one,) = page.value({})
            assert one["html"].startswith(sent) and len(one["html"]) > len(sent)
            sent = one["html"]


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("", ""),
        ("<p>a &gt; b</p>\n", "<p>a &gt; b"),
        ("<p>a <strong>b</strong></p>\n", "<p>a <strong>b"),
        ("<table>\n<tr>\n<td>1</td>\n</tr>\n</table>", "<table>\n<tr>\n<td>1"),
        ("<pre><code>a\n\n</code></pre>\n", "<pre><code>a\n\n"),
        ("<p>a<br></p>", "<p>a<br>"),
        ("<p></p>", "<p>"),
        ("a\n", "a\n"),
    ],
)
def test_text_unclosed_lacks_closing_tags_alone(html: str, shown: str) -> None:
    assert unclosed(html) == shown


def test_text_renders_only_what_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed paragraph is rendered once, whatever comes after it, and at the end only if it has become another."""
    rendered: list[str] = []
    monkeypatch.setattr(text_module, "render", lambda markdown, _: rendered.append(markdown) or markdown)
    page = PageParagraphs()
    for piece in ("One.\n\nTw", "o.\n\nThr", "ee."):
        page.write(piece)
        page.value({})
    assert rendered == ["One.", "Tw", "Two.", "Thr", "Three."]
    page.finish([TextBlock("One.\n\nTwo."), TextBlock("Three!")])
    page.value({})
    assert rendered[5:] == ["Three!"]


def test_text_long_table_is_rendered_as_it_grows_by_a_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at each of its rows: 200 rows of it cost a fifth of as many renderings, and the last one is whole."""
    rendered: list[str] = []
    monkeypatch.setattr(text_module, "render", lambda markdown, _: rendered.append(markdown) or markdown)
    page = PageParagraphs()
    page.write("<table>" + " " * LONG_PARAGRAPH_CHARS)
    page.value({})
    for _ in range(200):
        page.write("<tr><td>a cell</td></tr>\n")
        page.value({})
    page.finish([TextBlock(page.paragraphs[0].markdown + "</table>")])
    (one,) = page.value({})
    assert one["html"].count("a cell") == 200
    assert len(rendered) < 40


def test_text_shows_a_figure_when_it_is_there() -> None:
    """Until then its words stand in brackets; only the paragraph that refers to it is rendered again."""
    page = PageParagraphs()
    page.finish([TextBlock("![A lamp](figures/page-2-1.png)", (0,)), TextBlock("Words")])
    assert page.value({})[0]["html"] == "<p>[A lamp]"
    url = "gradio_api/file=/secret/1.png"
    assert f'src="{url}"' in page.value({"figures/page-2-1.png": url})[0]["html"]
