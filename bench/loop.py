"""The longest stall of the page's event loop, while visitors read, search, take results away and go.

    python -m bench.loop [--visitors 50] [--pages 2000] [--pause 5]

One visitor has a document of many pages read; the others have a page read each, search, take theirs away as HTML and
leave, over and over, until the long document is read; before each step they pause, as people do, for up to twice
`--pause` seconds. Then the first searches all pages, takes them away and leaves.

CPU time is that of the loop's own thread between two looks at it, 5 ms of other work included.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.rendering import text_pdf
from bench.visitors import asked, page, visitor

MODEL = "LightOnOCR-3-1B"


async def small(url: str, name: str, document: Path, over: asyncio.Event, pause: float) -> None:
    """One of the many visitors."""
    chance, visits = random.Random(name), 0

    async def hesitate() -> None:
        await asyncio.sleep(chance.uniform(0, 2 * pause))

    while not over.is_set():
        visits += 1
        await hesitate()
        async with visitor(url, f"{name}{visits}") as here:
            await here.add(document)
            await hesitate()
            await (await here.do("control", "read", model=MODEL))
            await hesitate()
            await (await here.do("search", "query", query="lamp"))
            await hesitate()
            await (await here.do("control", "download", format="html", page=False))


async def run(choice: argparse.Namespace) -> dict[str, tuple[float, float]]:
    """What was done → the longest stall meanwhile, in milliseconds, by the clock and of CPU."""
    found: dict[str, tuple[float, float]] = {}

    async def told(what: str) -> None:
        said = await asked(url)
        found[what] = said["stall_ms"], said["busy_ms"]
        print(
            what, f"{said['stall_ms']:.0f} ms, {said['busy_ms']:.0f} ms of CPU", *said["places"], sep="\n  ", flush=True
        )

    with tempfile.TemporaryDirectory() as folder, page(3_000, 2_000, 16, BENCH_GRACE_S="1") as url:
        cache = Path(folder)
        one, many = text_pdf(cache / "one.pdf", 1), text_pdf(cache / "many.pdf", choice.pages)
        over = asyncio.Event()
        async with visitor(url, "many") as here:
            await told("start")
            await here.add(many)
            await told("a document of many pages is opened")
            others = [
                asyncio.create_task(small(url, f"v{number}x", one, over, choice.pause))
                for number in range(choice.visitors)
            ]
            await (await here.do("control", "read", model=MODEL))
            await told("all visitors read, search, take away and go")
            over.set()
            await asyncio.gather(*others)
            await told("the other visitors end")
            for query in ("l", "la", "lamp", "nothing"):
                await (await here.do("search", "query", query=query))
            await told("all pages are searched, four times")
            for form in ("md", "json", "html", "zip"):
                await (await here.do("control", "download", format=form, page=False))
            await told("all pages are taken away, in four formats")
        await asyncio.sleep(3)
        await told("the visitor goes, and the files are deleted")
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--pause", type=float, default=5.0, help="seconds, on average; 0 for visitors without any")
    found = asyncio.run(run(parser.parse_args()))
    table = Table(
        "", "ms", "ms of CPU", title="Longest stall of the event loop", caption=f"load average {os.getloadavg()[1]:.1f}"
    )
    for what, (stall, busy) in found.items():
        table.add_row(what, f"{stall:.0f}", f"{busy:.0f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
