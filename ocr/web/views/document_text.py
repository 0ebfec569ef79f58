"""The text of the page that is shown, and that of the document around it."""

from collections.abc import Sequence
from typing import Any

from ocr.i18n import gettext
from ocr.types import PageId
from ocr.web.state.browser_names import file_url, page_name
from ocr.web.state.page_state import PageState, PageStatus
from ocr.web.state.session import Session
from ocr.web.state.text_window import TextWindow
from ocr.web.views import messages


async def prepare(session: Session) -> None:
    """Do beside the event loop what may take long, so that `screen` has it ready: all of the page that is shown."""
    if page := session.pages.get(session.shown) if session.shown else None:
        await session.history.prepare(page.page)
        await session.word_places.prepare(page)
        await page.text.prepare(_figures(page))


def late_pages(session: Session) -> list[PageState]:
    """The pages around it whose text `screen` leaves out, since it is still to be rendered."""
    return [page for page in _window_pages(session) if _is_late(page, session.shown)]


async def prepare_late(pages: Sequence[PageState]) -> None:
    """Render them beside the event loop."""
    for page in pages:
        await page.text.prepare(_figures(page))


def page_text(page: PageState | None, window: TextWindow | None) -> dict[str, Any]:
    """The page's text, rendered; without its paragraphs where the document's text has them (`in_document`)."""
    if page is None:
        return {"page": "", "paragraphs": [], "reading": False, "in_document": False}
    in_document = window is not None and window.shows(page.page)
    paragraphs = [] if in_document else page.text.value(_figures(page))
    return _with(page, paragraphs) | {"in_document": in_document}


def _with(page: PageState, paragraphs: list[dict[str, Any]]) -> dict[str, Any]:
    """What both texts have of a page."""
    return {"page": page_name(page.page), "paragraphs": paragraphs, "reading": page.status is PageStatus.READING}


def document_text(session: Session) -> dict[str, Any]:
    """Some pages of the document that is shown as one text, and whether there are more before and after them.

    Which page is shown is not among it: another one would have all the text sent anew.
    """
    window = session.shown_window
    count = session.document(window.document).pages if window else 0
    shown = [
        {
            "title": gettext("Page {number}", number=page.page.number),
            "note": "" if page.status is PageStatus.DONE else messages.STATES[page.status],
            **_text_in_document(page, session.shown),
        }
        for page in _window_pages(session)
    ]
    return {
        "pages": shown,
        "before": window is not None and window.first > 0,
        "more": window is not None and window.first + window.count < count,
        "tied": session.text_tied,
    }


def _text_in_document(page: PageState, shown: PageId | None) -> dict[str, Any]:
    """The page's text; of the others only once they have been read: so many would be drawn at each update.

    What takes long to render does not keep the page that is shown waiting: until then there is the text as it was
    last, and the page is `late`.
    """
    late = _is_late(page, shown)
    if late:
        paragraphs = page.text.last_value()
    elif page.status is PageStatus.READING and page.page != shown:
        paragraphs = []
    else:
        paragraphs = page.text.value(_figures(page))
    return _with(page, paragraphs) | {"late": late}


def _is_late(page: PageState, shown: PageId | None) -> bool:
    """Whether the text of a page around the one that is shown is still to be rendered."""
    return page.page != shown and page.status is not PageStatus.READING and page.text.takes_long(_figures(page))


def _window_pages(session: Session) -> list[PageState]:
    """The pages that the document's continuous text shows; none while it is closed."""
    window = session.shown_window
    if not window:
        return []
    numbers = range(window.first + 1, window.first + window.count + 1)
    wanted = (PageId(window.document, number) for number in numbers)
    return [session.pages[page] for page in wanted if page in session.pages]


def _figures(page: PageState) -> dict[str, str]:
    return {file: file_url(path) for file, path in page.figures.items()}
