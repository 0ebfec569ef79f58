from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import pairwise

import pytest

from ocr.web.state.change_notifier import ChangeNotifier

pytestmark = pytest.mark.anyio


async def test_coalesce_many_changes_are_one_beat() -> None:
    """However much changes within an interval, a follower hears of it once, and of the last of it too."""
    changes, seen, told = ChangeNotifier(), [], 0
    async with asyncio.timeout(60), aclosing(changes.ticks(interval_s=0.02, max_silence_s=30)) as ticks:
        async for _ in ticks:
            seen.append(told)
            if told == 5000:
                break
            for _ in range(1000):
                told += 1
                changes.notify()
                await asyncio.sleep(0)
    assert seen == [0, 1000, 2000, 3000, 4000, 5000]


async def test_coalesce_first_news_does_not_wait() -> None:
    """After a pause a change is passed on at once, not at the end of an interval."""
    changes = ChangeNotifier()
    async with asyncio.timeout(60), aclosing(changes.ticks(interval_s=0.01, max_silence_s=30)) as ticks:
        await anext(ticks)
        asyncio.get_running_loop().call_later(0.05, changes.notify)
        await anext(ticks)


async def test_coalesce_bounds_the_rate() -> None:
    """Two ticks are at least an interval apart."""
    changes, clock, times = ChangeNotifier(), asyncio.get_running_loop().time, []
    async with asyncio.timeout(60), aclosing(changes.ticks(interval_s=0.1)) as ticks:
        async for _ in ticks:
            changes.notify()
            times.append(clock())
            if len(times) == 4:
                break
    assert all(after - before >= 0.09 for before, after in pairwise(times))


async def test_coalesce_silence_has_a_beat() -> None:
    """Without changes there is a tick each `max_silence_s`."""
    async with asyncio.timeout(60), aclosing(ChangeNotifier().ticks(interval_s=0.01, max_silence_s=0.05)) as ticks:
        for _ in range(3):
            await anext(ticks)


async def test_coalesce_every_follower_hears_of_it() -> None:
    """Two followers of the same changes do not take ticks from each other."""
    changes = ChangeNotifier()
    async with (
        asyncio.timeout(60),
        aclosing(changes.ticks(interval_s=0.01, max_silence_s=30)) as one,
        aclosing(changes.ticks(interval_s=0.01, max_silence_s=30)) as other,
    ):
        for _ in range(3):
            await asyncio.gather(anext(one), anext(other))
            changes.notify()
