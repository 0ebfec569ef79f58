from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.config.read_request import ReadRequest
from ocr.types import Finish, PageId
from ocr.web.state.page_state import PageState, PageStatus, Reading
from ocr.web.state.text_diff import differences
from ocr.web.views import comparison_text
from tests.web.conftest import result

LIGHT = "org/LightOnOCR-2-1B"


def kept(request: ReadRequest | None, **changed: object) -> Reading:
    return Reading(replace(result(), **changed), {}, None, request, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "rotation", "said"),
    [
        (None, 0, ""),
        (ReadRequest(LIGHT), 0, "1540 px · temperature 0.2"),
        (ReadRequest(LIGHT, longest_side=900, temperature=0.5), 90, "896 px · temperature 0.5 · rotated by 90°"),
        (
            ReadRequest("LightOnOCR-3-1B", layout=False, top_p=0.5, max_tokens=1),
            0,
            "1540 px · temperature 0.1 · top p 0.5 · at most 1 token · no layout",
        ),
        (ReadRequest("tesseract"), 0, "2200 px"),
    ],
)
def test_telling_how_it_was_asked(asked: ReadRequest | None, rotation: int, said: str) -> None:
    """All that tells one reading from another; an engine that has no temperature is given none."""
    assert comparison_text.request_summary(kept(asked, rotation=rotation)) == said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tokens": 412, "seconds": 2.1}, "412 tokens · 2.1 s"),
        ({"tokens": 1, "seconds": 0, "finish": Finish.LENGTH}, "1 token · cut off"),
        ({"tokens": 0, "seconds": 0, "raw": ""}, "blank"),
    ],
)
def test_telling_what_it_took(changed: dict[str, object], said: str) -> None:
    """Nothing is said of an end that is well, or of what nobody counted."""
    assert comparison_text.result_summary(kept(None, **changed)) == said


def test_telling_growing() -> None:
    """What has come so far, if anything has."""
    page = PageState(PageId(0, 1), PageStatus.READING)
    assert comparison_text.in_progress(page) == "Being read. Differences are marked when the reading is complete."
    page.chunks = 3
    assert (
        comparison_text.in_progress(page)
        == "Being read. 3 tokens so far. Differences are marked when the reading is complete."
    )


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("a b c", "The same, word for word"),
        ("a b d", "1 word differs · 66.6 % similar"),
        ("x y z", "3 words differ · 0.0 % similar"),
    ],
)
def test_telling_differences(second: str, said: str) -> None:
    """Never rounded up to all alike."""
    assert comparison_text.differences_summary(differences("a b c", second)) == said
