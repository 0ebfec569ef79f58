from __future__ import annotations

from types import SimpleNamespace

import pytest

from ocr.config.profiles import Overrides
from ocr.web.actions.form import RANGES, asked, asked_again
from ocr.web.state.page_state import Wish

DEFAULTS = Overrides(temperature=0.5, headers=True)


def test_options_nothing_said_means_the_settings() -> None:
    """Empty fields, and a browser that says nothing at all, leave everything as it is set."""
    for event in (SimpleNamespace(), SimpleNamespace(pages="", model="", longest_side="", temperature=" ", top_p=None)):
        assert asked(event, DEFAULTS) == asked(None, DEFAULTS)
        assert asked(event, DEFAULTS).overrides == DEFAULTS


def test_options_are_taken_as_they_are_written() -> None:
    """Each field has its place; a decimal comma is a point."""
    event = SimpleNamespace(
        pages=" 1,3 ", model="m", layout=False, headers=False,
        longest_side="1200", temperature="0,3", top_p="1", max_tokens=" 99 ",
    )  # fmt: skip
    wish = asked(event, DEFAULTS)
    assert (wish.pages, wish.model, wish.refused) == ("1,3", "m", {})
    assert wish.overrides == Overrides(False, 1200, 0.3, 1.0, 99, False)


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
    wish = asked(SimpleNamespace(**{field: text}), DEFAULTS)
    assert wish.refused == {field: RANGES[field]}
    assert wish.overrides == DEFAULTS


def test_options_what_is_no_text_is_nothing() -> None:
    """A browser can say anything."""
    event = SimpleNamespace(pages=["1"], model={}, longest_side=5, layout="yes", headers=1)
    assert asked(event, DEFAULTS) == asked(None, DEFAULTS)


def test_options_again_say_what_is_to_change() -> None:
    """Empty fields are as before; turning adds up; another model starts from the settings."""
    before = Wish("m", Overrides(temperature=0.5, headers=True), 270)
    assert asked_again(SimpleNamespace(), before, Overrides(), 270) == (before, {})
    wish, refused = asked_again(SimpleNamespace(turn=180, longest_side="900"), before, Overrides(), 270)
    assert (wish, refused) == (Wish("m", Overrides(temperature=0.5, longest_side=900, headers=True), 90), {})
    assert asked_again(SimpleNamespace(model="n"), before, Overrides(), 270)[0] == Wish("n", Overrides(), 270)


def test_options_turning_by_hand_is_from_what_is_seen() -> None:
    """A page that was found lying, and turned wrongly, is turned from where it is; nothing turns it back."""
    before = Wish("m", Overrides(auto_rotate=True))
    wish, _ = asked_again(SimpleNamespace(turn=180), before, Overrides(), 90)
    assert wish == Wish("m", Overrides(auto_rotate=False), 270)
    assert asked_again(SimpleNamespace(temperature="0.5"), before, Overrides(), 90)[0].overrides.auto_rotate


@pytest.mark.parametrize("turn", [None, 45, "90", [90], True])
def test_options_again_turn_nonsense_is_none(turn: object) -> None:
    """What a browser says is anything at all."""
    assert asked_again(SimpleNamespace(turn=turn), Wish("m"), Overrides(), 90)[0] == Wish("m")
