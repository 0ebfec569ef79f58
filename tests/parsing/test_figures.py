"""Pictures within a page: names and words."""

import pytest

from ocr.parsing.figures import MAX_ALT_CHARS, caption_in, figure_name, is_figure_name, reference, rule


def test_figures_names() -> None:
    """A figure is of its page's type, and no two of a document share a name."""
    assert figure_name(3, 1, "image/png") == "figures/page-3-1.png"
    assert figure_name(3, 2, "image/jpeg") == "figures/page-3-2.jpg"


@pytest.mark.parametrize("name", ["", "../figures/page-1-1.png", "figures/page-1-1.png/..", "figures/page-1-1.svg"])
def test_figures_other_names(name: str) -> None:
    assert is_figure_name(figure_name(1, 1, "image/png"))
    assert not is_figure_name(name)


def test_figures_reference() -> None:
    """Alternative text holds nothing that Markdown or HTML would take for markup, and fits one breath."""
    assert reference("chart", "f.png", "A <b>big</b> [pie]\n* of `three`") == "![A big pie of three](f.png)"
    assert reference("chart", "f.png", "") == "![chart](f.png)"
    assert reference("chart", None, "words") == "[chart]"
    assert len(reference("chart", "", "x" * 999)) == MAX_ALT_CHARS + len("![]()")


@pytest.mark.parametrize("text", ["Figure 3. Wear", "Fig. 2: x", "**Figure 1** y", "Abb. 4 Wege"])
def test_figures_captions(text: str) -> None:
    assert caption_in(text) == text


@pytest.mark.parametrize("text", ["We see", "Figures are", "", "The figure 3"])
def test_figures_no_captions(text: str) -> None:
    assert caption_in(text) == ""


def test_figures_rule() -> None:
    assert rule("Figure Title") == rule("figure-title") == "figure_title"
