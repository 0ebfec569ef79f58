"""Identifiers of pages and files in the browser."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from ocr.encodable_text import encodable
from ocr.types import PageId


def page_name(page: PageId | None) -> str:
    """A page's name in the browser: `0-3` is page 3 of the first file."""
    return f"{page.document}-{page.number}" if page else ""


def parse_page_name(given: object) -> PageId | None:
    """The page of that name; None for anything that is no page's name."""
    document, _, number = str(given).partition("-")
    if document.isdecimal() and number.isdecimal() and len(str(given)) < 20:
        return PageId(int(document), int(number))
    return None


def field_of(event: object, name: str, default: Any = None) -> Any:
    """A field of a browser's event, of any type; `default` where it is missing."""
    try:
        return getattr(event, name, default)
    except TypeError:  # what was sent is no object of fields at all
        return default


def number_of(event: object, name: str, default: int = 0) -> int:
    """A field that has to be a whole number; `default` otherwise."""
    given = field_of(event, name)
    return given if isinstance(given, int) else default


def text_of(event: object, name: str) -> str:
    """A field that has to be a text, else an empty one; one that UTF-8 can encode."""
    given = field_of(event, name)
    return encodable(given) if isinstance(given, str) else ""


MAX_KEY_CHARS = 40
"""Of a browser's name of a request."""


def request_key_of(event: object, name: str) -> str:
    """The browser's name of a request, by which it knows the outcome; cut if it is longer than the page makes it."""
    return text_of(event, name)[:MAX_KEY_CHARS]


def thumbnail_name(page: PageId) -> str:
    """The file of a page's thumbnail in the session's public folder; static/strip/strip-thumbs.js knows it too."""
    return f"{page_name(page)}-small.jpg"


def page_of_file(file: str) -> PageId | None:
    """The page that an image of the session's public folder belongs to; None for any other file."""
    return parse_page_name("-".join(file.split("-", 2)[:2]))


def file_url(path: Path) -> str:
    """Where the browser finds a file of the session's public folder, relative to the page."""
    return f"gradio_api/file={quote(path.as_posix())}"
