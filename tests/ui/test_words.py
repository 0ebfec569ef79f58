from __future__ import annotations

import pytest

from ocr.page import PageDone, PageId
from ocr.server import Server
from ocr.ui import words
from ocr.ui.reading import State
from ocr.ui.session import Session
from tests.ui.conftest import LIGHTON, result

PAGE = PageId(0, 2)


@pytest.mark.parametrize("state", list(State))
def test_words_cover_every_state(article: Session, state: State) -> None:
    """Every state has a name; all that are not plain sailing say what they mean."""
    page = article.pages[PAGE]
    page.state = state
    assert words.STATES[state]
    calm = {State.DONE, State.READING, State.FAILED}  # a failed page says its own error
    assert bool(words.note(page)) is (state not in calm)


@pytest.mark.parametrize(
    ("done", "action"), [((), "Read"), ((1,), "Read the rest"), ((1, 2, 3), "Read again")], ids=str
)
def test_words_action_says_what_would_be_read(article: Session, done: tuple[int, ...], action: str) -> None:
    """The button says whether pages are left."""
    for number in done:
        article.pages[PageId(0, number)].apply(PageDone(PageId(0, number), result()))
    assert words.action(article) == action


def test_words_engine_names_the_host_and_keeps_its_credentials() -> None:
    """A server's address is shown without what might be secret in it."""
    assert words.engine(LIGHTON) == ("gpu.example:8000", "")
    assert words.engine(Server("http://127.0.0.1:1", True, "Not LightOnOCR.", 2)) == (
        "CPU engine (Tesseract)", "Not LightOnOCR.",
    )  # fmt: skip


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (59.9, "59 s"), (125, "2 min 05 s")])
def test_words_duration(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text
