"""What a visitor does at places, and what of it is left among the page's readings."""

from __future__ import annotations

import asyncio

import pytest

from ocr.config.read_request import ReadRequest
from ocr.events import PageDone
from ocr.page_words import Finding, FindingKind, PageCheck, WordSource
from ocr.types import Finish, PageId, PageResult
from ocr.web.state.corrections import dismiss, edit_paragraph, redo, take_page_word, undo
from ocr.web.state.edited_text import EditOutcome, ParagraphEdit
from ocr.web.state.session import Session
from ocr.web.state.verified_text import VerifiedText, place_id

pytestmark = pytest.mark.anyio
PAGE = PageId(0, 2)
FOUND = Finding(FindingKind.DIFFERS, "one", "two", 0, 3, ())
LATER = Finding(FindingKind.DIFFERS, "1961", "1967", 4, 8, ())
LONG = "one 1961\n\n" + "word " * 4_000
"""Changed in a thread."""
MOVED = Finding(FindingKind.MOVED, "one", "one", 0, 3, ())


@pytest.fixture
def article(article: Session, request: pytest.FixtureRequest) -> Session:
    """Its second page has been read, as what a test may give, and compared."""
    text = getattr(request, "param", "one 1961")
    article.begin((PAGE,), ReadRequest("LightOnOCR-2-1B"))
    article.apply(PageDone(PAGE, PageResult(2, 9, 9, text, "raw", (), Finish.STOP, None, 1, 4, 0.5)))
    compared(article, FOUND, LATER, MOVED)
    return article


def compared(session: Session, *found: Finding) -> None:
    session.pages[PAGE].verified = VerifiedText((), PageCheck(WordSource.TEXT_LAYER, findings=found))


def texts(session: Session) -> list[tuple[str, bool]]:
    return [(one.result.markdown, one.result.corrected) for one in session.history.of(PAGE).readings.values()]


async def test_corrections_are_one_reading_beside_the_models(article: Session) -> None:
    """However many there are; each can be taken back, until only the model's is left."""
    page = article.pages[PAGE]
    await take_page_word(article, PAGE, place_id(FOUND))
    assert (page.markdown, page.verified, list(article.checks.changed)) == ("two 1961", None, [PAGE])
    compared(article, LATER)
    await take_page_word(article, PAGE, place_id(LATER))
    assert texts(article) == [("one 1961", False), ("two 1967", True)]
    undo(article, PAGE)
    assert texts(article) == [("one 1961", False), ("two 1961", True)]
    undo(article, PAGE)
    assert texts(article) == [("one 1961", False)]
    assert (page.markdown, article.history.of(PAGE).own) == ("one 1961", 1)
    undo(article, PAGE)
    assert page.markdown == "one 1961"


async def test_corrections_of_a_correction_chosen_in_compare(article: Session) -> None:
    """The model's own text never changes, whichever of the two the page shows."""
    await take_page_word(article, PAGE, place_id(FOUND))
    article.restore(PAGE, 1)
    article.restore(PAGE, 2)
    compared(article, LATER)
    await take_page_word(article, PAGE, place_id(LATER))
    assert texts(article) == [("one 1961", False), ("two 1967", True)]


async def test_corrections_undone_down_to_a_correction_chosen_in_compare(article: Session) -> None:
    """It is still one: the next one replaces it, and the model's text stays."""
    await take_page_word(article, PAGE, place_id(FOUND))
    article.restore(PAGE, 2)
    compared(article, LATER)
    await take_page_word(article, PAGE, place_id(LATER))
    undo(article, PAGE)
    assert texts(article) == [("one 1961", False), ("two 1961", True)]


async def test_correction_undone_is_not_compared_anew(article: Session) -> None:
    """What is known of the text before is shown at once."""
    page = article.pages[PAGE]
    before = page.places
    await take_page_word(article, PAGE, place_id(FOUND))
    undo(article, PAGE)
    assert (page.places, list(article.checks.changed)) == (before, [])


async def test_corrections_not_of_what_is_gone_or_moved_or_read_again(article: Session) -> None:
    """Nothing happens then."""
    page = article.pages[PAGE]
    for place in ("none", place_id(MOVED)):
        await take_page_word(article, PAGE, place)
    dismiss(article, PAGE, "none")
    assert (page.markdown, page.undoable) == ("one 1961", [])
    article.begin((PAGE,), ReadRequest("LightOnOCR-2-1B"))
    await take_page_word(article, PAGE, place_id(FOUND))
    assert len(texts(article)) == 1


def test_dismissed_places_come_back(article: Session) -> None:
    """The latest first."""
    for finding in (FOUND, LATER):
        dismiss(article, PAGE, place_id(finding))
    assert article.pages[PAGE].places == (MOVED,)
    undo(article, PAGE)
    assert article.pages[PAGE].places == (LATER, MOVED)


async def typed_into(session: Session, text: str, before: str = "one 1961", at: int = 0) -> EditOutcome:
    return await edit_paragraph(session, PAGE, ParagraphEdit("7", at, before, text))


async def test_paragraph_typed_is_the_reading_by_hand(article: Session) -> None:
    """It can be taken back and done again; the model's text stays."""
    assert await typed_into(article, "two\n\nthree") == EditOutcome("7", at=0, next=2)
    assert texts(article) == [("one 1961", False), ("two\n\nthree", True)]
    assert list(article.checks.changed) == [PAGE]
    undo(article, PAGE)
    assert (article.pages[PAGE].markdown, len(texts(article))) == ("one 1961", 1)
    redo(article, PAGE)
    assert texts(article) == [("one 1961", False), ("two\n\nthree", True)]
    undo(article, PAGE)
    await typed_into(article, "four")
    redo(article, PAGE)
    assert article.pages[PAGE].markdown == "four"


async def test_paragraph_typed_as_it_was_changes_nothing(article: Session) -> None:
    """No reading is added."""
    assert await typed_into(article, "one 1961\n") == EditOutcome("7", at=0, next=1)
    assert len(texts(article)) == 1


async def test_paragraph_that_was_changed_meanwhile_is_refused(article: Session) -> None:
    """With what it reads now; where it has only moved it is changed there, and what is saved twice is saved once."""
    await typed_into(article, "before it\n\none 1961")
    refused = await typed_into(article, "mine", before="gone")
    assert (bool(refused.problem), refused.newer) == (True, "before it")
    assert (await typed_into(article, "mine")).at == 1
    assert article.pages[PAGE].markdown == "before it\n\nmine"
    assert await typed_into(article, "mine", at=1) == EditOutcome("7", at=1, next=2)


async def test_paragraph_of_a_page_that_is_read_is_refused(article: Session) -> None:
    """The page has no text to change then; a text beyond all measure is refused at any time."""
    assert (await typed_into(article, "a" * 200_000)).problem
    article.begin((PAGE,), ReadRequest("LightOnOCR-2-1B"))
    assert (await typed_into(article, "two")).problem
    assert len(texts(article)) == 1


@pytest.mark.parametrize("article", [LONG], indirect=True)
async def test_corrections_leave_the_event_loop_to_others(article: Session) -> None:
    """A long table takes a tenth of a second."""
    for change in (typed_into(article, "mine"), take_page_word(article, PAGE, place_id(FOUND))):
        before, changing = article.pages[PAGE].result, asyncio.create_task(change)
        await asyncio.sleep(0)
        assert article.pages[PAGE].result is before
        await changing
        assert article.pages[PAGE].result is not before
        undo(article, PAGE)


async def test_corrections_of_a_short_text_are_made_at_once(article: Session) -> None:
    """Whatever the visitor does next comes after them."""
    for change in (typed_into(article, "mine"), take_page_word(article, PAGE, place_id(FOUND))):
        before, changing = article.pages[PAGE].result, asyncio.create_task(change)
        await asyncio.sleep(0)
        assert article.pages[PAGE].result is not before
        await changing
        undo(article, PAGE)


@pytest.mark.parametrize("article", [LONG], indirect=True)
async def test_paragraphs_that_are_typed_at_once(article: Session) -> None:
    """Each stands in the text that the other one has made."""
    rest = article.pages[PAGE].markdown.removeprefix("one 1961")
    await typed_into(article, "a\n\nb")
    made = await asyncio.gather(typed_into(article, "A\n\nA", "a", 0), typed_into(article, "B", "b", 1))
    assert [one.problem for one in made] == ["", ""]
    assert article.pages[PAGE].markdown == f"A\n\nA\n\nB{rest}"


@pytest.mark.parametrize("article", [LONG], indirect=True)
@pytest.mark.parametrize("reading", [True, False], ids=["read", "removed"])
async def test_corrections_of_a_page_that_is_read_or_removed_meanwhile(article: Session, reading: bool) -> None:
    """The page stays as it is."""
    typing = asyncio.create_task(typed_into(article, "mine"))
    taking = asyncio.create_task(take_page_word(article, PAGE, place_id(FOUND)))
    await asyncio.sleep(0)
    if reading:
        article.begin((PAGE,), ReadRequest("LightOnOCR-2-1B"))
    else:
        article.remove(PAGE.document)
    assert (await typing).problem
    await taking
    assert len(texts(article)) == reading
