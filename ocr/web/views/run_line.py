"""How far reading is, in the few words that a small screen has room for."""

from ocr.i18n import gettext
from ocr.web.state.page_state import UNFINISHED
from ocr.web.state.session import Session
from ocr.web.views import messages


def run_line(session: Session) -> str:
    """`7 of 14 · 12 s`: the pages that have ended, of those asked for, and the seconds of the run.

    While nothing has been asked for, how many pages there are: `14 pages`; empty without a document.
    """
    run = session.run
    if run is None or not session.has_pages_of(run):
        return messages.pages(len(session.pages)) if session.pages else ""
    if run.queued:
        return messages.progress(session, run)
    statuses = session.requested_statuses
    ended = sum(number for status, number in statuses.items() if status not in UNFINISHED)
    time = messages.duration(run.seconds)
    return gettext("{ended} of {count} · {time}", ended=ended, count=statuses.total(), time=time)
