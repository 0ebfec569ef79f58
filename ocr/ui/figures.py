"""Figures in a page's text: what the Markdown says in their place until the browser puts them there.

A figure's URL holds the session's secret, so it never meets page text: a text that wraps a reference in a link of its
own would carry the URL away. The browser gets a blank picture that names the figure, and the URLs apart from the text
(assets/figures.js).
"""

from __future__ import annotations

import re
from collections.abc import Container
from functools import cache
from urllib.parse import quote

from ocr.ui.components import asset

REFERENCE = re.compile(r"!\[([^\]\n]*)\]\((figures/page-\d+-\d+\.(?:png|jpg))\)")
"""How Markdown refers to a figure; see ocr/figures.py, which writes it."""


@cache
def blank() -> str:
    """The picture that stands for a figure which is not there yet."""
    return f"data:image/svg+xml,{quote(asset('blank.svg').strip())}"


def for_screen(markdown: str, page: str) -> str:
    """The text with a blank picture for each figure, named after the page and the figure's file."""

    def stand_in(match: re.Match[str]) -> str:
        words = match[1].replace("$", "&#36;")  # or two prices in a caption would be set as a formula
        return f"![{words}]({blank()}#{page}/{match[2]})"

    return REFERENCE.sub(stand_in, markdown)


def without_missing(markdown: str, there: Container[str]) -> str:
    """The text with words in brackets for each figure that never came."""
    return REFERENCE.sub(lambda match: match[0] if match[2] in there else f"[{match[1]}]", markdown)
