"""Memory of the page over many visits: each opens it, uploads a page, has it read, and goes.

    python -m bench.sessions [--visits 2000] [--at-once 8]

A session is forgotten a second after its tab has gone, not after five minutes, so that what grows is what stays.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.rendering import text_pdf
from bench.visitors import asked, page, visitor


async def visit(url: str, name: str, document: Path) -> None:
    """One visit."""
    async with visitor(url, name) as here:
        await here.add(document)
        await (await here.do("control", "read", model="LightOnOCR-3-1B"))


async def run(choice: argparse.Namespace) -> list[tuple[int, float]]:
    """Visits so far and megabytes, now and then."""
    found: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory() as folder, page(3_000, 100_000, 8, BENCH_GRACE_S="1") as url:
        document = text_pdf(Path(folder) / "document.pdf", 1)
        for done in range(0, choice.visits + 1, choice.step):
            told = await asked(url)
            found.append((done, told["memory_mb"]))
            print(done, f"{told['memory_mb']:.0f} MB", *told.get("grown", ()), sep="\n  ", flush=True)
            if done < choice.visits:
                names = iter([f"v{number}" for number in range(done, done + choice.step)])

                async def several(names=names) -> None:  # type: ignore[no-untyped-def]
                    for name in names:
                        await visit(url, name, document)

                await asyncio.gather(*(several() for _ in range(choice.at_once)))
                await asyncio.sleep(2)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=2000)
    parser.add_argument("--step", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=8)
    found = asyncio.run(run(parser.parse_args()))
    table = Table(title="Memory of the page after so many visits", caption=f"load average {os.getloadavg()[1]:.1f}")
    for done, _ in found:
        table.add_column(f"{done:,}", justify="right")
    table.add_row(*(f"{megabytes:.0f} MB" for _, megabytes in found))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
