from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.config.read_request import ReadRequest
from ocr.errors import StreamCut
from ocr.events import PageDone, PageFailed
from ocr.types import Finish, PageId
from ocr.web.state.page_state import PageState
from ocr.web.views.retry_suggestions import suggest_retry
from tests.web.conftest import result

PAGE = PageId(0, 2)
FIRST = ReadRequest("LightOnOCR-2-1B")
LARGER = replace(FIRST, longest_side=2296)
SMALLER = replace(FIRST, longest_side=1148)


def ended(finish: Finish, request: ReadRequest = FIRST, *, raw: str = "raw", attempts: int = 1) -> PageState:
    page = PageState(PAGE)
    page.queue(request)
    page.apply(PageDone(PAGE, replace(result(finish), raw=raw, attempts=attempts)))
    return page


@pytest.mark.parametrize(
    ("page", "label", "asked"),
    [
        (PageState(PAGE), "Read this page", FIRST),
        (ended(Finish.CANCELLED), "Read from the start", FIRST),
        (ended(Finish.REPETITION), "Read page again at 1148 px", SMALLER),
        (ended(Finish.LENGTH), "Read page again at 1148 px", SMALLER),
        (
            ended(Finish.LENGTH, replace(FIRST, max_tokens=9, rotation=90)),
            "Read page again without the token limit",
            replace(FIRST, rotation=90),
        ),
        (ended(Finish.STOP, raw=" "), "Read page again at 2296 px", LARGER),
    ],
    ids=["waiting", "stopped", "repeated", "cut off", "limited", "blank"],
)  # fmt: skip
def test_retry_suggestions_fit_what_went_wrong(page: PageState, label: str, asked: ReadRequest) -> None:
    """Each state has the one that helps most often; how the page was asked for holds otherwise."""
    offered = suggest_retry(page, FIRST)
    assert offered is not None
    assert (offered.label, offered.request) == (label, asked)


def test_retry_suggestions_failed_page_is_asked_for_again() -> None:
    """As it was asked for before."""
    page = PageState(PAGE)
    page.apply(PageFailed(PAGE, result(Finish.FAILED), StreamCut("cut")))
    offered = suggest_retry(page, FIRST)
    assert offered is not None
    assert (offered.label, offered.request) == ("Read page again", FIRST)


def test_retry_suggestions_have_an_end() -> None:
    """A page that is small or large already is asked for as it was; a good page needs none, asked twice or not."""
    small, large = ReadRequest("m", longest_side=700), ReadRequest("m", longest_side=5000)
    for page in (ended(Finish.REPETITION, small), ended(Finish.STOP, large, raw="")):
        offered = suggest_retry(page, FIRST)
        assert offered is not None
        assert (offered.label, offered.request) == ("Read page again", page.request)
    for attempts in (1, 2):
        assert suggest_retry(ended(Finish.STOP, attempts=attempts), FIRST) is None


def test_retry_suggestions_cpu_engine_has_no_temperature() -> None:
    """What it does not heed is not offered."""
    request = ReadRequest("tesseract-eng")
    offered = suggest_retry(ended(Finish.REPETITION, request), request)
    assert offered is not None
    assert offered.label == "Read page again"


@pytest.mark.parametrize("finish", [Finish.STOP, Finish.REPETITION])
def test_retry_suggestions_name_the_better_model(finish: Finish) -> None:
    """A page that Tesseract has read can be read by LightOnOCR as soon as that is there, turned as it was."""
    tesseract = ReadRequest("tesseract-eng", rotation=90)
    offered = suggest_retry(ended(finish, tesseract), FIRST)
    assert offered is not None
    assert offered.request == replace(FIRST, rotation=90)
    assert "LightOnOCR-2-1B" in offered.label
    assert suggest_retry(ended(Finish.STOP, tesseract), tesseract) is None
    assert suggest_retry(ended(Finish.STOP, FIRST), tesseract) is None
