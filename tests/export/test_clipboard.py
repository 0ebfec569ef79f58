"""What is copied, as the programs that it is pasted into have it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from ocr.export import clipboard
from ocr.export.clipboard import CopiedPage, CopyForm, copied_text
from tests.export.libreoffice import converted, needs_libreoffice
from tests.export.papers import TEXT, png


@pytest.fixture
def lamp(tmp_path: Path) -> CopiedPage:
    """A page with everything in it."""
    figure = tmp_path / "lamp.png"
    figure.write_bytes(png())
    return CopiedPage(TEXT, figures={"figures/page-1-1.png": figure})


def copied(pages: Sequence[CopiedPage], form: CopyForm) -> tuple[dict[str, str], int]:
    texts, left_out = copied_text(pages, form)
    return {kind: "".join(pieces) for kind, pieces in texts.items()}, left_out


def test_clipboard_rich_text(lamp: CopiedPage) -> None:
    """HTML with headings, tables that have lines, annotated MathML and figures, and nothing of the web page."""
    texts, left_out = copied([lamp], CopyForm.RICH)
    html = texts["text/html"]
    assert left_out == 0
    assert html.startswith("<h1>A <em>title</em></h1>")
    assert '<table border="1"' in html
    assert html.count('<math xmlns="http://www.w3.org/1998/Math/MathML"') == 3
    assert '<annotation encoding="application/x-tex"> x^2 &lt; 3</annotation></semantics></math> cost $5' in html
    assert 'src="data:image/png;base64,' in html
    assert re.search(r"data-tex|target=|class=|<script|<style", html) is None


def test_clipboard_markdown(lamp: CopiedPage) -> None:
    assert copied([lamp], CopyForm.RICH)[0]["text/plain"] == TEXT


def test_clipboard_text_alone(lamp: CopiedPage) -> None:
    """Plain text has no marks; the HTML's source is text itself."""
    plain, _ = copied([lamp], CopyForm.PLAIN)
    assert plain.keys() == {"text/plain"}
    assert plain["text/plain"].startswith("A title\n\nLet x^2 < 3 cost $5.\n")
    source, _ = copied([lamp], CopyForm.HTML)
    assert source == {"text/plain": copied([lamp], CopyForm.RICH)[0]["text/html"]}


@pytest.mark.parametrize("form", CopyForm)
def test_clipboard_says_what_is_missing(form: CopyForm) -> None:
    """In every form a page that lacks text says so, in its place."""
    pages = [CopiedPage("One"), CopiedPage("Half", "Page 2 is <partial>."), CopiedPage("", "Page 3 was not read.")]
    for text in copied(pages, form)[0].values():
        places = [text.index(words) for words in ("One", "Page 2 is", "Half", "Page 3 was not read.")]
        assert places == sorted(places)
        assert "<partial>" not in text or form is not CopyForm.HTML


def test_clipboard_figures_have_a_limit(lamp: CopiedPage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure beyond it, or whose file is gone, is named in the text, and counted."""
    gone = CopiedPage("![a tree](figures/page-2-1.png)", figures={"figures/page-2-1.png": Path("/nowhere.png")})
    texts, left_out = copied([lamp, gone], CopyForm.RICH)
    assert ('alt="a lamp"' in texts["text/html"], "[a tree]" in texts["text/html"], left_out) == (True, True, 1)
    monkeypatch.setattr(clipboard, "MAX_FIGURE_BYTES", 10)
    texts, left_out = copied([lamp], CopyForm.RICH)
    assert ("[a lamp]" in texts["text/html"], "<img" in texts["text/html"], left_out) == (True, False, 1)


@needs_libreoffice
def test_clipboard_in_a_word_processor(lamp: CopiedPage, tmp_path: Path) -> None:
    """Writer has headings, cells that span others and pictures; of a formula its TeX, since it knows no MathML."""
    pages = [lamp, CopiedPage("Half", "Page 2 is partial.")]
    html = copied(pages, CopyForm.RICH)[0]["text/html"]
    with zipfile.ZipFile(converted(html, tmp_path, "odt")) as odt:
        content = odt.read("content.xml").decode()
        assert any(name.startswith("Pictures/") for name in odt.namelist())
    assert re.search(r'<text:h [^>]*outline-level="1">.*title.*?</text:h>', content)
    assert content.count("<table:table ") == 1
    assert 'table:number-columns-spanned="2"' in content
    assert 'table:number-rows-spanned="2"' in content
    assert "East" in content
    assert "\\frac{a}{b}" in content
    assert "x^2 &lt; 3" in content
    assert "Page 2 is partial." in content
