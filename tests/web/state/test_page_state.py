from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.errors import StreamCut
from ocr.events import PageDone, PageFailed, PageRetried, PageStarted, RegionFound, TextArrived
from ocr.page_words import Finding, FindingKind, PageCheck, WordSource
from ocr.types import Box, Finish, PageId, PageImage, PageResult, Region
from ocr.web.state.page_state import PageState, PageStatus
from ocr.web.state.verified_text import VerifiedText, place_id

PAGE = PageId(0, 1)
IMAGE = PageImage(10, 14, b"", "image/png")
REGION = Region("text", Box(0, 0, 500, 500))
RESULT = PageResult(1, 10, 14, "whole", "raw whole", (REGION,), Finish.STOP, None, 1, 42, 1.5)


def test_reading_grows_with_its_events() -> None:
    """Text and regions add up; nothing is replaced while a page streams."""
    page = PageState(PAGE)
    for event in (
        PageStarted(PAGE, IMAGE),
        TextArrived(PAGE, "a", "A", tokens=1),
        RegionFound(PAGE, REGION),
        TextArrived(PAGE, "b", "B", tokens=16),
    ):
        page.apply(event)
    assert (page.status, page.raw, page.markdown, page.regions, page.tokens) == (
        PageStatus.READING,
        "ab",
        "AB",
        [REGION],
        17,
    )


def test_reading_result_is_final() -> None:
    """What the page shows in the end is the result, not the sum of the pieces."""
    page = PageState(PAGE)
    page.apply(TextArrived(PAGE, "piece", "piece"))
    page.apply(PageDone(PAGE, RESULT))
    assert (page.status, page.markdown, page.raw, page.tokens) == (PageStatus.DONE, "whole", "raw whole", 42)


@pytest.mark.parametrize(
    ("finish", "raw", "state"),
    [
        (Finish.STOP, "text", PageStatus.DONE),
        (Finish.STOP, " \n", PageStatus.BLANK),
        (Finish.LENGTH, "text", PageStatus.TRUNCATED),
        (Finish.REPETITION, "text", PageStatus.REPEATED),
        (Finish.CANCELLED, "text", PageStatus.CANCELLED),
        (Finish.CANCELLED, "", PageStatus.CANCELLED),
    ],
)
def test_reading_state_says_how_it_ended(finish: Finish, raw: str, state: PageStatus) -> None:
    """Each way to end is told apart; only a whole reading without text is blank."""
    page = PageState(PAGE)
    page.apply(PageDone(PAGE, replace(RESULT, finish=finish, raw=raw)))
    assert page.status is state


def test_reading_failure_keeps_text_and_reason() -> None:
    """A failed page has its error and whatever had arrived."""
    page = PageState(PAGE)
    error = StreamCut("The connection ended.", "Read it again.")
    page.apply(PageFailed(PAGE, replace(RESULT, finish=Finish.FAILED, raw="half"), error))
    assert (page.status, page.error, page.raw) == (PageStatus.FAILED, error, "half")


def test_reading_retry_forgets_the_broken_attempt() -> None:
    """A new attempt starts from nothing, and is counted; what was there stays until there is something else."""
    page = PageState(PAGE)
    page.apply(TextArrived(PAGE, "half", "half"))
    page.apply(RegionFound(PAGE, REGION))
    page.apply(PageRetried(PAGE, 2, "cut"))
    assert (page.raw, page.regions, page.tokens) == ("half", [REGION], 0)
    page.apply(TextArrived(PAGE, "new", "new"))
    assert (page.raw, page.regions, page.attempt, page.reason) == ("new", [], 2, "cut")


@pytest.mark.parametrize(("last", "shown"), [("go on", "a word, two, go on"), ("gone", "a word, two, gone")])
def test_reading_retry_takes_nothing_away_that_comes_again(last: str, shown: str) -> None:
    """While a new answer says the same, all that was there stays, region and text; then the new one is shown."""
    page = PageState(PAGE)
    for event in (
        TextArrived(PAGE, "a word, ", "A word"),
        RegionFound(PAGE, REGION),
        TextArrived(PAGE, "two, go", "x"),
    ):
        page.apply(event)
    page.apply(PageRetried(PAGE, 2, "loop"))
    again = TextArrived(PAGE, "a word, ", "A word", tokens=3), TextArrived(PAGE, "two, ", "y", tokens=2)
    for event in (again[0], RegionFound(PAGE, REGION), again[1]):
        page.apply(event)
        assert (page.raw, page.markdown, page.regions) == ("a word, two, go", "A wordx", [REGION])
    assert page.tokens == 5
    page.apply(TextArrived(PAGE, last, "z", tokens=2))
    assert (page.raw, page.markdown, page.regions, page.tokens) == (shown, "A wordyz", [REGION], 7)


def test_reading_retry_that_ends_early_is_what_is_shown() -> None:
    """An answer that stops where the one before went on."""
    page = PageState(PAGE)
    page.apply(TextArrived(PAGE, "a word and a word", "a word and a word"))
    page.apply(PageRetried(PAGE, 2, "loop"))
    page.apply(TextArrived(PAGE, "a word", "a word"))
    page.apply(PageDone(PAGE, replace(RESULT, raw="a word", markdown="a word", attempts=2)))
    assert (page.raw, page.markdown, page.retry) == ("a word", "a word", None)


@pytest.mark.parametrize("finish", [Finish.FAILED, Finish.CANCELLED])
def test_reading_again_in_vain_keeps_the_whole_reading(finish: Finish) -> None:
    """Reading a page again never costs what had been read of it."""
    page = PageState(PAGE)
    page.apply(PageDone(PAGE, RESULT))
    page.queue()
    assert (page.status, page.raw) == (PageStatus.WAITING, "raw whole")
    page.apply(PageStarted(PAGE, IMAGE))
    assert page.raw == ""
    worse = replace(RESULT, finish=finish, raw="", markdown="")
    page.apply(PageFailed(PAGE, worse, StreamCut("cut")) if finish is Finish.FAILED else PageDone(PAGE, worse))
    assert (page.status, page.markdown) == (PageStatus.DONE, "whole")


def test_reading_again_in_vain_keeps_its_figures() -> None:
    """A figure belongs to its reading: gone with a new one, back with the old one."""
    page = PageState(PAGE)
    page.figures["figures/page-1-1.png"] = Path("old.png")
    page.apply(PageDone(PAGE, RESULT))
    page.queue()
    page.apply(PageStarted(PAGE, IMAGE))
    assert page.figures == {}
    page.figures["figures/page-1-1.png"] = Path("new.png")
    page.apply(PageFailed(PAGE, replace(RESULT, finish=Finish.FAILED), StreamCut("cut")))
    assert page.figures == {"figures/page-1-1.png": Path("old.png")}


@pytest.mark.parametrize(
    ("new", "kept"), [("", "half it is"), ("half", "half it is"), ("half it is, no more", "half it is, no more")]
)
def test_reading_again_in_vain_keeps_the_longer_half(new: str, kept: str) -> None:
    """Of two readings that broke off, the one with more text stays, with its own reason."""
    page = PageState(PAGE)
    error = StreamCut("first cut")
    page.apply(PageFailed(PAGE, replace(RESULT, finish=Finish.FAILED, raw="half it is"), error))
    page.queue()
    page.apply(PageDone(PAGE, replace(RESULT, finish=Finish.CANCELLED, raw=new)))
    assert page.raw == kept
    assert (page.status, page.error) == (
        (PageStatus.FAILED, error) if kept == "half it is" else (PageStatus.CANCELLED, None)
    )


def test_reading_interrupted_refers_to_no_figure_that_is_missing() -> None:
    """What was not cut out in time is named in words."""
    page = PageState(PAGE)
    page.figures["figures/page-1-1.png"] = Path("one.png")
    page.apply(TextArrived(PAGE, "", "![one](figures/page-1-1.png) ![two](figures/page-1-2.png)"))
    page.interrupt()
    assert page.markdown == "![one](figures/page-1-1.png) [two]"


def test_reading_interrupted_is_cancelled_with_its_text() -> None:
    """A run that ends without a word leaves no page in the air."""
    page = PageState(PAGE)
    page.apply(PageStarted(PAGE, IMAGE))
    page.apply(TextArrived(PAGE, "half", "Half"))
    page.interrupt()
    assert (page.status, page.markdown) == (PageStatus.CANCELLED, "Half")
    assert page.result is not None
    assert page.result.finish is Finish.CANCELLED


def test_reading_figures_of_a_further_answer_wait_for_its_text() -> None:
    """While the first answer's text is shown its figure is too, also when the reading is interrupted then."""
    reading, name = PageState(PAGE), "figures/page-1-1.png"
    for event in (PageStarted(PAGE, IMAGE), TextArrived(PAGE, "a long first answer", f"![figure]({name})")):
        reading.apply(event)
    reading.add_figure(name, Path("first"))
    reading.apply(PageRetried(PAGE, 2, "again"))
    reading.apply(TextArrived(PAGE, "a long", "a long"))
    reading.add_figure(name, Path("second"))
    assert reading.figures == {name: Path("first")}
    interrupted = copy.deepcopy(reading)
    interrupted.interrupt()
    assert interrupted.figures == {name: Path("first")}
    reading.apply(TextArrived(PAGE, " second", " second"))
    assert reading.figures == {name: Path("second")}


def test_places_of_a_page_are_those_to_look_at() -> None:
    """Neither weak ones nor those that the visitor finds right; none once the page is read again."""
    page = PageState(PAGE)
    page.apply(PageDone(PAGE, RESULT))
    sure = [Finding(FindingKind.DIFFERS, word, "page", at, at + 4, ((1.5, 2, 3, 4),)) for at, word in enumerate("ab")]
    weak = replace(sure[0], weak=True)
    page.verified = VerifiedText((), PageCheck(WordSource.TEXT_LAYER, findings=(sure[0], weak, sure[1])))
    assert page.places == tuple(sure)
    page.dismissed.add(place_id(replace(sure[0], start=90, end=94)))
    assert page.places == (sure[1],)
    page.apply(PageStarted(PAGE, IMAGE))
    assert page.places == ()


def test_correction_that_leaves_no_text_or_is_the_only_text() -> None:
    """The text that is shown says whether the page is blank, not the model's answer; so when it is shown again."""
    page, empty = PageState(PAGE), PageState(PAGE)
    page.apply(PageDone(PAGE, RESULT))
    page.correct(replace(RESULT, markdown="", blocks=(), corrected=True))
    assert page.status is PageStatus.BLANK
    page.undo()
    assert (page.status, page.markdown) == (PageStatus.DONE, "whole")
    page.redo()
    assert page.status is PageStatus.BLANK
    empty.apply(PageDone(PAGE, replace(RESULT, markdown="", raw="")))
    empty.correct(replace(RESULT, markdown="Left out", raw="", corrected=True))
    corrected = empty.reading()
    empty.undo()
    assert empty.status is PageStatus.BLANK
    empty.restore(corrected)
    assert empty.status is PageStatus.DONE
