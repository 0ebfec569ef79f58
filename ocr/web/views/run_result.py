"""The value of the result: what has been read, how much that is, and which pages somebody should look at."""

from typing import Any

from ocr.i18n import join, ngettext
from ocr.types import PageId
from ocr.web.state.browser_names import page_name
from ocr.web.state.page_state import ANSWERED, PageState, PageStatus
from ocr.web.state.session import Session

EMPTY = {"name": "", "figures": "", "look": "", "look_page": ""}
"""What is sent while pages are being read, and before there is anything to take away."""

DOUBTFUL = {PageStatus.FAILED, PageStatus.TRUNCATED, PageStatus.REPEATED}
"""Statuses of a page that was not read as it should have been."""


def run_result(session: Session) -> dict[str, Any]:
    """What stands above the download: the document's name, its words, the pages that need a look."""
    if session.busy or not session.downloads:
        return EMPTY
    documents = {page.page.document for page in session.pages.values() if page.result}
    pages = [page for page in session.pages.values() if page.page.document in documents]
    names = [upload.name for key, upload in session.uploads.items() if key in documents]
    read = sum(page.status in ANSWERED for page in pages)
    words = sum(page.words for page in pages)
    doubtful = [page for page in pages if page.status in DOUBTFUL or page.places]
    of_all = ngettext("{read} of {count} page read", "{read} of {count:,} pages read", len(pages), read=read)
    return {
        "name": names[0] if len(names) == 1 else ngettext("{count} document", "{count:,} documents", len(names)),
        "figures": join(" · ", ["" if session.run else of_all, ngettext("{count} word", "{count:,} words", words)]),
        "look": ngettext("{count} page needs a look", "{count:,} pages need a look", len(doubtful)) if doubtful else "",
        "look_page": page_name(_next(doubtful, session)) if doubtful else "",
    }


def _next(doubtful: list[PageState], session: Session) -> PageId:
    """The first of these pages after the one that is shown; after the last the first of all."""
    names = [page.page for page in doubtful]
    return next((name for name in names if session.shown and name > session.shown), names[0])
