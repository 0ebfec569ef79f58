"""Measure the screen in Chromium: what it sends, what it costs the server and the browser, how soon something shows.

The reader is an imitation that writes made pages of 60 regions at an even pace. Each load runs on our screen and,
beside it, on the plain Gradio way (see ui_screens.py), each app and each browser context fresh.

    python -m bench.ui [--seconds 20] [--profile FOLDER]

"thread busy" is the share of time in which a task ran on the page's main thread, "of it CPU" the part of it in which a
core was at work; "first paint" is the browser's first-contentful-paint with an empty cache. The server's CPU is the
imitation's too. `--profile` leaves each run's last screenshot, and a CPU profile for Chromium's own tools; the figures
are higher then.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from playwright.async_api import Browser, CDPSession, Page, async_playwright
from rich.console import Console
from rich.table import Table

from bench.rendering import text_pdf
from bench.screenshots import QUIET

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


LOADS = (
    Load("8 pages at once", 8, 7_500, 60),
    Load("one page of 64 kB", 1, 64_000, 500),
    Load("1,000 pages", 1000, 7_500, 60),
)


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
        "#pl-documents input[type=file]", "#pl-control button.read", "#pl-viewer .after", "#pl-viewer img", "#pl-text"
    ),
    "plain": Look("#file input[type=file]", "#read", "#after", "#sheet img", "#text"),
}
WITNESS = """
({image, text, read}) => {
  const seen = (window.benchSeen = { longest: 0 });
  const now = () => performance.now();
  for (const kind of ["click", "change"])
    addEventListener(kind, () => Object.assign(seen, { began: now(), text: null, image: null }), true);
  document.addEventListener("load", ({ target }) => { if (target.matches?.(image)) seen.image ??= now(); }, true);
  const look = () => {
    if (!seen.usable && document.querySelector(read)?.checkVisibility()) seen.usable = now();
    if (seen.began && !seen.text && document.querySelector(text)?.innerText.includes("wear of lamp")) seen.text = now();
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration);
  }).observe({ type: "longtask" });
}
"""


@dataclass
class Reading:
    """All counters at one moment."""

    at: float
    server: float
    """CPU seconds of the app and its render workers."""
    sent: dict[str, int]
    thread: dict[str, float]
    """Chromium's own metrics of the main thread, seconds of wall time."""
    cpu: float
    """Seconds of CPU of the main thread's tasks."""


@dataclass
class Figures:
    """What one load on one screen came to; texts, as they are printed."""

    load: str
    screen: str
    rows: dict[str, str] = field(default_factory=dict)


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
def app(screen: str, load: Load) -> Iterator[tuple[psutil.Process, str]]:
    """The app in its own process, and its URL."""
    command = [sys.executable, "-m", "bench.ui_screens", screen, str(load.size), str(load.pace)]
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
    places = {"image": look.image, "text": look.text, "read": look.read}
    await page.add_init_script(f"({WITNESS.strip()})({json.dumps(places)})")
    wall, ticks = await context.new_cdp_session(page), await context.new_cdp_session(page)
    await wall.send("Performance.enable", {"timeDomain": "timeTicks"})
    await ticks.send("Performance.enable", {"timeDomain": "threadTicks"})
    await page.goto(url)
    await page.locator(look.read).wait_for()
    await asyncio.sleep(2)  # what a page does after its start is not the load's
    yield Tab(page, wall, ticks, process, url, look)
    await context.close()


async def measure(here: Tab, load: Load, document: Path, seconds: float) -> dict[str, str]:
    """Open the document, turn a page, read for a while."""
    rows = await first_paint(here)
    before = await here.reading()
    await here.page.locator(here.look.file).set_input_files(document)
    rows["page shown, ms"] = f"{await here.until_image():.0f}"
    await asyncio.sleep(2)
    opened = await here.reading()
    rows["sent to open, kB"] = _kilobytes(before, opened)
    if load.pages > 1:
        await here.page.locator(here.look.after).click()
        rows["next page shown, ms"] = f"{await here.until_image():.0f}"
        await asyncio.sleep(1)
    await here.page.evaluate("window.benchSeen.longest = 0")
    before = await here.reading()
    await here.page.locator(here.look.read).click()
    await asyncio.sleep(seconds)
    after = await here.reading()
    seen = await here.seen()
    rows["first text, ms"] = f"{seen['text'] - seen['began']:.0f}" if seen.get("text") else f"none in {seconds:.0f} s"
    return rows | spent(before, after) | {"longest task, ms": f"{seen['longest']:.0f}"}


async def first_paint(here: Tab) -> dict[str, str]:
    """How soon the page showed itself."""
    paint = await here.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return {"first paint, ms": f"{paint:.0f}", "usable, ms": f"{(await here.seen())['usable']:.0f}"}


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


def _kilobytes(before: Reading, after: Reading) -> str:
    """What was sent in between."""
    return f"{sum(after.sent[kind] - before.sent[kind] for kind in ('stream', 'files')) / 1000:,.0f}"


async def run(choice: argparse.Namespace) -> list[Figures]:
    """Every load on every screen."""
    found = []
    system = shutil.which("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=system, args=QUIET)
        for load in (one for one in LOADS if not choice.only or choice.only in one.name):
            with tempfile.TemporaryDirectory() as folder:
                document = text_pdf(Path(folder) / "document.pdf", load.pages)
                for screen in choice.screens.split(","):
                    with app(screen, load) as (process, url):
                        async with tab(browser, process, url, LOOKS[screen]) as here, profiled(here, load, choice):
                            rows = await measure(here, load, document, choice.seconds)
                    found.append(Figures(load.name, screen, rows))
                    print(load.name, screen, rows, file=sys.stderr)
        await browser.close()
    return found


@asynccontextmanager
async def profiled(here: Tab, load: Load, choice: argparse.Namespace) -> AsyncIterator[None]:
    """Leave a CPU profile of what happens inside."""
    if choice.profile:
        await here.wall.send("Profiler.enable")
        await here.wall.send("Profiler.start")
    yield
    if choice.profile:
        profile: dict[str, Any] = await here.wall.send("Profiler.stop")
        name = f"{load.name.replace(' ', '-')}-{'ours' if here.look is LOOKS['ours'] else 'plain'}"
        (choice.profile / f"{name}.cpuprofile").write_text(json.dumps(profile["profile"]), encoding="utf-8")
        await here.page.screenshot(path=choice.profile / f"{name}.png")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--only", default="", help="loads whose name holds this")
    parser.add_argument("--screens", default="ours,plain")
    parser.add_argument("--profile", type=Path)
    found = asyncio.run(run(parser.parse_args()))
    table = Table(
        title="The screen in Chromium; the reader is an imitation that writes made pages at an even pace",
        caption=f"{os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f}: at more than the cores, look at the CPU",
    )
    table.add_column("")
    for one in found:
        table.add_column(f"{one.load}\n{one.screen}", justify="right")
    for name in dict.fromkeys(name for one in found for name in one.rows):
        table.add_row(name, *(one.rows.get(name, "") for one in found))
    Console(width=max(120, 24 + 20 * len(found))).print(table)


if __name__ == "__main__":
    main()
