from __future__ import annotations

from ocr.web.state import login_throttle
from ocr.web.state.login_throttle import FREE_ATTEMPTS, MAX_WAIT_S, LoginThrottle, network


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_logins_each_wrong_password_costs_more_time() -> None:
    """Up to a minute, which is how long a neighbour behind the same address waits at most."""
    clock = Clock()
    throttle = LoginThrottle(clock)
    assert [throttle.begin("a") for _ in range(FREE_ATTEMPTS)] == [0.0] * FREE_ATTEMPTS
    waits = []
    for _ in range(10):
        waits.append(throttle.begin("a"))
        assert throttle.begin("a") > 0, "waiting is not over because one asks again"
        clock.now += waits[-1]
        assert throttle.begin("a") == 0.0
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == MAX_WAIT_S


def test_logins_nobody_else_waits() -> None:
    throttle = LoginThrottle(Clock())
    while not throttle.begin("203.0.113.7"):
        pass
    assert throttle.begin("203.0.113.8") == 0.0


def test_logins_a_right_password_ends_it() -> None:
    throttle = LoginThrottle(Clock())
    for _ in range(3 * FREE_ATTEMPTS):
        assert throttle.begin("a") == 0.0
        throttle.succeed("a")


def test_logins_are_forgotten_after_an_hour() -> None:
    clock = Clock()
    throttle = LoginThrottle(clock)
    while not throttle.begin("a"):
        pass
    clock.now += login_throttle.RESET_AFTER_S + 1
    assert throttle.begin("a") == 0.0


def test_logins_remember_a_bounded_number_of_addresses() -> None:
    """Whoever has very many addresses fills nobody's memory."""
    throttle = LoginThrottle(Clock())
    for number in range(login_throttle.MAX_ADDRESSES + 100):
        throttle.begin(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(throttle._attempts) == login_throttle.MAX_ADDRESSES


def test_logins_a_household_is_one() -> None:
    """IPv6 gives every household 2⁶⁴ addresses."""
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9") != network("2001:db8:1:3::1")
    assert network("::ffff:203.0.113.7") == network("203.0.113.7") == "203.0.113.7"
    assert network("testclient") == "testclient"
