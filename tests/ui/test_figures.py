from __future__ import annotations

import pytest

from ocr.figures import figure_name, reference
from ocr.ui.figures import blank, for_screen, without_missing

NAME = figure_name(2, 1, "image/png")


def test_figures_reference_becomes_a_blank_picture() -> None:
    """The browser is told which figure goes where, by page and name, and nothing to fetch."""
    shown = for_screen(f"Before.\n\n{reference('figure', NAME, 'A lamp')}\n\nAfter.", "0-2")
    assert shown == f"Before.\n\n![A lamp]({blank()}#0-2/figures/page-2-1.png)\n\nAfter."


@pytest.mark.parametrize(
    "text",
    [
        "[words](figures/page-2-1.png)",
        "![words](figures/../secret.png)",
        "![words](/figures/page-2-1.png)",
        "![words](figures/page-2-1.svg)",
        "![words](https://evil.example/figures/page-2-1.png)",
        '<img src="figures/page-2-1.png">',
        "![half](figures/page-2-1.pn",
    ],
)
def test_figures_other_text_stays_as_it_is(text: str) -> None:
    """Only a picture with a name of ours is a figure."""
    assert for_screen(text, "0-2") == text
    assert without_missing(text, ()) == text


def test_figures_prices_in_a_caption_are_no_formula() -> None:
    """A dollar sign in alternative text does not begin one."""
    assert "$" not in for_screen(f"![from $5 to $6]({NAME})", "0-2")


def test_figures_that_never_came_are_named_in_words() -> None:
    """No broken image: what is there stays referred to, the rest is said in brackets."""
    other = figure_name(2, 2, "image/jpeg")
    text = f"![A lamp]({NAME}) and ![image]({other})"
    assert without_missing(text, {NAME}) == f"![A lamp]({NAME}) and [image]"
