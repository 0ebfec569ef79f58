"""A document as one self-contained HTML file."""

import base64
from collections.abc import Mapping
from html import escape
from pathlib import Path

from ocr.export.results import Results, notice
from ocr.html import render
from ocr.types import PageResult

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Content Security Policy of the file: it may load only the images in it."""
STYLE = Path(__file__).with_name("document.css").read_text(encoding="utf-8")


def document_html(results: Results) -> str:
    """The pages one below the other, each with an anchor `#page-3`, with formulas as MathML and figures inside."""
    name = escape(results.document.name)
    pictures = data_urls(results.figures)
    pages = "\n".join(_page(page, pictures) for page in results.pages)
    links = " ".join(f'<a href="#page-{page.number}">{page.number}</a>' for page in results.pages)
    index = f'<nav aria-label="Pages">{links}</nav>' if len(results.pages) > 1 else ""
    reader = f"Read by {escape(results.model)} with Pagelight" if results.model else "Read with Pagelight"
    return f"""<!doctype html>
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
{pages}
</main>
<footer><p>{reader}.</p></footer>
</body>
</html>
"""


def data_urls(figures: Mapping[str, Path]) -> dict[str, str]:
    """Data URLs of the figures; an OSError where the file of one cannot be read."""
    urls = {}
    for name, path in figures.items():
        kind = "jpeg" if name.endswith(".jpg") else "png"
        urls[name] = f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
    return urls


def pictures_on(page: PageResult, pictures: Mapping[str, str]) -> dict[str, str]:
    """The document's pictures that belong to this page."""
    return {name: url for name, url in pictures.items() if name.startswith(f"figures/page-{page.number}-")}


def _page(page: PageResult, pictures: Mapping[str, str]) -> str:
    words = notice(page)
    said = f'<p class="notice" role="note">{escape(words)}</p>\n' if words else ""
    anchor = f'<p class="number"><a href="#page-{page.number}">Page {page.number}</a></p>'
    text = render(page.markdown, pictures_on(page, pictures))
    return f'<section id="page-{page.number}" aria-label="Page {page.number}">\n{anchor}\n{said}{text}</section>'
