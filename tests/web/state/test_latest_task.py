"""What becomes of work in whose place newer work has come."""

from __future__ import annotations

import asyncio

import pytest

from ocr.web.state.latest_task import LatestTask

pytestmark = pytest.mark.anyio


async def after(event: asyncio.Event, value: str) -> str:
    await event.wait()
    return value


async def test_latest_task_has_the_only_result() -> None:
    """The older one ends without any."""
    latest, go = LatestTask[str](), asyncio.Event()
    older, newer = (asyncio.create_task(latest.run(after(go, name))) for name in ("older", "newer"))
    assert await older is None
    go.set()
    assert await newer == "newer"
    assert await latest.run(after(go, "next")) == "next"


async def test_latest_task_is_stopped() -> None:
    """Before it has begun, while it works, or where there is none."""
    latest, never = LatestTask[str](), asyncio.Event()
    latest.stop()
    working = asyncio.create_task(latest.run(after(never, "")))
    await asyncio.sleep(0)
    latest.stop()
    assert await working is None


async def test_latest_task_ends_with_the_one_who_waits_for_it() -> None:
    """As where the visitor's tab was closed; its errors are theirs."""
    latest, ended = LatestTask[str](), asyncio.Event()

    async def work() -> str:
        try:
            return await after(asyncio.Event(), "")
        finally:
            ended.set()

    async def fail() -> str:
        raise MemoryError

    waiting = asyncio.create_task(latest.run(work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    async with asyncio.timeout(60):
        await ended.wait()
    with pytest.raises(MemoryError):
        await latest.run(fail())
