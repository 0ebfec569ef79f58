from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest

from ocr.config.settings import Settings
from ocr.web.state import visitors
from ocr.web.state.visitor_limits import NEW_TABS_WINDOW_S, PRIVATE, PUBLIC, limits_of
from ocr.web.state.visitors import LimitReached, Visitors


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("what", ["requests", "uploads", "reads"])
def test_visitors_take_so_much_and_no_more(what: str) -> None:
    """What ends makes room; another address has its own; nothing is remembered of whoever has ended."""
    accounts = Visitors(replace(PUBLIC, connections=2, uploads=2, reads=2))
    tally = getattr(accounts, what)
    with ExitStack() as under_way:
        for _ in range(2):
            under_way.enter_context(tally.counted("203.0.113.1"))
        with pytest.raises(LimitReached) as caught, tally.counted("203.0.113.1"):
            pass
        assert caught.value.next_step
        with tally.counted("203.0.113.2"):
            pass
    with tally.counted("203.0.113.1"):
        pass
    assert not tally._counts


def test_visitors_new_tabs_of_an_address_are_counted_for_five_minutes() -> None:
    clock = Clock()
    accounts = Visitors(replace(PUBLIC, new_tabs=3), clock)
    assert [accounts.may_open_tab("a") for _ in range(5)] == [True] * 3 + [False] * 2
    assert accounts.may_open_tab("b")
    clock.now += NEW_TABS_WINDOW_S + 1
    assert accounts.may_open_tab("a")


def test_visitors_remember_a_bounded_number_of_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors, "MAX_ADDRESSES", 10)
    accounts = Visitors(PUBLIC, Clock())
    for number in range(50):
        accounts.may_open_tab(f"10.0.0.{number}")
    assert len(accounts._tabs) == 10


def test_visitors_limits_are_strict_for_strangers_alone() -> None:
    assert limits_of(Settings()) == PRIVATE
    assert limits_of(Settings(host="0.0.0.0")) == PUBLIC
    assert limits_of(Settings(host="0.0.0.0", max_pages=9_000)).pages == 18_000
    for name in PUBLIC.__slots__:
        assert getattr(PUBLIC, name) < getattr(PRIVATE, name)
