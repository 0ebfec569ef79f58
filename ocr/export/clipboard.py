"""Pages for the clipboard: rich text for word processors, Markdown for editors, plain text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from pathlib import Path

from ocr.export.html_document import data_urls
from ocr.export.plain_text import plain_text
from ocr.html import render
from ocr.parsing.repair import without_controls

MAX_FIGURE_BYTES = 8_000_000
"""Of all figures of one copy; a clipboard is held in memory, several times."""

_LINK_ATTRIBUTES = ' target="_blank" rel="noopener noreferrer"'
_TABLE = '<table border="1" cellspacing="0" cellpadding="4" style="border-collapse: collapse">'
"""Word processors draw the lines of a table only where it asks for them."""
_FORMULA = re.compile(r'<math data-tex="([^"]*)"([^>]*)>(.*?)</math>', re.DOTALL)
_MATHML = '<math xmlns="http://www.w3.org/1998/Math/MathML"'


class CopyForm(StrEnum):
    """What the clipboard gets."""

    RICH = "rich"
    """HTML and Markdown."""
    PLAIN = "plain"
    HTML = "html"
    """The source of the HTML, as text."""


@dataclass(frozen=True, slots=True)
class CopiedPage:
    """One page, or a notice that stands for some."""

    markdown: str
    notice: str = ""
    """What a reader must know of it, such as that its text is partial; empty when all is well."""
    figures: Mapping[str, Path] = field(default_factory=dict)
    """Name in the Markdown → the file with the picture."""


def copied_text(pages: Sequence[CopiedPage], form: CopyForm) -> tuple[dict[str, list[str]], int]:
    """Media type → text of that type, and how many figures were left out because they are too large or gone.

    Texts come in pieces, a page each, since the interpreter's lock is held while a long string is put together.
    """
    if form is CopyForm.PLAIN:
        return {"text/plain": _separated(map(_plain, pages), "\n")}, 0
    figures, left_out = _figures(pages)
    html = _separated((_html(page, figures) for page in pages), "\n")
    if form is CopyForm.HTML:
        return {"text/plain": html}, left_out
    return {"text/html": html, "text/plain": [*_separated(map(_markdown, pages), "\n\n"), "\n"]}, left_out


def _separated(texts: Iterable[str], between: str) -> list[str]:
    """The texts that are not empty, all but the first after `between`."""
    pieces: list[str] = []
    for text in filter(None, texts):
        pieces.append(f"{between}{text}" if pieces else text)
    return pieces


def _plain(page: CopiedPage) -> str:
    said = f"[{page.notice}]\n\n" if page.notice else ""
    return said + plain_text(page.markdown)


def _markdown(page: CopiedPage) -> str:
    said = f"> {' '.join(page.notice.split())}\n\n" if page.notice else ""
    return f"{said}{without_controls(page.markdown).strip()}".strip()


def _html(page: CopiedPage, figures: Mapping[str, str]) -> str:
    """A page as HTML without a head, which no style sheet belongs to."""
    said = f"<p><em>[{escape(page.notice)}]</em></p>\n" if page.notice else ""
    shown = {name: figures[name] for name in page.figures if name in figures}
    html = render(page.markdown, shown).replace(_LINK_ATTRIBUTES, "").replace("<table>", _TABLE)
    return said + _FORMULA.sub(_formula, html)


def _formula(found: re.Match[str]) -> str:
    r"""MathML as programs other than browsers expect it, annotated with its TeX.

    Programs that do not know MathML, as LibreOffice where it reads HTML, show the letters alone, `a2`, and then the TeX
    of the annotation, `a^2`.
    """
    tex, attributes, inside = found.groups()
    annotation = f'<annotation encoding="application/x-tex"> {tex}</annotation>'
    return f"{_MATHML}{attributes}><semantics>{inside}{annotation}</semantics></math>"


def _figures(pages: Sequence[CopiedPage]) -> tuple[dict[str, str], int]:
    """Data URLs of the figures, as many as there is room for, and how many were left out."""
    urls: dict[str, str] = {}
    left_out, room = 0, MAX_FIGURE_BYTES
    for page in pages:
        for name, path in page.figures.items():
            if name not in page.markdown:
                continue
            try:
                size = path.stat().st_size
                if size <= room:
                    urls |= data_urls({name: path})
                    room -= size
            except OSError:
                pass  # deleted meanwhile
            left_out += name not in urls
    return urls, left_out
