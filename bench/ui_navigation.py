"""Measure the way through a long document that was read: how soon a page, its outline or a match is shown.

    python -m bench.ui_navigation [--pages 2000] [--times 9] [--profile FOLDER]

An imitation reads the document; then each step is taken several times, each time to another page. "shown" is the time
from the key or press until the browser has painted the answer: the new page's title, the count of matches, or headings.
"its text" is that of the new page in the Document tab, which is open.
The CPU is that of the server's own process, without those that render, and of the browser's main thread, until both
rest. `--profile` leaves a CPU profile of the browser for each step; the figures are higher then.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from statistics import median

from playwright.async_api import Page, async_playwright
from rich.console import Console
from rich.table import Table

from bench.rendering import text_pdf
from bench.screenshots import QUIET
from bench.ui_pages import page_text
from bench.ui_tab import LOOKS, Load, Reading, Tab, app, tab

PAGE_CHARS = 3_000
REST_S = 0.7
"""Seconds without work of the server and the browser's main thread after which a step has been carried out."""
IDLE_SHARE = 0.05
"""Share of a core that both may take at rest."""

WITNESS = """() => {
  const text = (selector) => document.querySelector(selector)?.textContent;
  const headings = () => document.querySelector("#pl-outline details[open] .headings")?.childElementCount;
  const number = () => text("#pl-viewer .title .number");
  const told = () => [number(), text("#pl-search .found"), headings()].join();
  const page = () => document.querySelector("#pl-strip [aria-current]")?.dataset.page;
  const written = () => document.querySelector(`.document-text > [data-key="${page()}"] .paragraph`);
  const steps = (window.benchSteps = {});
  window.benchStep = () => Object.assign(steps, {
    began: null, shown: null, text: null, before: told(), from: number(), longest: 0,
  });
  const begin = () => steps.before === undefined || (steps.began = performance.now());
  for (const kind of ["keydown", "click"]) addEventListener(kind, begin, true);
  document.addEventListener("pl:triggered", ({ detail }) => detail.event === "query" && begin());
  const painted = (name) => {
    steps[name] = -1;
    const now = () => { steps[name] = performance.now(); };
    requestAnimationFrame(() => scheduler.postTask(now, { priority: "user-blocking" }));
  };
  const look = () => {
    if (!steps.began) return;
    if (!steps.shown && told() !== steps.before) painted("shown");
    if (!steps.text && number() !== steps.from && written()) painted("text");
  };
  const all = { childList: true, subtree: true, characterData: true, attributeFilter: ["open"] };
  new MutationObserver(look).observe(document.body, all);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) steps.longest = Math.max(steps.longest ?? 0, duration);
  }).observe({ type: "longtask" });
}"""
"""Runs in the page: notes when the last key or press was, and when what it led to had been painted."""

Step = Callable[[Page, int], Awaitable[None]]


async def by_field(page: Page, number: int) -> None:
    """The page's number is typed."""
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("g")
    await page.keyboard.type(str(number))
    await page.evaluate("benchStep()")
    await page.keyboard.press("Enter")


async def by_minimap(page: Page, number: int) -> None:
    """The minimap is pressed where the page lies."""
    box = await page.locator("#pl-strip .minimap").bounding_box()
    assert box
    pages = await page.locator("#pl-strip .thumb").count()
    await page.evaluate("benchStep()")
    await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * (number - 0.5) / pages)


async def by_next(page: Page, _: int) -> None:
    """The next page."""
    await page.evaluate("benchStep()")
    await page.locator("#pl-viewer .after").click()


async def by_search(page: Page, _: int) -> None:
    """Other words are looked for; the pause after the last key is not counted."""
    field = page.locator("#pl-search input")
    following = dict(pairwise(WORDS)).get(await field.input_value(), WORDS[0])
    await page.evaluate("benchStep()")
    await field.fill(following)


async def by_match(page: Page, number: int) -> None:
    """From the first match of a page to the one before, which is on another page."""
    field, before = page.locator("#pl-search input"), page.locator("#pl-search .before")
    if await field.input_value() != WORDS[0]:
        await field.fill(WORDS[0])
        await before.wait_for()
    await by_field(page, number)
    await page.wait_for_function("benchSteps.shown > 0", polling=50)
    await asyncio.sleep(REST_S)
    await page.evaluate("benchStep()")
    await before.click()


async def by_outline(page: Page, _: int) -> None:
    """The outline is opened: its headings are fetched the first time, and drawn each time."""
    outline = page.locator("#pl-outline summary")
    if await page.locator("#pl-outline details[open]").count():
        await outline.click()
        await asyncio.sleep(REST_S)
    await page.evaluate("benchStep()")
    await outline.click()


async def by_heading(page: Page, number: int) -> None:
    """A heading of another page is chosen in the outline."""
    heading = page.locator("#pl-outline .headings button").nth(number - 1)
    if not await page.locator("#pl-outline details[open]").count():
        await page.locator("#pl-outline summary").click()
        await heading.wait_for()
    await heading.scroll_into_view_if_needed()
    await asyncio.sleep(REST_S)
    await page.evaluate("benchStep()")
    await heading.click()


WORDS = ("lamp", "and", "absent", "oil", "night", "la", "nowhere", "on the wear", "trimmed", "wear", "a", "e")
"""Neighbours are found at different numbers of places."""
STEPS: dict[str, Step] = {
    "number typed": by_field,
    "minimap": by_minimap,
    "next page": by_next,
    "search": by_search,
    "match on another page": by_match,
    "outline": by_outline,
    "heading": by_heading,
}


async def at_rest(here: Tab) -> Reading:
    """The counters once nothing goes on any more."""
    last = await here.reading()
    while True:
        await asyncio.sleep(REST_S)
        now = await here.reading()
        if now.server - last.server + now.cpu - last.cpu < IDLE_SHARE * (now.at - last.at):
            return now
        last = now


async def take(here: Tab, step: Step, number: int) -> dict[str, float]:
    """Take a step, and tell what it cost."""
    before = await at_rest(here)
    await step(here.page, number)
    await here.page.wait_for_function("benchSteps.shown > 0", polling=50, timeout=60_000)
    after = await at_rest(here)
    seen = await here.page.evaluate("benchSteps")
    thread = {name: 1000 * (after.thread[name] - before.thread[name]) for name in after.thread}
    text = {"its text, ms": seen["text"] - seen["began"]} if seen["text"] else {}
    return {
        "shown, ms": seen["shown"] - seen["began"],
        **text,
        "server, ms of CPU": (after.sent["cpu_ms"] - before.sent["cpu_ms"]),
        "browser, ms of CPU": 1000 * (after.cpu - before.cpu),
        "of it scripts": thread["ScriptDuration"],
        "styles": thread["RecalcStyleDuration"],
        "layout": thread["LayoutDuration"],
        "longest task, ms": seen["longest"],
        "sent by the event stream, kB": (after.sent["stream"] - before.sent["stream"]) / 1000,
    }


async def walk(here: Tab, document: Path, choice: argparse.Namespace) -> dict[str, list[dict[str, float]]]:
    """Have the document read, then take every step."""
    await here.page.evaluate(f"({WITNESS})()")
    await here.page.locator(here.look.file).set_input_files(document)
    await here.until_image()
    await here.page.locator(here.look.read).click()
    await here.page.get_by_role("button", name="Read again", exact=True).wait_for(timeout=600_000)
    await at_rest(here)  # the words of all pages have been compared
    chance, found = random.Random(7), {}
    for name, step in STEPS.items():
        if choice.only not in name:
            continue
        if choice.profile:
            await here.wall.send("Profiler.enable")
            await here.wall.send("Profiler.start")
        found[name] = [await take(here, step, chance.randint(1, choice.pages)) for _ in range(choice.times)]
        print(name, [round(one["shown, ms"]) for one in found[name]], file=sys.stderr)
        if choice.profile:
            profile = (await here.wall.send("Profiler.stop"))["profile"]
            (choice.profile / f"{name}.cpuprofile").write_text(json.dumps(profile), encoding="utf-8")
    return found


def printed(text: str) -> list[str]:
    """The words of a page's text as lines on paper: a page that has others is recognized by Tesseract as well."""
    return textwrap.wrap(" ".join(re.findall(r"[a-zA-Z0-9]+", re.sub(r"!\[\w+\]\([\d,]+\)|<[^>]+>", " ", text))), 90)


async def run(choice: argparse.Namespace) -> dict[str, list[dict[str, float]]]:
    """All steps in a fresh app and browser."""
    load = Load("read", choice.pages, PAGE_CHARS, 1e6, at_once=16)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        with tempfile.TemporaryDirectory() as folder, app("ours", load, 1_000) as (process, url):
            document = text_pdf(Path(folder) / "document.pdf", choice.pages, printed(page_text(PAGE_CHARS)))
            async with tab(browser, process, url, LOOKS["ours"]) as here:
                found = await walk(here, document, choice)
        await browser.close()
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--only", default="", help="steps whose name holds this")
    parser.add_argument("--profile", type=Path)
    found = asyncio.run(run(parser.parse_args()))
    table = Table(
        "",
        *found,
        title="The way through a long document: medians, and in brackets the largest",
        caption=f"{os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f}; if that is more, look at the CPU",
    )
    for name in next(iter(found.values()))[0]:
        columns = [[one[name] for one in figures if name in one] for figures in found.values()]
        table.add_row(name, *(f"{median(column):,.0f} ({max(column):,.0f})" if column else "" for column in columns))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
