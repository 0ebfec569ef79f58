"""The value of the result: what has been read, how much that is, and which pages somebody should look at.

What the title of the browser's tab says of it, and whether a run takes so long that visitors look elsewhere meanwhile.
"""

from collections import Counter
from typing import Any

from ocr.i18n import join, ngettext
from ocr.types import PageId
from ocr.web.state.browser_names import page_name
from ocr.web.state.page_state import ANSWERED, PageState, PageStatus
from ocr.web.state.session import Session
from ocr.web.views import messages

EMPTY = {"name": "", "figures": "", "look": "", "look_page": ""}
"""What is sent while pages are being read, and before there is anything to take away."""

LONG_RUN_S = 60.0
"""Seconds of a run of whose end a visitor may want to be notified."""

DOUBTFUL = {PageStatus.FAILED, PageStatus.TRUNCATED, PageStatus.REPEATED}
"""Statuses of a page that was not read as it should have been."""


def run_result(session: Session) -> dict[str, Any]:
    """What stands above the download: the document's name, its words, the pages that need a look."""
    if session.busy or not session.downloads:
        return EMPTY
    documents = {page.page.document for page in session.pages.values() if page.result}
    pages = [page for page in session.pages.values() if page.page.document in documents]
    read = sum(page.status in ANSWERED for page in pages)
    words = sum(page.words for page in pages)
    doubtful = [page for page in pages if page.status in DOUBTFUL or page.places]
    of_all = ngettext("{read} of {count} page read", "{read} of {count:,} pages read", len(pages), read=read)
    return {
        "name": _name(session, documents),
        "figures": join(" · ", ["" if session.run else of_all, ngettext("{count} word", "{count:,} words", words)]),
        "look": ngettext("{count} page needs a look", "{count:,} pages need a look", len(doubtful)) if doubtful else "",
        "look_page": page_name(_next(doubtful, session)) if doubtful else "",
    }


def _next(doubtful: list[PageState], session: Session) -> PageId:
    """The first of these pages after the one that is shown; after the last the first of all."""
    names = [page.page for page in doubtful]
    return next((name for name in names if session.shown and name > session.shown), names[0])


def _name(session: Session, documents: set[int]) -> str:
    """The document's name, or how many there are."""
    names = [upload.name for key, upload in session.uploads.items() if key in documents]
    return names[0] if len(names) == 1 else ngettext("{count} document", "{count:,} documents", len(names))


def tab_title(session: Session) -> str:
    """`3/14 · article.pdf`, and `✓ article.pdf` once all pages that were asked for are read; empty before.

    Where single pages alone were asked for, as the first of a long document is, all pages of their documents count.
    """
    pages = session.requested
    if not pages:
        return ""
    documents = {page.page.document for page in pages}
    if session.run is None:
        pages = [page for page in session.pages.values() if page.page.document in documents]
    name = _name(session, documents)
    statuses = Counter([page.status for page in pages])
    read = sum(statuses[status] for status in ANSWERED)
    if read == len(pages):
        return join(" ", ["✓", name])
    failed = statuses[PageStatus.FAILED] if session.busy else 0
    return join(" · ", [f"{read + failed}/{len(pages)}", name])


def takes_long(session: Session) -> bool:
    """Whether the run under way takes longer than `LONG_RUN_S`, as far as that can be told."""
    run = session.run
    if run is None or run.queued or not run.busy:
        return False
    return run.seconds + (messages.estimate_s(session, run) or 0.0) > LONG_RUN_S
