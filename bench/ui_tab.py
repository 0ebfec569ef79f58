"""A screen in its own process, a tab of Chromium with it, and the counters of both."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from playwright.async_api import Browser, CDPSession, Page

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Load:
    """What is measured."""

    name: str
    pages: int
    size: int
    """Characters of a page's text."""
    pace: float
    """Tokens a second of each page."""
    at_once: int = 8
    """Pages in flight."""


@dataclass(frozen=True)
class Look:
    """Where a screen has its things, as CSS selectors."""

    file: str
    read: str
    after: str
    image: str
    text: str


LOOKS = {
    "ours": Look(
        "#pl-documents label:first-child input",
        "#pl-control button.read",
        "#pl-viewer .after",
        "#pl-viewer img",
        "#pl-text, #pl-document-text",
    ),
    "plain": Look("#file input[type=file]", "#read", "#after", "#sheet img", "#text"),
}


@dataclass
class Reading:
    """All counters at one moment."""

    at: float
    server: float
    """CPU seconds of the app and its render workers."""
    sent: dict[str, float]
    """What the app told of itself."""
    thread: dict[str, float]
    """Chromium's own metrics of the main thread, seconds of wall time."""
    cpu: float
    """Seconds of CPU of the main thread's tasks."""


@dataclass
class Tab:
    """A page in Chromium, and the counters of it and its server."""

    page: Page
    wall: CDPSession
    ticks: CDPSession
    app: psutil.Process
    url: str
    look: Look

    async def reading(self) -> Reading:
        """The counters now."""
        async with httpx.AsyncClient(trust_env=False) as client:
            sent = (await client.get(f"{self.url}bench")).json()
        thread = await _metrics(self.wall)
        cpu = (await _metrics(self.ticks))["TaskDuration"]
        times = [one.cpu_times() for one in (self.app, *self.app.children(recursive=True))]
        return Reading(time.perf_counter(), sum(one.user + one.system for one in times), sent, thread, cpu)

    async def seen(self) -> dict[str, float]:
        """What the page's own witness saw, in milliseconds."""
        found: dict[str, float] = await self.page.evaluate("window.benchSeen")
        return found

    async def until_image(self) -> float:
        """Milliseconds from the last click or change to the page's image on the screen."""
        await self.page.wait_for_function("window.benchSeen.image", polling=100, timeout=60_000)
        seen = await self.seen()
        return seen["image"] - seen["began"]


async def _metrics(session: CDPSession) -> dict[str, float]:
    found = await session.send("Performance.getMetrics")
    return {metric["name"]: metric["value"] for metric in found["metrics"]}


@contextmanager
def app(screen: str, load: Load, interval: int) -> Iterator[tuple[psutil.Process, str]]:
    """The app in its own process, read by an imitation that sends so many tokens at once, and its URL."""
    options = map(str, (load.size, load.pace, interval, load.at_once))
    command = [sys.executable, "-m", "bench.ui_screens", screen, *options]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield psutil.Process(process.pid), process.stdout.readline().strip()
        finally:
            process.stdin.close()


@asynccontextmanager
async def tab(browser: Browser, process: psutil.Process, url: str, look: Look) -> AsyncIterator[Tab]:
    """The app in a fresh context, ready to be used."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    witness = (ROOT / "bench" / "ui_witness.js").read_text(encoding="utf-8").partition("\n")[2]
    places = {"image": look.image, "text": look.text, "read": look.read}
    await page.add_init_script(f"({witness})({json.dumps(places)})")
    wall, ticks = await context.new_cdp_session(page), await context.new_cdp_session(page)
    await wall.send("Performance.enable", {"timeDomain": "timeTicks"})
    await ticks.send("Performance.enable", {"timeDomain": "threadTicks"})
    await page.goto(url)
    await page.locator(look.read).wait_for()
    await asyncio.sleep(2)  # what a page does after its start is not the load's
    yield Tab(page, wall, ticks, process, url, look)
    await context.close()


def spent(before: Reading, after: Reading) -> dict[str, str]:
    """The counters' difference, as shares and per update."""
    took = after.at - before.at
    updates = max(1, after.sent["updates"] - before.sent["updates"])
    thread = {name: after.thread[name] - before.thread[name] for name in after.thread}
    return {
        "updates a second": f"{updates / took:.1f}",
        "stream, B an update": f"{(after.sent['stream'] - before.sent['stream']) / updates:,.0f}",
        "files, B an update": f"{(after.sent['files'] - before.sent['files']) / updates:,.0f}",
        "server CPU": f"{(after.server - before.server) / took:.0%}",
        "thread, ms an update": f"{1000 * thread['TaskDuration'] / updates:.0f}",
        "thread busy": f"{thread['TaskDuration'] / took:.0%}",
        "of it CPU": f"{(after.cpu - before.cpu) / took:.0%}",
        "scripts": f"{thread['ScriptDuration'] / took:.0%}",
        "styles, layout": f"{(thread['RecalcStyleDuration'] + thread['LayoutDuration']) / took:.0%}",
    }


def kilobytes(before: Reading, after: Reading) -> str:
    """What was sent in between."""
    return f"{sum(after.sent[kind] - before.sent[kind] for kind in ('stream', 'files')) / 1000:,.0f}"
