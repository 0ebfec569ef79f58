"""Measure the screen in Chromium: what it sends, what it costs the server and the browser, how soon something shows.

The reader is an imitation that writes made pages of 60 regions at an even pace. Each load runs on our screen and,
beside it, on the plain Gradio way (see ui_screens.py), each app and each browser context fresh.

    python -m bench.ui [--seconds 20] [--intervals 4] [--profile FOLDER]

"thread busy" is the share of time in which a task ran on the page's main thread, "of it CPU" the part of it in which a
core was at work; "first paint" is the browser's first-contentful-paint with an empty cache. The server's CPU is the
imitation's too. `--intervals 1,4` measures each load with one and with four tokens at once, as a server sends them for
the page's `stream_interval`. `--profile` leaves each run's last screenshot, and a CPU profile for Chromium's own tools;
the figures are higher then.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from playwright.async_api import async_playwright
from rich.console import Console
from rich.table import Table

from bench.rendering import text_pdf
from bench.screenshots import QUIET
from bench.ui_tab import LOOKS, Load, Tab, app, kilobytes, spent, tab

LOADS = (
    Load("8 pages at once", 8, 7_500, 60),
    Load("one page of 64 kB", 1, 64_000, 500),
    Load("1,000 pages", 1000, 7_500, 60),
    Load("256 pages at once", 1000, 7_500, 30, at_once=256),
)
TURNS = 5
"""Pages turned while others are read; one may have to wait for the update before it."""


@dataclass
class Figures:
    """What one load on one screen came to; texts, as they are printed."""

    load: str
    screen: str
    rows: dict[str, str] = field(default_factory=dict)


async def measure(here: Tab, load: Load, document: Path, seconds: float) -> dict[str, str]:
    """Open the document, turn a page, read for a while."""
    rows = await first_paint(here)
    before = await here.reading()
    await here.page.locator(here.look.file).set_input_files(document)
    rows["page shown, ms"] = f"{await here.until_image():.0f}"
    await asyncio.sleep(2)
    opened = await here.reading()
    rows["sent to open, kB"] = kilobytes(before, opened)
    if load.pages > 1:
        rows["next page shown, ms"] = f"{await turned(here):.0f}"
    await here.page.evaluate("window.benchSeen.longest = 0")
    before = await here.reading()
    await here.page.locator(here.look.read).click()
    await asyncio.sleep(seconds)
    after = await here.reading()
    seen = await here.seen()
    rows["first text, ms"] = f"{seen['text'] - seen['began']:.0f}" if seen.get("text") else f"none in {seconds:.0f} s"
    rows |= spent(before, after) | {"longest task, ms": f"{seen['longest']:.0f}"}
    if load.pages > 1:
        rows["page turned meanwhile, ms"] = f"{median([await turned(here) for _ in range(TURNS)]):.0f}"
    return rows


async def turned(here: Tab) -> float:
    """Turn to the next page, and tell after how many milliseconds its image was on the screen."""
    await here.page.locator(here.look.after).click()
    took = await here.until_image()
    await asyncio.sleep(1)
    return took


async def first_paint(here: Tab) -> dict[str, str]:
    """How soon the page showed itself."""
    paint = await here.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return {"first paint, ms": f"{paint:.0f}", "usable, ms": f"{(await here.seen())['usable']:.0f}"}


async def run(choice: argparse.Namespace) -> list[Figures]:
    """Every load on every screen."""
    found = []
    system = shutil.which("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=system, args=QUIET)
        for load in (one for one in LOADS if not choice.only or choice.only in one.name):
            with tempfile.TemporaryDirectory() as folder:
                document = text_pdf(Path(folder) / "document.pdf", load.pages)
                for screen, interval in product(choice.screens.split(","), choice.intervals.split(",")):
                    with app(screen, load, int(interval)) as (process, url):
                        async with tab(browser, process, url, LOOKS[screen]) as here, profiled(here, load, choice):
                            rows = await measure(here, load, document, choice.seconds)
                    name = f"{screen}, {interval} at once" if "," in choice.intervals else screen
                    found.append(Figures(load.name, name, rows))
                    print(load.name, name, rows, file=sys.stderr)
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
    parser.add_argument("--intervals", default="4", help="tokens that come at once")
    parser.add_argument("--profile", type=Path)
    found = asyncio.run(run(parser.parse_args()))
    table = Table(
        title="The screen in Chromium; the reader is an imitation that writes made pages at an even pace",
        caption=f"{os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f}; if that is more, look at the CPU",
    )
    table.add_column("")
    for one in found:
        table.add_column(f"{one.load}\n{one.screen}", justify="right")
    for name in dict.fromkeys(name for one in found for name in one.rows):
        table.add_row(name, *(one.rows.get(name, "") for one in found))
    Console(width=max(120, 24 + 20 * len(found))).print(table)


if __name__ == "__main__":
    main()
