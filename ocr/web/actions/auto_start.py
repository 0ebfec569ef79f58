"""Start to read a document as soon as it has been added: all of it, or its first page to begin with."""

from dataclasses import replace

from ocr.config.read_request import ReadRequest
from ocr.documents.page_ranges import select_pages
from ocr.errors import UsageError
from ocr.types import PageId
from ocr.web.actions.downloads import report_errors
from ocr.web.actions.form import parse_form
from ocr.web.actions.runner import Runner
from ocr.web.state.browser_names import field_of
from ocr.web.state.page_state import ANSWERED
from ocr.web.state.session import Session
from ocr.web.state.session_files import Upload

FEW_PAGES = 5
"""Pages that are all read at once, whoever's the server is; of more, only the first where it is another's."""


async def start_reading(runner: Runner, session: Session, upload: Upload, event: object) -> None:
    """Begin to read a document that was opened, if the event asks for that and Read could be pressed.

    The options are those that the event has. With a server of this machine all pages are read, else all of few, or the
    first one: that is read beside a run that is under way. Others join that run if they are asked for in the same way.
    """
    if not (upload.document and runner.settings.starts_reading and field_of(event, "start", None) is True):
        return
    if session.models_of is None and runner.engine.settled:
        await runner.ask_models(session)  # the tab has just arrived
    request, refused = parse_form(event, runner.settings.request)
    pages = _unread_pages(session, upload, request.pages)
    if refused or runner.engine.problem or session.server_problem or not pages:
        session.refused = refused
        return
    with report_errors(session):
        if len(pages) > FEW_PAGES and not _own_server(runner, request):
            session.shown = session.shown if session.active else pages[0]
            runner.read(session, pages[:1], request, aside=True)
        elif not _join(runner, session, pages, request):
            runner.read(session, pages, request, aside=session.busy)


def _unread_pages(session: Session, upload: Upload, wanted: str) -> tuple[PageId, ...]:
    """The document's pages of a range that are neither read nor being read; none where the range has none of it."""
    count = upload.document.pages if upload.document else 0
    try:
        numbers = select_pages(wanted, count)
    except UsageError:
        return ()
    pages = (PageId(upload.key, number) for number in numbers)
    return tuple(
        page
        for page in pages
        if page in session.pages and session.pages[page].status not in ANSWERED and not session.reader(page)
    )


def _own_server(runner: Runner, request: ReadRequest) -> bool:
    """Whether it costs nobody else anything: the page and the server are this machine's own."""
    return not runner.settings.shared and runner.engines.of(request.model).status.server.on_this_machine


def _join(runner: Runner, session: Session, pages: tuple[PageId, ...], request: ReadRequest) -> bool:
    """Add pages to the run under way if it asks for its pages in this way; whether it does."""
    run = session.run
    if run is None or not run.extensible:
        return False
    if not run.queued:
        request = replace(request, model=runner.options(session, request).model)
    if replace(run.request, pages="") != replace(request, pages=""):
        return False
    session.extend(run, pages)
    return True
