"""An estimate of how much longer a run will take, from the pages that have ended and those under way."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

MIN_ENDED = 8
"""Pages that have to end before anything is said, where more than four times as many are under way at once."""
SAMPLE = 32
"""Latest pages that are averaged; where more are under way at once, twice as many as these."""
OUTLIER = 3.0
"""A page that takes so many times the median counts no more than that: it delays one place, not the run."""
MIN_SMOOTHING_S, MAX_SMOOTHING_S = 4.0, 30.0
"""Bounds of the time in which the shown end goes most of the way to a new estimate: a tenth of what is left."""


def seconds_left(durations_s: Sequence[float], running: Sequence[float], waiting: int) -> float | None:
    """How long the rest of a run takes, if a page goes on taking what the latest have; None before enough have ended.

    Each page under way has a place at the server, and each place that gets free takes a waiting page. Counting ended
    pages instead would be wrong by the number of places until the first of them have ended.

    Args:
        durations_s: seconds from each page's start to its end, in the order of their ends, without cached pages.
        running: seconds since each page under way began.
        waiting: pages that have not begun.
    """
    if len(durations_s) < min(MIN_ENDED, max(1, len(running) // 4)):
        return None
    each = _typical_duration_s(durations_s, running)
    places = sorted(max(each - so_far, each / 8) for so_far in running) or [0.0]
    rounds, extra = divmod(waiting, len(places))
    last = places[-1] + rounds * each
    return max(last, places[extra - 1] + (rounds + 1) * each) if extra else last


def _typical_duration_s(durations_s: Sequence[float], running: Sequence[float]) -> float:
    """Seconds of a page: the mean of the latest, and of those under way that have already taken longer than that."""
    latest = durations_s[-max(SAMPLE, 2 * len(running)) :]
    most = OUTLIER * median(latest) if len(latest) >= MIN_ENDED else math.inf
    ended = [min(seconds, most) for seconds in latest]
    mean = fmean(ended)
    return fmean([*ended, *(min(seconds, most) for seconds in running if seconds > mean)])


@dataclass(slots=True)
class Countdown:
    """The time left as it is shown: the end of the run moves smoothly from one estimate to the next."""

    _end: float | None = None
    _seen: float = 0.0

    def left(self, now: float, estimate: float) -> float:
        """Seconds to show at `now`, a time of the monotonic clock."""
        if self._end is None:
            self._end = now + estimate
        else:
            smoothing = min(max((self._end - now) / 10, MIN_SMOOTHING_S), MAX_SMOOTHING_S)
            self._end += (1 - math.exp((self._seen - now) / smoothing)) * (now + estimate - self._end)
        self._seen = now
        return max(0.0, self._end - now)
