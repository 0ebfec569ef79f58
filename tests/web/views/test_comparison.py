from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ocr.config.profiles import Model
from ocr.config.read_request import ReadRequest
from ocr.errors import StreamCut, Unreachable
from ocr.events import PageDone, PageFailed, PageStarted, TextArrived
from ocr.types import Finish, PageId, PageImage
from ocr.web.locale.translation import Language, translations
from ocr.web.state.corrections import edit_paragraph
from ocr.web.state.edited_text import ParagraphEdit
from ocr.web.state.session import Session
from ocr.web.state.text_diff import BOTH, FIRST, SECOND
from ocr.web.views.comparison import CLOSED, compare, offers
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.model_choices import choices
from ocr.web.views.screen import screen
from tests.web.conftest import LIGHTON, result

ENGINE = EngineStatus(LIGHTON, public=False)
PAGE = PageId(0, 2)
FIRST_REQUEST = ReadRequest("org/LightOnOCR-2-1B")
TWO = (Model("org/LightOnOCR-2-1B"), Model("org/LightOnOCR-3-1B"))


@pytest.fixture
def desk(article: Session) -> Session:
    """The article, its second page on the desk, and somebody who looks at the comparison."""
    article.shown = PAGE
    article.history.open = True
    article.models = TWO
    article.choices = choices(TWO, ReadRequest())
    return article


def read(session: Session, text: str, request: ReadRequest = FIRST_REQUEST) -> None:
    run = session.begin((PAGE,), request)
    session.apply(PageStarted(PAGE, PageImage(10, 14, b"", "image/png")))
    session.apply(PageDone(PAGE, replace(result(), raw=text, markdown=text, rotation=request.rotation)))
    session.end(run)


def value(session: Session) -> dict[str, object]:
    return compare(session, session.pages[PAGE], ENGINE)


def test_compare_sends_nothing_while_nobody_looks(desk: Session) -> None:
    """However much there is to compare."""
    read(desk, "one")
    read(desk, "two")
    desk.history.open = False
    assert screen(desk, ENGINE).compare == CLOSED
    assert compare(desk, None, ENGINE) == CLOSED
    assert len(json.dumps(CLOSED)) < 200


def test_compare_makes_the_rows_once(desk: Session) -> None:
    """However long the texts are, an update takes no time for them: it sends the string that is there."""
    read(desk, "one two")
    read(desk, "one three")
    (first,), (second,) = (translations(value(desk), Language.FRENCH) for _ in range(2))
    assert first["rows"] is second["rows"]


def test_compare_two_readings_with_how_each_was_asked(desk: Session) -> None:
    """What was there before is A, the new one is B: their words, their settings, what they took."""
    read(desk, "The modem")
    read(desk, "The modern", ReadRequest("org/LightOnOCR-3-1B", temperature=0.5, longest_side=900, rotation=90))
    shown = value(desk)
    assert json.loads(json.dumps(shown)) == shown
    assert (shown["a"], shown["b"], shown["own"]) == (1, 2, 2)
    assert json.loads(str(shown["rows"])) == [
        [False, [[BOTH, "The ", ""], [FIRST, "modem", ""], [SECOND, "modern", ""]]]
    ]
    assert shown["said"] == "1 word differs · 50.0 % similar"
    assert shown["readings"] == [
        {
            "number": 1,
            "name": "LightOnOCR-2-1B",
            "how": "1540 px · temperature 0.2",
            "took": "42 tokens · 1.5 s",
        },
        {
            "number": 2,
            "name": "LightOnOCR-3-1B",
            "how": "896 px · temperature 0.5 · rotated by 90°",
            "took": "42 tokens · 1.5 s",
        },
    ]


def test_compare_is_made_once_for_two_readings(desk: Session) -> None:
    """Not again at each update of the screen; again when another pair is looked at."""
    for text in ("one", "two", "three"):
        read(desk, text)
    readings = desk.history.of(PAGE).readings
    found = desk.history.comparison(readings[2], readings[3])
    assert desk.history.comparison(readings[2], readings[3]) is found
    assert desk.history.comparison(readings[1], readings[3]) is not found


def test_compare_shows_the_new_reading_grow(desk: Session) -> None:
    """Beside the page's own, which stays; when it waits that is said, and nothing is offered meanwhile."""
    read(desk, "one")
    run = desk.begin((PageId(0, 1), PAGE), ReadRequest("m"))
    waiting = value(desk)
    assert (waiting["state"], waiting["said"], waiting["first"], waiting["text"]) == (
        "waiting",
        "It is next.",
        "one",
        "",
    )
    run.remaining.remove(PAGE)
    desk.apply(PageStarted(PAGE, PageImage(10, 14, b"", "image/png")))
    desk.apply(TextArrived(PAGE, "t", "tw", tokens=1))
    growing = value(desk)
    assert (growing["a"], growing["b"], growing["state"], growing["text"]) == (1, 0, "reading", "tw")
    assert (growing["act"], growing["offers"], growing["rows"]) == ("", [], "[]")
    assert "1 token so far" in str(growing["said"])
    desk.apply(PageFailed(PAGE, replace(result(Finish.FAILED), raw="tw", markdown="tw"), StreamCut("cut")))
    desk.end(run)
    failed = value(desk)
    assert (failed["a"], failed["b"], failed["own"]) == (1, 2, 1)


def test_compare_after_a_reading_that_was_stopped_without_a_word(desk: Session) -> None:
    """There is still but one to look at, and other ways are offered as before."""
    read(desk, "one")
    desk.end(desk.begin((PAGE,), ReadRequest("m")))
    shown = value(desk)
    assert (shown["a"], shown["b"], shown["rows"]) == (1, 0, "[]")


def test_compare_with_one_reading_offers_other_ways(desk: Session) -> None:
    """Another model, other pixels, warmer: one press each; nothing where there is no server."""
    assert (value(desk)["a"], value(desk)["offers"]) == (0, [])
    read(desk, "one")
    shown = value(desk)
    assert (shown["a"], shown["b"], shown["act"]) == (1, 0, "read")
    assert shown["offers"] == [
        {"label": "Read with LightOnOCR-3-1B", "model": "org/LightOnOCR-3-1B"},
        {"label": "Read at 1148 px", "longest_side": "1148"},
        {"label": "Read at temperature 0.5", "temperature": "0.5"},
    ]
    desk.server_problem = Unreachable("Nothing answers.", "Start it.")
    assert (value(desk)["act"], value(desk)["offers"]) == ("", [])


@pytest.mark.parametrize(
    ("asked", "labels"),
    [
        (ReadRequest("tesseract-eng"), ["Read at 3300 px"]),
        (ReadRequest("tesseract-eng", longest_side=4096), []),
        (
            ReadRequest("org/LightOnOCR-2-1B", longest_side=800, temperature=0.7),
            ["Read at 1176 px", "Read at temperature 0.2"],
        ),
    ],
)
def test_compare_offers_what_changes_something(article: Session, asked: ReadRequest, labels: list[str]) -> None:
    """The CPU engine takes more pixels and no temperature; a model takes no more pixels than it was made for."""
    read(article, "one", asked)
    assert [offer["label"] for offer in offers(article, article.pages[PAGE])] == labels


@pytest.mark.anyio
async def test_compare_draws_a_reading_anew_that_was_corrected_again(desk: Session) -> None:
    """Its number stays; it says that somebody has changed it, and after which model."""
    read(desk, "one")
    keys = []
    for before, text in (("one", "two"), ("two", "three")):
        await edit_paragraph(desk, PAGE, ParagraphEdit("7", 0, before, text))
        keys.append(value(desk)["key"])
    assert keys[0] != keys[1]
    names = [one["name"] for one in value(desk)["readings"]]  # type: ignore[attr-defined]
    assert names == ["LightOnOCR-2-1B", "by hand, after LightOnOCR-2-1B"]
