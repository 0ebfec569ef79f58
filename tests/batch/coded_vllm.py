"""A `vllm serve MODEL --port N …` that reads coded pages, where Pagelight starts the server itself.

The file that CODED_LOG names gets what is asked, as coded_pages.py writes it, and the one beside it that ends in
`.starts` a line for each start.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.batch.coded_pages import serve


async def _until_it_is_ended(_url: str) -> None:
    await asyncio.Event().wait()


def main(port: int) -> None:
    """Serve until a signal ends this process."""
    log = Path(os.environ["CODED_LOG"])
    with log.with_suffix(".starts").open("a") as starts:
        starts.write(f"{port}\n")
    asyncio.run(serve(log, port, _until_it_is_ended))


if __name__ == "__main__":
    main(int(sys.argv[sys.argv.index("--port") + 1]))
