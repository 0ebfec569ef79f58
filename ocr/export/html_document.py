"""A document as one self-contained HTML file."""

import base64
import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

from ocr.export.results import Results, notice
from ocr.html import render
from ocr.types import PageResult

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Content Security Policy of the file: it may load only the images in it."""
_FIGURE = re.compile(r"figures/page-(\d+)-")
STYLE = Path(__file__).with_name("document.css").read_text(encoding="utf-8")


def document_html(results: Results) -> Iterator[str]:
    """The pages one below the other, each with an anchor `#page-3`, with formulas as MathML and figures inside.

    In pieces, a page each: a long document holds hundreds of megabytes of figures.

    Raises:
        OSError: a figure's file cannot be read.
    """
    name = escape(results.document.name)
    links = " ".join(f'<a href="#page-{page.number}">{page.number}</a>' for page in results.pages)
    index = f'<nav aria-label="Pages">{links}</nav>' if len(results.pages) > 1 else ""
    reader = f"Read by {escape(results.model)} with Pagelight" if results.model else "Read with Pagelight"
    yield f"""<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="generator" content="Pagelight">
<title>{name}</title>
<style>
{STYLE}</style>
</head>
<body>
<header>
<p class="name">{name}</p>
{index}
</header>
<main>
"""
    figures = figures_by_page(results.figures)
    for page in results.pages:
        yield f"{_page(page, data_urls(figures.get(page.number, {})))}\n"
    yield f"""</main>
<footer><p>{reader}.</p></footer>
</body>
</html>
"""


def figures_by_page(figures: Mapping[str, Path]) -> dict[int, dict[str, Path]]:
    """Page number → its figures; a name begins `figures/page-3-`."""
    by_page: dict[int, dict[str, Path]] = {}
    for name, path in figures.items():
        if found := _FIGURE.match(name):
            by_page.setdefault(int(found[1]), {})[name] = path
    return by_page


def data_urls(figures: Mapping[str, Path]) -> dict[str, str]:
    """Data URLs of the figures; an OSError where the file of one cannot be read."""
    urls = {}
    for name, path in figures.items():
        kind = "jpeg" if name.endswith(".jpg") else "png"
        urls[name] = f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
    return urls


def _page(page: PageResult, pictures: Mapping[str, str]) -> str:
    words = notice(page)
    said = f'<p class="notice" role="note">{escape(words)}</p>\n' if words else ""
    anchor = f'<p class="number"><a href="#page-{page.number}">Page {page.number}</a></p>'
    text = render(page.markdown, pictures)
    return f'<section id="page-{page.number}" aria-label="Page {page.number}">\n{anchor}\n{said}{text}</section>'
