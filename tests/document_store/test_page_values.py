from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ocr.config.read_request import ReadRequest
from ocr.document_store.page_values import parse_request, parse_result, request_text, result_text
from ocr.page_words import Finding, FindingKind, PageCheck, PlacedWord, WordSource
from ocr.photo_sheets import PhotoMode, SheetCorners
from ocr.types import Finish, Try
from tests.document_store.keeping import page

RESULT = page(1, "Some *words*").result
FINDING = Finding(FindingKind.DIFFERS, "a", "b", 1, 2, ((1.5, 2.0, 3.0, 4.0),), weak=True)
FULL = replace(
    RESULT,
    finish=Finish.FAILED, error="It broke. Try again.", tries=(Try(0.2, 1540, Finish.LENGTH, 7, "broke"),),
    chosen_try=1, rotation=90, cached=True, server="http://a/v1", answered_by="other", missing_fonts=("Foo",),
    corners=SheetCorners.of([[1, 2], [900, 3], [901.5, 950], [0, 1000]]),
    words=(PlacedWord("Some", 0, 4, ((1.0, 2.0, 3.5, 4.0),), 0, 0.9),),
    check=PageCheck(WordSource.TEXT_LAYER, 9, 8, 7, 6, 5, (FINDING,), "note"),
)  # fmt: skip


@pytest.mark.parametrize("result", [RESULT, FULL, replace(FULL, check=PageCheck(None))])
def test_page_values_come_back_as_they_were(result: object) -> None:
    assert parse_result(result_text(result)) == result  # type: ignore[arg-type]


def test_page_values_hold_what_utf8_cannot() -> None:
    assert parse_result(result_text(replace(RESULT, raw="\ud800"))).raw == "?"


def test_page_values_of_an_earlier_version() -> None:
    """Fields that it did not have are as of a page that has none of them."""
    value = json.loads(result_text(RESULT))
    for later in ("blocks", "tries", "kept", "missing_fonts", "rotation", "cached", "server", "answered_by"):
        value.pop(later, None)
    assert parse_result(json.dumps(value)) == replace(RESULT, blocks=())


@pytest.mark.parametrize("text", ["[]", "{}", '{"regions": 1}', "null", "no JSON"])
def test_page_values_that_are_none(text: str) -> None:
    with pytest.raises(ValueError):
        parse_result(text)


def test_page_requests_come_back_without_secrets() -> None:
    request = ReadRequest(model="m", temperature=0.3, layout=True, rotation=90, photos=PhotoMode.OFF)
    assert parse_request(request_text(replace(request, password="p", pages="1-3"))) == request
    assert parse_request(request_text(request)).photos is PhotoMode.OFF
    assert parse_request(request_text(None)) == ReadRequest()
    with pytest.raises(ValueError):
        parse_request("[]")
    assert parse_request('{"model": "m", "of_another_version": 1}') == ReadRequest(model="m")
