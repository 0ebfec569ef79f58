from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import pairwise

import pytest

from ocr.web.state.change_notifier import News

pytestmark = pytest.mark.anyio


async def test_coalesce_many_changes_are_one_beat() -> None:
    """However much changes within an interval, a follower hears of it once, and of the last of it too."""
    news, seen, told = News(), [], 0
    async with asyncio.timeout(5), aclosing(news.beats(interval=0.02, patience=30)) as beats:
        async for _ in beats:
            seen.append(told)
            if told == 5000:
                break
            for _ in range(1000):
                told += 1
                news.tell()
                await asyncio.sleep(0)
    assert seen == [0, 1000, 2000, 3000, 4000, 5000]


async def test_coalesce_first_news_does_not_wait() -> None:
    """After a pause news is passed on at once, not at the end of an interval or of the patience."""
    news = News()
    async with asyncio.timeout(5), aclosing(news.beats(interval=0.01, patience=30)) as beats:
        await anext(beats)
        asyncio.get_running_loop().call_later(0.05, news.tell)
        await anext(beats)


async def test_coalesce_bounds_the_rate() -> None:
    """Two beats are at least an interval apart."""
    news, clock, times = News(), asyncio.get_running_loop().time, []
    async with asyncio.timeout(5), aclosing(news.beats(interval=0.1)) as beats:
        async for _ in beats:
            news.tell()
            times.append(clock())
            if len(times) == 4:
                break
    assert all(after - before >= 0.09 for before, after in pairwise(times))


async def test_coalesce_silence_has_a_beat() -> None:
    """Without news there is one all the same each `patience`."""
    async with asyncio.timeout(5), aclosing(News().beats(interval=0.01, patience=0.05)) as beats:
        for _ in range(3):
            await anext(beats)


async def test_coalesce_every_follower_hears_of_it() -> None:
    """Two that follow the same news do not take it from each other."""
    news = News()
    async with (
        asyncio.timeout(5),
        aclosing(news.beats(interval=0.01, patience=30)) as one,
        aclosing(news.beats(interval=0.01, patience=30)) as other,
    ):
        for _ in range(3):
            await asyncio.gather(anext(one), anext(other))
            news.tell()
