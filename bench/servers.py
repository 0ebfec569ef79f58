"""Several servers of different speed, replayed: all of them whole, one killed half-way, or all dead for a minute.

    python -m bench.servers [--paces 3,6,9,12] [--pages 1200] [--slots 8] [--dark-s 60] [whole|killed|dark …]

The servers are no models but replays (bench/replay.py), each in a process of its own on this machine. Seconds run from
the client's first request to its last answer. "Sum" are the pages a second of all servers together, at the end of the
run. "Of the sum" is the part of it that was used: the seconds in which the servers would have written all pages, had
each been busy to the end, divided by those taken; after a death, the others write what the killed server had not ended.
"Slots" are the part of their slots in use over all that time, of the servers that are there at the end; a machine that
is busy otherwise changes it little. "Tail" are the seconds from the first server's last answer to the last server's.
Where all die, they come back at their addresses after `--dark-s` seconds, which count. Every run has to end with all
its pages read. Further options are those of `python -m ocr`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.replay import ReplayServer, replay
from bench.throughput import make_pdf, row, table

TOKENS = 800
LOOK_S = 0.1


def run(what: str, options: argparse.Namespace, folder: Path, extra: list[str]) -> None:
    """Read the document; print a line."""
    paces = [float(pace) for pace in options.paces.split(",")]
    path = make_pdf(folder / "pages.pdf", options.pages)
    with ExitStack() as stack:

        def start(pace: float, port: int = 0) -> ReplayServer:
            return stack.enter_context(replay(pace, "--slots", options.slots, "--tokens", TOKENS, "--port", port))

        servers = [start(pace) for pace in paces]
        urls = [word for server in servers for word in ("--server-url", server.url)]
        out = folder / what
        command = [sys.executable, "-m", "ocr", str(path), *urls, "--out", str(out), "--quiet", "--no-cache", *extra]
        child = stack.enter_context(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        first, elsewhere = 0.0, 0  # pages that a server had ended before it was killed
        while what != "whole" and child.poll() is None and not first:
            time.sleep(LOOK_S)
            stats = [server.stats() for server in servers]
            if sum(server["served"] for server in stats) < options.pages / 2:
                continue
            first = min(server["first"] for server in stats)
            killed = len(servers) if what == "dark" else 1
            for server in servers[-killed:]:
                server.process.kill()
                server.process.wait()
            elsewhere = sum(server["served"] for server in stats[-killed:])
            servers, paces = servers[:-killed] or servers, paces[:-killed] or paces
            if what == "dark":
                time.sleep(options.dark_s)
                servers = [start(pace, server.port) for pace, server in zip(paces, servers, strict=True)]
        child.wait()
        stats = [server.stats() for server in servers]
    ends = [server["first"] + server["seconds"] for server in stats]
    seconds = max(ends) - (first or min(server["first"] for server in stats))
    used = sum(server["slot_seconds"] for server in stats) / (len(stats) * options.slots * seconds)
    pages = json.loads(next(out.glob("*/result.json")).read_text())["pages"]
    row(
        what,
        child.returncode,
        f"{sum(page['finish'] == 'stop' for page in pages)} of {options.pages}",
        sum(page["attempts"] > 1 for page in pages),
        f"{seconds:.1f}",
        f"{options.pages / seconds:.2f}",
        f"{sum(paces):g}",
        "" if what == "dark" else f"{(options.pages - elsewhere) / sum(paces) / seconds:.3f}",
        "" if what == "dark" else f"{used:.3f}",
        f"{max(ends) - min(ends):.1f}",
    )


def main() -> None:
    """Print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", metavar="whole|killed|dark")
    parser.add_argument("--paces", default="3,6,9,12", help="pages a second of each server; the last one is killed")
    parser.add_argument("--pages", type=int, default=1200)
    parser.add_argument("--slots", type=int, default=8, help="of each server")
    parser.add_argument("--dark-s", type=float, default=60.0)
    options, extra = parser.parse_known_args()
    table(
        f"Replays, not models: {options.paces} pages of {TOKENS} tokens a second, {options.slots} slots each:",
        "servers", "exit", "pages whole", "asked again", "seconds", "pages/s", "sum", "of the sum", "slots", "tail",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        for what in options.runs or ("whole", "killed", "dark"):
            run(what, options, Path(name), extra)


if __name__ == "__main__":
    main()
