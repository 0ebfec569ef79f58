"""A Word file with real tables and equations, made by pandoc from our HTML."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from html import escape, unescape

from ocr.errors import OutputError
from ocr.export.html_document import data_urls, pictures_on
from ocr.export.pandoc import HOW_TO_GET_PANDOC, find_pandoc, run_pandoc
from ocr.export.results import Results, notice
from ocr.html import render
from ocr.i18n import say

LONGEST = 300.0
"""Seconds that pandoc may take; a thousand pages took it 9, on two cores."""
MEMORY = "2G"
"""Pandoc's heap at most; for a thousand pages it took 1 GB."""

_FORMULA = re.compile(r'<code class="formula( display)?">([^<]*)</code>')
_URL_AS_WORDS = re.compile(rb'descr="data:[^"]*"')


def document_word(results: Results) -> bytes:
    """The pages one after the other, as a Word file; what is wrong with one is said where it begins.

    Raises:
        OSError: a figure's file cannot be read.
        OutputError: there is no pandoc, or it could not do it.
    """
    program = find_pandoc()
    if program is None:
        raise OutputError("A Word file needs pandoc, which is not here.", HOW_TO_GET_PANDOC)
    # In its sandbox pandoc opens no file and no connection, whatever the text asks for.
    command = [program, "+RTS", f"-M{MEMORY}", "-RTS", "--from=html", "--to=docx", "--sandbox", "--output=-"]
    try:
        code, made, said = run_pandoc(command, _source(results).encode(), LONGEST)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OutputError(
            say("pandoc did not make the Word file: {reason}.", reason=str(error)), "Choose another format."
        ) from error
    if code:
        reason = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise OutputError(
            say("pandoc did not make the Word file: {reason}.", reason=reason), "Choose another format, or fewer pages."
        )
    return _without_urls(made)


def _source(results: Results) -> str:
    """The document as pandoc's HTML: formulas are TeX, which it sets itself, figures are data URLs."""
    pictures = data_urls(results.figures)
    pages = []
    for page in results.pages:
        words = notice(page)
        said = f"<p><em>{escape(words)}</em></p>" if words else ""
        text = render(page.markdown, pictures_on(page, pictures), mathml=False)
        pages.append(f'<div id="page-{page.number}">{said}{_FORMULA.sub(_as_tex, text)}</div>')
    return f"<!doctype html><title>{escape(results.document.name)}</title><body>{''.join(pages)}</body>"


def _as_tex(formula: re.Match[str]) -> str:
    tex = unescape(formula[2]).replace("<", "\\lt ")  # so that no formula ends the element it stands in
    return f'<script type="math/tex{"; mode=display" if formula[1] else ""}">{tex}</script>'


def _without_urls(word: bytes) -> bytes:
    """The same file without the copy of each picture that pandoc writes into its description."""
    lean = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word)) as old, zipfile.ZipFile(lean, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry, _URL_AS_WORDS.sub(b'descr=""', data) if entry.filename == "word/document.xml" else data)
    return lean.getvalue()
