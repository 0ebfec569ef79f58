from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import pairwise

import pytest

from ocr.errors import StreamCut
from ocr.ui.coalesce import batches

pytestmark = pytest.mark.anyio


async def counting(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number
        await asyncio.sleep(0)


async def test_coalesce_loses_nothing_and_keeps_order() -> None:
    """Every item comes out once, in order, in far fewer batches than items."""
    got = [batch async for batch in batches(counting(5000), interval=0.02)]
    assert [item for batch in got for item in batch] == list(range(5000))
    assert len(got) < 500


async def test_coalesce_first_item_does_not_wait() -> None:
    """After a pause an item is given at once, not at the end of an interval."""

    async def one() -> AsyncIterator[int]:
        yield 1
        await asyncio.Event().wait()

    async with aclosing(batches(one(), interval=30, patience=30)) as updates:
        assert await asyncio.wait_for(anext(updates), 1) == [1]


async def test_coalesce_bounds_the_rate() -> None:
    """Two batches are at least an interval apart."""
    clock = asyncio.get_running_loop().time

    async def steady() -> AsyncIterator[int]:
        for number in range(60):
            yield number
            await asyncio.sleep(0.005)

    times = [clock() async for _ in batches(steady(), interval=0.1)]
    apart = [later - earlier for earlier, later in pairwise(times[:-1])]
    assert len(times) >= 3
    assert min(apart) > 0.09


async def test_coalesce_silence_gives_empty_batches() -> None:
    """While nothing comes, an empty batch says so: only a yield finds out that the tab is closed."""

    async def silent() -> AsyncIterator[int]:
        await asyncio.Event().wait()
        yield 0

    async with aclosing(batches(silent(), patience=0.01)) as updates:
        assert [await anext(updates), await anext(updates)] == [[], []]


async def test_coalesce_closing_closes_the_source() -> None:
    """Whoever stops listening ends the work behind it, before the close returns."""
    closed = False

    async def source() -> AsyncIterator[int]:
        nonlocal closed
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            closed = True

    async with aclosing(batches(source())) as updates:
        await anext(updates)
    assert closed


async def test_coalesce_error_comes_after_what_preceded_it() -> None:
    """The items before an error are not lost to it."""

    async def source() -> AsyncIterator[int]:
        yield 1
        yield 2
        raise StreamCut("cut")

    got: list[int] = []
    with pytest.raises(StreamCut):
        async for batch in batches(source()):
            got += batch
    assert got == [1, 2]
