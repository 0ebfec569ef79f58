"""A page goes where it begins first; near the end of a run not to a server that would end it last."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from ocr.engines.load_balancing import Turnaround, choose
from ocr.pipeline.concurrency import AdaptiveLimiter, Slot

MANY = sys.maxsize


@dataclass(eq=False)
class Server:
    """One with so many slots, that takes so many seconds for a page."""

    slots: int
    seconds: float | None
    limiter: AdaptiveLimiter = field(default_factory=AdaptiveLimiter)
    held: list[Slot] = field(default_factory=list)

    @property
    def turnaround(self) -> Turnaround:
        return Turnaround(self.seconds)

    def fill(self, waiting: int = 0) -> Server:
        """All its slots answer; so many pages more wait for one."""
        for _ in range(self.slots):
            self._take().answered()
        for _ in range(waiting):
            self._take()
        return self

    def _take(self) -> Slot:
        slot = self.limiter.try_enter()
        assert slot
        self.held.append(slot)
        return slot


def chosen(servers: list[Server], unplaced: int = MANY) -> int | None:
    """The place of the server that gets one more page."""
    found = choose(servers, unplaced)
    return servers.index(found[0]) if found else None


def test_balancing_unknown_speeds_go_by_the_queue() -> None:
    """Nothing is known of one that has ended no page: the shortest queue, then the emptiest server."""
    assert chosen([Server(4, 1.0).fill(2), Server(4, None).fill(1)]) == 1
    assert chosen([Server(4, None).fill(1), Server(2, None).fill(1)]) == 1


def test_balancing_known_speeds_go_by_the_wait() -> None:
    """Three wait at 8 pages a second, two at one: the longer queue is the shorter wait."""
    assert chosen([Server(2, 2.0).fill(2), Server(8, 1.0).fill(3)]) == 1
    assert chosen([Server(2, 2.0).fill(2), Server(8, 1.0).fill(9)]) == 1
    assert chosen([Server(2, 2.0).fill(0), Server(8, 1.0).fill(3)]) == 0, "it begins at once"


def test_balancing_free_ones_go_by_the_turnaround() -> None:
    assert chosen([Server(4, 2.0).fill(), Server(4, 0.5).fill(), Server(4, 1.0).fill()]) == 1


def test_balancing_keeps_to_each_limit() -> None:
    """A full server is passed over; where all are full, the page waits."""
    full = Server(2, 0.5, AdaptiveLimiter(2, 2)).fill()
    assert chosen([full, Server(2, 5.0).fill()]) == 1
    assert chosen([full]) is None


def test_balancing_last_pages_wait_for_the_quick() -> None:
    """One full server at 4 pages a second, and a free one that takes ten seconds for a page."""
    quick, slow = Server(4, 1.0, AdaptiveLimiter(4, 4)).fill(), Server(4, 10.0).fill()
    assert chosen([slow, quick], MANY) == 0
    assert chosen([slow, quick], 40) == 0, "those would take the quick one 11 s"
    assert chosen([slow, quick], 30) is None, "these 8.5 s"
    quick.held.pop().leave()
    assert chosen([slow, quick], 30) == 1


def test_balancing_turnaround_follows_the_newest() -> None:
    turnaround = Turnaround()
    turnaround.add(2.0)
    assert turnaround.seconds == 2.0
    for _ in range(30):
        turnaround.add(1.0)
    assert turnaround.seconds is not None
    assert 1.0 < turnaround.seconds < 1.01
