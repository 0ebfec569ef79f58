"""Several servers of different speed, all of them whole, one killed half-way, or all dead for a minute.

    python -m bench.servers [--paces 3,6,9,12] [--pages 600] [--slots 32] [--dark-s 60] [whole|killed|dark …]

The servers are imitations of vLLM (bench/replay.py), each in a process of its own. "Allowed" are the pages a second of
a client that gives each page to the slot that is free first, and those of the killed server to others in the moment of
its death; the program's start counts. Where all die, they come back at their addresses after `--dark-s` seconds. Every
run has to end with all its pages read. Further options are those of `python -m ocr`.
"""

from __future__ import annotations

import argparse
import heapq
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


def seconds_allowed(paces: list[float], slots: int, pages: int, dead: int | None, died: float) -> float:
    """Seconds of the quickest run; server `dead` dies after `died` seconds."""
    free = [(0.0, server) for server in range(len(paces)) for _ in range(slots)]
    waiting, last, again = pages, 0.0, 0
    while waiting:
        at, server = heapq.heappop(free)
        ends = at + slots / paces[server]
        if server == dead and ends > died:
            again += at < died  # begun, and cut off
            waiting -= at < died
        else:
            waiting -= 1
            last = max(last, ends)
            heapq.heappush(free, (ends, server))
        if not waiting:
            waiting, again = again, 0
            free = [(max(at, died), server) for at, server in free]
            heapq.heapify(free)
    return last


def run(what: str, options: argparse.Namespace, folder: Path, extra: list[str]) -> None:
    """Read the document; print a line."""
    paces = [float(pace) for pace in options.paces.split(",")]
    path = make_pdf(folder / "pages.pdf", options.pages)
    with ExitStack() as stack:

        def start(pace: float, port: int = 0) -> ReplayServer:
            return stack.enter_context(replay(pace, "--slots", options.slots, "--port", port))

        servers = [start(pace) for pace in paces]
        urls = [word for server in servers for word in ("--server-url", server.url)]
        out = folder / what
        command = [sys.executable, "-m", "ocr", str(path), *urls, "--out", str(out), "--quiet", "--no-cache", *extra]
        began, served, died = time.time(), 0, 0.0
        child = stack.enter_context(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        while child.poll() is None:
            time.sleep(LOOK_S)
            if what == "whole" or died:
                continue
            served = sum(server.stats()["served"] for server in servers)
            if served < options.pages / 2:
                continue
            died = time.time() - began
            for server in servers if what == "dark" else servers[-1:]:
                server.process.kill()
                server.process.wait()
            if what == "dark":
                time.sleep(options.dark_s)
                servers = [start(pace, server.port) for pace, server in zip(paces, servers, strict=True)]
        seconds = time.time() - began
    pages = json.loads(next(out.glob("*/result.json")).read_text())["pages"]
    whole = sum(page["finish"] == "stop" for page in pages)
    again = sum(page["attempts"] > 1 for page in pages)
    dead = len(paces) - 1 if what == "killed" else None
    allowed = seconds_allowed(paces, options.slots, options.pages, dead, died) if what != "dark" else None
    row(
        what,
        child.returncode,
        f"{whole} of {options.pages}",
        again,
        f"{seconds:.1f}",
        f"{options.pages / seconds:.2f}",
        f"{options.pages / allowed:.2f}" if allowed else "",
        f"{allowed / seconds:.3f}" if allowed else "",
    )


def main() -> None:
    """Print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", metavar="whole|killed|dark")
    parser.add_argument("--paces", default="3,6,9,12", help="pages a second of each server; the last one is killed")
    parser.add_argument("--pages", type=int, default=600)
    parser.add_argument("--slots", type=int, default=32, help="of each server")
    parser.add_argument("--dark-s", type=float, default=60.0)
    options, extra = parser.parse_known_args()
    table(
        f"Imitations of vLLM, {options.paces} pages of {TOKENS} tokens a second, {options.slots} slots each:",
        "servers", "exit code", "pages whole", "asked again", "seconds", "pages/s", "allowed", "ratio",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        for what in options.runs or ("whole", "killed", "dark"):
            run(what, options, Path(name), extra)


if __name__ == "__main__":
    main()
