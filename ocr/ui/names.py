"""What pages and files are called in the browser."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from ocr.page import PageId


def name(page: PageId | None) -> str:
    """A page's name in the browser: `0-3` is page 3 of the first file."""
    return f"{page.document}-{page.number}" if page else ""


def page_id(given: object) -> PageId | None:
    """The page of that name; None for anything that is none."""
    document, _, number = str(given).partition("-")
    if document.isdecimal() and number.isdecimal() and len(str(given)) < 20:
        return PageId(int(document), int(number))
    return None


def small_picture(page: PageId) -> str:
    """The file of a page's thumbnail in the session's public folder; assets/strip-thumbs.js knows it too."""
    return f"{name(page)}-small.jpg"


def url(path: Path) -> str:
    """Where the browser finds a file of the session's public folder, relative to the page."""
    return f"gradio_api/file={quote(path.as_posix())}"
