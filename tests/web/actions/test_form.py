from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ocr.config.read_request import ReadRequest
from ocr.web.actions.form import RANGES, parse_form, parse_ranges, parse_reread

DEFAULTS = ReadRequest("set", temperature=0.5, headers=True)


def test_options_nothing_said_means_the_settings() -> None:
    """Empty fields, and a browser that says nothing at all, leave everything as it is set."""
    empty = SimpleNamespace(pages="", model="", longest_side="", temperature=" ", top_p=None)
    for event in (None, SimpleNamespace(), empty):
        assert parse_form(event, DEFAULTS) == (DEFAULTS, {})


def test_options_are_taken_as_they_are_written() -> None:
    """Each field has its place; a decimal comma is a point."""
    event = SimpleNamespace(
        pages=" 1,3 ", model="m", layout=False, headers=False,
        longest_side="1200", temperature="0,3", top_p="1", max_tokens=" 99 ",
    )  # fmt: skip
    expected = ReadRequest(
        "m", "1,3", layout=False, longest_side=1200, temperature=0.3, top_p=1.0, max_tokens=99, headers=False
    )
    assert parse_form(event, DEFAULTS) == (expected, {})


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("longest_side", "many"), ("longest_side", "0"), ("longest_side", "-5"), ("longest_side", "1,540"),
        ("longest_side", "15.5"), ("longest_side", "9" * 400), ("temperature", "2.1"), ("temperature", "-0.1"),
        ("temperature", "nan"), ("temperature", "inf"), ("top_p", "1.01"), ("top_p", "x"), ("max_tokens", "0"),
    ],
)  # fmt: skip
def test_options_nonsense_is_refused_at_its_field(field: str, text: str) -> None:
    """What makes no sense is said to be so where it stands, with what would; the rest is not touched."""
    assert parse_form(SimpleNamespace(**{field: text}), DEFAULTS) == (DEFAULTS, {field: RANGES[field]})


def test_options_what_is_no_text_is_nothing() -> None:
    """A browser can say anything."""
    event = SimpleNamespace(pages=["1"], model={}, longest_side=5, layout="yes", headers=1)
    assert parse_form(event, DEFAULTS) == (DEFAULTS, {})


def test_options_ranges_of_documents() -> None:
    """By the documents' keys; what is no range of a document is nothing."""
    assert parse_ranges(SimpleNamespace(ranges=[[0, "1-3,5"], [2, "7"]])) == {0: "1-3,5", 2: "7"}
    for given in (None, "1-3", {"0": "1"}, [[0]], [["0", "1"]], [[0, 1]], [0, "1"]):
        assert parse_ranges(SimpleNamespace(ranges=given)) == {}
    assert parse_ranges(None) == {}


def test_options_again_say_what_is_to_change() -> None:
    """Empty fields are as before; turning adds up; another model starts from the settings."""
    before, settings = ReadRequest("m", temperature=0.5, headers=True, rotation=270), ReadRequest("set")
    assert parse_reread(SimpleNamespace(), before, settings, 270) == (before, {})
    assert parse_reread(SimpleNamespace(model="m"), before, settings, 270) == (before, {})
    request, refused = parse_reread(SimpleNamespace(turn=180, longest_side="900"), before, settings, 270)
    assert (request, refused) == (replace(before, longest_side=900, rotation=90), {})
    other, _ = parse_reread(SimpleNamespace(model="n"), before, settings, 270)
    assert other == ReadRequest("n", rotation=270)


def test_options_turning_by_hand_is_from_what_is_seen() -> None:
    """A page that was found lying, and turned wrongly, is turned from where it is; nothing turns it back."""
    before = ReadRequest("m", auto_rotate=True)
    request, _ = parse_reread(SimpleNamespace(turn=180), before, ReadRequest(), 90)
    assert request == ReadRequest("m", auto_rotate=False, rotation=270)
    assert parse_reread(SimpleNamespace(temperature="0.5"), before, ReadRequest(), 90)[0].auto_rotate


@pytest.mark.parametrize("turn", [None, 0, 45, "90", [90], True])
def test_options_again_turn_nonsense_is_none(turn: object) -> None:
    """What a browser says is anything at all."""
    assert parse_reread(SimpleNamespace(turn=turn), ReadRequest("m"), ReadRequest(), 90)[0] == ReadRequest("m")
