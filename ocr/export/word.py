"""Word files with native tables and equations, converted from HTML by pandoc."""

import importlib.util
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from html import escape, unescape
from pathlib import Path

from ocr.errors import OutputError
from ocr.export.child_processes import killable
from ocr.export.results import Results, notice
from ocr.extras import how_to_install
from ocr.i18n import gettext, join

HOW_TO_GET_PANDOC = join(
    " ",
    [
        how_to_install("word"),
        gettext("Or install pandoc with your system's package manager, for example `apt-get install pandoc`."),
    ],
)

PANDOC_TIMEOUT_S = 300.0
"""Time limit for pandoc, which takes some 10 s for a thousand pages."""
PANDOC_MAX_HEAP = "2G"
"""Heap limit of pandoc, which takes 1 GB for a thousand pages."""

_FORMULA = re.compile(r'<code class="formula( display)?">([^<]*)</code>')
_URL_AS_WORDS = re.compile(rb'descr="data:[^"]*"')


def can_write_word() -> bool:
    """Whether pandoc is installed."""
    return _find_pandoc() is not None


def document_word(results: Results) -> bytes:
    """The document as a Word file; a page that is not complete begins with a notice.

    Raises:
        OSError: a figure's file cannot be read.
        OutputError: there is no pandoc, or it could not do it.
    """
    program = _find_pandoc()
    if program is None:
        raise OutputError("Word export needs pandoc, which is not installed.", HOW_TO_GET_PANDOC)
    # In its sandbox pandoc opens no file and no connection, whatever the text asks for.
    command = [program, "+RTS", f"-M{PANDOC_MAX_HEAP}", "-RTS", "--from=html", "--to=docx", "--sandbox", "--output=-"]
    try:
        code, made, said = _run(command, _source(results).encode(), PANDOC_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OutputError(
            gettext("pandoc could not create the Word file: {reason}.", reason=str(error)), "Choose another format."
        ) from error
    if code:
        reason = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise OutputError(
            gettext("pandoc could not create the Word file: {reason}.", reason=reason),
            "Choose another format, or fewer pages.",
        )
    return _without_urls(made)


def _find_pandoc() -> str | None:
    """Path of pandoc: the one on the PATH, else that of the package pypandoc_binary."""
    if found := shutil.which("pandoc"):
        return found
    package = importlib.util.find_spec("pypandoc")
    inside = Path(package.origin).parent / "files" / "pandoc" if package and package.origin else None
    return next(
        (str(file) for file in (inside, inside and inside.with_suffix(".exe")) if file and file.is_file()), None
    )


def _run(command: Sequence[str], text: bytes, timeout_s: float) -> tuple[int, bytes, bytes]:
    """Run pandoc; return its exit code, output and error output."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process, killable(process.kill):
        try:
            made, said = process.communicate(text, timeout=timeout_s)
        except BaseException:
            process.kill()
            raise
    return process.returncode, made, said


def _source(results: Results) -> str:
    """The document as pandoc's HTML: formulas are TeX, which it sets itself, figures are data URLs."""
    # Loaded here: it takes a tenth of the program's start, and whether there is a pandoc is asked at every start.
    from ocr.export.html_document import data_urls, figures_by_page
    from ocr.html import render

    figures = figures_by_page(results.figures)
    pages = []
    for page in results.pages:
        words = notice(page)
        said = f"<p><em>{escape(words)}</em></p>" if words else ""
        text = render(page.markdown, data_urls(figures.get(page.number, {})), mathml=False)
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
