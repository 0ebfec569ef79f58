"""Choose the server for the next page: the one that can start it first, unless a faster one finishes it earlier."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ocr.pipeline.concurrency import AdaptiveLimiter, Slot

SMOOTHING_FACTOR = 0.2
"""Weight of the newest page in the moving average of a server's turnaround."""


@dataclass(slots=True)
class Turnaround:
    """How long a server takes for a page, from the request to the end of the answer; a moving average."""

    seconds: float | None = None
    """None before it has ended a page."""

    def add(self, seconds: float) -> None:
        """One more page has ended."""
        known = seconds if self.seconds is None else self.seconds
        self.seconds = known + SMOOTHING_FACTOR * (seconds - known)


class Target(Protocol):
    """A server that a page may be sent to."""

    @property
    def limiter(self) -> AdaptiveLimiter:
        """Its own limiter."""

    @property
    def turnaround(self) -> Turnaround:
        """How long it takes for a page."""


T = TypeVar("T", bound=Target)


def choose(targets: Sequence[T], unplaced: float) -> tuple[T, Slot] | None:
    """A server and a place there for one page; None while there is no room, or where waiting is quicker.

    Servers are tried in the order in which they would begin the page. Near the end of a run a slow server is passed
    over where the faster ones would end all that is left before it has ended this page.

    Args:
        targets: the servers that are there and have the page's model.
        unplaced: pages that no server has been asked for yet, this one included; very many where that is not known.
    """
    for target in sorted(targets, key=_wait_s if all(map(_pages_per_s, targets)) else _busyness):
        if not _would_finish_last(target, targets, unplaced) and (slot := target.limiter.try_enter()):
            return target, slot
    return None


def _pages_per_s(target: Target) -> float:
    """Pages a second when all its slots are in use, by Little's law; 0 while that is not known."""
    seconds = target.turnaround.seconds
    return target.limiter.most_answered / seconds if seconds else 0.0


def _busyness(target: Target) -> tuple[float, float]:
    """How busy it is, where the speed of some server is not known."""
    return target.limiter.busy


def _wait_s(target: Target) -> tuple[float, float]:
    """Seconds until it begins one more page, then those that it takes for it."""
    return target.limiter.busy[0] / _pages_per_s(target), target.turnaround.seconds or 0.0


def _would_finish_last(target: Target, targets: Sequence[Target], unplaced: float) -> bool:
    """Whether the faster servers alone would end all that is left before this one has ended the page."""
    seconds = target.turnaround.seconds
    if seconds is None:
        return False
    faster = [one for one in targets if one.turnaround.seconds and one.turnaround.seconds < seconds]
    speed = sum(map(_pages_per_s, faster))
    return speed > 0 and (unplaced + sum(one.limiter.most_answered for one in faster)) / speed < seconds
