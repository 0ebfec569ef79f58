"""What a visitor does at the places where a page's text and the page disagree."""

from ocr.types import PageId
from ocr.web.state.corrected_text import corrected
from ocr.web.state.session import Session


def take_page_word(session: Session, page: PageId, place: str) -> None:
    """Put what the page has into the text at the place of this id; the model's own text stays among the readings."""
    state = session.pages[page]
    finding, before = state.place(place), state.result
    if finding is None or before is None or session.reader(page):
        return
    after = corrected(before, finding)
    if after is None:
        return
    state.correct(after)
    session.history.of(page).correct(before, state.reading(session.pictures.get(page)))
    session.text_changed(page)


def dismiss(session: Session, page: PageId, place: str) -> None:
    """The place of this id is right as it is."""
    if session.pages[page].place(place):
        session.pages[page].dismiss(place)


def undo(session: Session, page: PageId) -> None:
    """Take the latest of these steps on this page back."""
    state = session.pages[page]
    if not state.undoable or session.reader(page):
        return
    after = state.result
    state.undo()
    if after and state.result and state.result is not after:
        session.history.of(page).undo(after, state.reading(session.pictures.get(page)))
        session.text_changed(page)
