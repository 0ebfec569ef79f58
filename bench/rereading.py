"""What the page keeps on the disk for a visitor who has one page of a long document read again and again.

    python -m bench.rereading [--pages 1000] [--times 50]

Results are taken away as Markdown and JSON each time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from pathlib import Path

from bench.rendering import text_pdf
from bench.visitors import asked, page, visitor


async def run(choice: argparse.Namespace) -> None:
    """Print the bytes and files there are."""

    async def told(what: str) -> None:
        await asyncio.sleep(1)  # files are deleted beside the event loop
        said = await asked(url)
        print(f"{what}: {said['disk_mb']:.1f} MB, {said['files']:,} files", flush=True)

    with tempfile.TemporaryDirectory() as folder, page(3_000, 100_000, 16) as url:
        document = text_pdf(Path(folder) / "document.pdf", choice.pages)
        async with visitor(url, "one") as here:
            await here.add(document)
            await told("opened")
            await (await here.do("control", "read", model="LightOnOCR-3-1B"))
            for form in ("md", "json"):
                await (await here.do("control", "download", format=form, page=False))
            await told("read once, and taken away")
            for _ in range(choice.times):
                await (await here.do("page-status", "read_again", page="0-1"))
                for form in ("md", "json"):
                    await (await here.do("control", "download", format=form, page=False))
            await told(f"page 1 read {choice.times} times more, and taken away each time")
            await (await here.do("documents", "removed", key=0))
            await told("the document removed")
    print(f"load average {os.getloadavg()[1]:.1f}")


def main() -> None:
    """Print what is kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--times", type=int, default=50)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
