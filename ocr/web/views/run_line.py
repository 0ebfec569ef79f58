"""How far reading is, in the few words that a small screen has room for."""

from ocr.i18n import gettext
from ocr.web.state.page_state import PageStatus
from ocr.web.state.session import Session
from ocr.web.views import messages


def run_line(session: Session) -> str:
    """`7 of 14 · 12 s`: the pages that have ended, of those asked for, and the seconds of the run.

    While nothing has been asked for, how many pages there are: `14 pages`; empty without a document.
    """
    run = session.run
    if run is None or not session.pages_of(run):
        return messages.pages(len(session.pages)) if session.pages else ""
    if run.queued:
        return messages.progress(session, run)
    pages = session.requested
    ended = sum(page.status not in (PageStatus.WAITING, PageStatus.READING) for page in pages)
    return gettext("{ended} of {count} · {time}", ended=ended, count=len(pages), time=messages.duration(run.seconds))
