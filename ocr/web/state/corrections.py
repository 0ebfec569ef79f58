"""What a visitor changes in a page's text: at the places where it and the page disagree, and by hand.

Long texts are changed in a thread; who changes the text holds the session's `text_lock`, so that all of a visitor's
presses have their effect in their order.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from ocr.i18n import gettext
from ocr.types import PageId, PageResult
from ocr.web.state.corrected_text import corrected
from ocr.web.state.edited_text import (
    MAX_PARAGRAPH_CHARS,
    EditOutcome,
    ParagraphEdit,
    paragraph_count,
    typed,
    with_paragraphs,
)
from ocr.web.state.session import Session

SHORT_TEXT_CHARS = 10_000
"""Longer texts are changed in a thread; this many characters take at most some 15 ms, a page's 3,000 take 1 ms."""

T = TypeVar("T")


async def changes_made(session: Session) -> None:
    """Wait until the text has the changes that the visitor has asked for already."""
    async with session.text_lock:
        pass


async def _carried_out(change: Callable[[], T], chars: int) -> T:
    """What this change of a text of so many characters returns."""
    return change() if chars <= SHORT_TEXT_CHARS else await asyncio.to_thread(change)


async def take_page_word(session: Session, page: PageId, place: str) -> None:
    """Put what the page has into the text at the place of this id; the model's own text stays among the readings."""
    while state := session.pages.get(page):
        finding, before = state.place(place), state.result
        if finding is None or before is None or session.reader(page):
            return
        after = await _carried_out(partial(corrected, before, finding), len(before.markdown))
        if after is None:
            return
        if shows(session, page, before):
            correct_page(session, page, before, after)
            return


async def edit_paragraph(session: Session, page: PageId, edit: ParagraphEdit) -> EditOutcome:
    """Show a paragraph as it was typed; the model's own text stays among the readings."""
    text = typed(edit.text)
    if len(text) > MAX_PARAGRAPH_CHARS:
        return _refused(
            edit, gettext("A paragraph has at most {most:,} characters. Shorten it.", most=MAX_PARAGRAPH_CHARS)
        )
    count = await _carried_out(partial(paragraph_count, text), len(text))
    while state := session.pages.get(page):  # once more where the page's text has changed meanwhile
        before, shown = state.result, [one.markdown.strip() for one in state.text.paragraphs]
        if before is None or session.reader(page):
            return _refused(edit, BEING_READ)
        at = _place_of(shown, edit)
        if at is None:
            newer = shown[edit.at] if 0 <= edit.at < len(shown) else ""
            if newer == text.strip():
                return EditOutcome(edit.key, at=edit.at, next=edit.at + count)
            return _refused(edit, CHANGED_MEANWHILE, newer)
        if text.strip() == edit.before.strip():
            return EditOutcome(edit.key, at=at, next=at + count)
        change = partial(with_paragraphs, before, {at: text})
        after = await _carried_out(change, len(before.markdown) + len(text))
        if shows(session, page, before):
            correct_page(session, page, before, after)
            return EditOutcome(edit.key, at=at, next=at + count)
    return EditOutcome(edit.key, PAGE_GONE)


BEING_READ = gettext("The page is being read, so the text was not saved. Save it when that has ended.")
PAGE_GONE = gettext("The page is not open any more, so the text was not saved. Copy it, then add the document again.")
CHANGED_MEANWHILE = gettext(
    "This paragraph was changed meanwhile, so yours was not saved. Press Save to replace it with yours, or Cancel."
)


def _refused(edit: ParagraphEdit, problem: str, newer: str = "") -> EditOutcome:
    return EditOutcome(edit.key, problem, newer, edit.at, edit.at)


def _place_of(shown: list[str], edit: ParagraphEdit) -> int | None:
    """Where the paragraph stands that the visitor saw, which others before it may have moved; None if it is gone."""
    before = edit.before.strip()
    if edit.at == len(shown) and not before:
        return edit.at
    places = [at for at, markdown in enumerate(shown) if markdown == before]
    return min(places, key=lambda at: abs(at - edit.at), default=None)


def shows(session: Session, page: PageId, result: PageResult) -> bool:
    """Whether this is the page's text still, and nobody is about to read it again."""
    state = session.pages.get(page)
    return state is not None and state.result is result and not session.reader(page)


def correct_page(session: Session, page: PageId, before: PageResult, after: PageResult) -> None:
    """Show a changed text of the page in place of the one before, as a step that can be taken back."""
    state = session.pages[page]
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


def redo(session: Session, page: PageId) -> None:
    """Do again on this page what was taken back last."""
    state, before = session.pages[page], session.pages[page].result
    if not state.redoable or session.reader(page):
        return
    state.redo()
    if before and state.result is not before:
        session.history.of(page).correct(before, state.reading(session.pictures.get(page)))
        session.text_changed(page)
