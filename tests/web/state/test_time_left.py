"""The time left, against runs whose end is known: replayed second by second as the screen would have shown it."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import pytest

from ocr.web.state.time_left import Countdown, seconds_left

Run = list[tuple[float, float]]
"""When each page began and ended, in seconds of the run."""
RECORDED = (
    1.7, 4.0, 4.7, 1.4, 1.7, 3.2, 3.1, 3.6, 0.8, 3.4, 0.7, 3.6, 2.6, 3.1, 1.0, 0.8,
    3.7, 3.9, 3.4, 3.4, 2.7, 0.8, 0.9, 0.8, 5.2, 3.7, 2.9
)  # fmt: skip
"""Seconds of each page, as the CPU engine read forms, letters and an article on two busy cores, two at a time."""


def scheduled(durations: Sequence[float], places: int) -> Run:
    """Pages of these durations in turn, each as soon as one of the places is free."""
    free = [0.0] * places
    run = []
    for seconds in durations:
        began = heapq.heappop(free)
        heapq.heappush(free, began + seconds)
        run.append((began, began + seconds))
    return run


def gpu(pages: int, places: int, seed: int) -> Run:
    """Pages as a busy GPU reads them: some three times as long as others, all places taken at the first moment."""
    dice = random.Random(seed)
    return scheduled([min(dice.lognormvariate(2.5, 0.35), 40) for _ in range(pages)], places)


RUNS = {
    "recorded": scheduled(RECORDED, 2),
    "one at a time": gpu(40, 1, 1),
    "16 at once": gpu(400, 16, 2),
    "64 at once": gpu(2000, 64, 3),
    "few more than fit": gpu(40, 16, 4),
    "one page takes minutes": scheduled([5.0] * 10 + [150.0] + [5.0] * 200, 4),
    "short pages first": scheduled([2.0] * 60 + [6.0] * 240, 8),
}


def replay(
    run: Run, left: Callable[[float, Sequence[float], Sequence[float], int], float | None]
) -> Iterator[tuple[float, float]]:
    """Each second with a time left to show: how far the run is, from 0 to 1, and what is shown by what is right."""
    end = max(ended for _, ended in run)
    for second in range(1, int(end)):
        took = [ended - began for began, ended in sorted(run, key=lambda page: page[1]) if ended <= second]
        running = [second - began for began, ended in run if began <= second < ended]
        shown = left(second, took, running, sum(began > second for began, _ in run))
        if shown is not None:
            yield second / end, shown


def smooth(countdown: Countdown) -> Callable[[float, Sequence[float], Sequence[float], int], float | None]:
    def left(now: float, took: Sequence[float], running: Sequence[float], waiting: int) -> float | None:
        estimate = seconds_left(took, running, waiting)
        return None if estimate is None else countdown.left(now, estimate)

    return left


@pytest.mark.parametrize("name", RUNS)
def test_estimate_comes_true(name: str) -> None:
    """From a fifth of a run on, the end that is shown is wrong by no more than a quarter of the whole run."""
    run = RUNS[name]
    end = max(ended for _, ended in run)
    wrong = [abs(done * end + shown - end) / end for done, shown in replay(run, smooth(Countdown())) if done > 0.2]
    assert wrong and max(wrong) < 0.25


@pytest.mark.parametrize("name", RUNS)
def test_estimate_does_not_jump(name: str) -> None:
    """From one second to the next the end that is shown moves by no more than an eighth of what is left."""
    shown = [left for _, left in replay(RUNS[name], smooth(Countdown()))]
    jumps = [abs(later + 1 - before) / max(before, 24) for before, later in pairwise(shown)]
    assert max(jumps) < 1 / 8


def test_estimate_knows_the_places() -> None:
    """Of 160 pages, 16 at a time and 10 s each, four have just ended: that is 95 seconds more, not 390."""
    left = seconds_left([10.0] * 4, [10.0] * 12 + [0.0] * 4, 140)
    assert left is not None and 80 < left < 100
    assert seconds_left([10.0] * 16, [0.0] * 16, 128) == pytest.approx(90.0)


def test_estimate_waits_for_enough() -> None:
    """One short page of many says nothing of the others; the only place's first page does."""
    assert seconds_left([], [3.0], 5) is None
    assert seconds_left([0.2], [0.2] * 15, 100) is None
    assert seconds_left([4.0], [], 5) == pytest.approx(20.0)


def test_estimate_goes_on_while_a_page_lasts() -> None:
    """A last page that takes longer than all others still has something left."""
    assert (seconds_left([4.0] * 9, [30.0], 0) or 0) > 0


def test_countdown_is_the_same_however_often_it_is_asked() -> None:
    one, often = Countdown(), Countdown()
    for countdown, looks in ((one, 1), (often, 50)):
        countdown.left(0.0, 100.0)
        for look in range(1, looks + 1):
            left = countdown.left(10.0 * look / looks, 300.0 - 10.0 * look / looks)
        assert left == pytest.approx(290 - 200 * 2.718**-1, rel=0.2)
