"""Fingers on the screen, as the browser hears of them from the system."""

from __future__ import annotations

import time
from itertools import pairwise

from playwright.async_api import CDPSession, Page

STEPS = 6
STEP_S = 0.016
"""Between two places of a finger, by the events' own clock: on a busy machine they arrive later."""

Point = tuple[float, float]


async def finger(page: Page, *places: Point, held_s: float = 0) -> None:
    """One finger comes down at the first place, after a while moves over the others, and goes."""
    touch = await page.context.new_cdp_session(page)
    at = time.time()
    await _send(touch, "touchStart", at, places[0])
    at += held_s
    for (left, top), (right, bottom) in pairwise(places):
        for step in range(1, STEPS + 1):
            at += STEP_S
            share = step / STEPS
            await _send(touch, "touchMove", at, (left + share * (right - left), top + share * (bottom - top)))
    await _send(touch, "touchEnd", at + STEP_S)
    await touch.detach()


async def _send(touch: CDPSession, kind: str, at: float, *places: Point) -> None:
    points = [{"x": x, "y": y, "id": 0} for x, y in places]
    await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points, "timestamp": at})
