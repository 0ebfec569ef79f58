"""The value of the page list: the state of every page, compact enough to be sent with each change."""

from typing import Any

from ocr.web.state.browser_names import file_url
from ocr.web.state.page_state import ANSWERED, PageState, PageStatus
from ocr.web.state.session import Session
from ocr.web.state.session_files import Upload
from ocr.web.views import messages

STATUS_LETTERS = {
    PageStatus.WAITING: "w", PageStatus.READING: "r", PageStatus.DONE: "d", PageStatus.BLANK: "b",
    PageStatus.TRUNCATED: "t", PageStatus.REPEATED: "l", PageStatus.CANCELLED: "c", PageStatus.FAILED: "f",
    PageStatus.UNREAD: "u",
}  # fmt: skip
"""A page's state as the strip is sent it."""
LETTER_MEANINGS = {
    sign: {"state": state.value, "word": messages.STATES[state]} for state, sign in STATUS_LETTERS.items()
}
"""What these letters mean; the browser gets it once."""
LINE_CHARS = 50
"""Letters in a line of the strip's value."""
TOKEN_STEP = 25
"""The strip counts a page's tokens in steps of so many."""


def strip(session: Session) -> dict[str, Any]:
    """Every page's state, small enough to be sent whenever one changes: a letter each, and lists of exceptions.

    These are pairs of a page's number and what is so of it. A dictionary's keys must not come and go: Gradio changes
    the value in place in the browser, and its component does not notice where only a key was added or removed.
    """
    pages = session.pages_by_document
    files = [_pages(session, upload, pages[key]) for key, upload in session.uploads.items() if upload.document]
    return {"folder": file_url(session.public) if files else "", "files": files}


def _pages(session: Session, upload: Upload, pages: list[PageState]) -> dict[str, Any]:
    """A file's pages. Capitals have a thumbnail; in lines, because Gradio sends a string that changed anew."""
    signs = [
        STATUS_LETTERS[page.status].upper() if page.page in session.thumbnails else STATUS_LETTERS[page.status]
        for page in pages
    ]
    return {
        "key": upload.key,
        "name": upload.name,
        "read": sum(page.status in ANSWERED for page in pages),
        "states": ["".join(signs[at : at + LINE_CHARS]) for at in range(0, len(signs), LINE_CHARS)],
        "tokens": [
            [page.page.number, page.tokens // TOKEN_STEP * TOKEN_STEP]
            for page in pages
            if page.status is PageStatus.READING
        ],
        "places": [[page.page.number, len(page.places)] for page in pages if page.places],
        "attempts": [[page.page.number, _attempts(page)] for page in pages if _attempts(page) > 1],
        "corrected": [[page.page.number, 1] for page in pages if page.result and page.result.corrected],
    }


def _attempts(page: PageState) -> int:
    return page.result.attempts if page.result else page.attempt
