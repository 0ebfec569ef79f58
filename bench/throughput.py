"""Whether the server is the only limit: pages a second beside those that a replay server allows, CPU and memory a page.

    python -m bench.throughput [--paces 6,20,60] [--pages 300] [--only ours,all,batches,sequential]
    python -m bench.throughput --memory [--pace 20]
    python -m bench.throughput --cpu [--pace 20]

The server is no model but bench/replay.py, in a process of its own on this machine: vLLM's protocol, 128 slots, a fixed
token rate. The document is the sample article and letter, page by page, over and over: text with a table and a figure,
and a scan. "Allowed" are the pages a second of a client that had sent every page in the same instant; "seconds" run
from the start of the process to the last answer, rendering included. Of the slow strategies fewer pages are read, and
the rest taken as alike; their start is left out. The last ratio is without the program's start: less the seconds that
a document of one page takes to its first request. Each of the three takes less than six minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import psutil
from rich.console import Console
from rich.table import Table

from bench.memory import SAMPLE_SECONDS, pss
from bench.rendering import bare
from ocr.documents.rendering import Limits, open_document, render_page
from tests.conftest import SAMPLES

STRATEGIES = {
    "ours": "ours (python -m ocr)",
    "all": "render all, then send",
    "batches": "batches of 28, with a barrier",
    "sequential": "one page after the other",
}


def make_pdf(path: Path, pages: int) -> Path:
    """The samples' pages over and over."""
    made = pikepdf.new()
    with pikepdf.open(SAMPLES / "article.pdf") as article, pikepdf.open(SAMPLES / "letter.pdf") as letter:
        sheets = [*article.pages, *article.pages, *article.pages, *letter.pages]
        for number in range(pages):
            made.pages.append(sheets[number % len(sheets)])
        made.save(path)
    return path


@contextmanager
def replay(pace: float) -> Iterator[str]:
    """A replay server's URL."""
    command = [sys.executable, "-m", "bench.replay", "--pace", str(pace)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


@dataclass(frozen=True, slots=True)
class Run:
    """One document read in one way."""

    pages: int
    seconds: float
    """From the first request to the last answer."""
    allowed: float
    """Pages a second."""
    most: int
    """Slots in use at once."""
    first: float
    """Seconds from the start of the process to its first request."""
    cpu: float
    """Seconds of all its processes."""
    peak: int
    """Bytes of all its processes."""


def run(strategy: str, pace: float, path: Path, pages: int, *extra: str) -> Run:
    """Read a document's first pages from a fresh replay server."""
    with replay(pace) as url, tempfile.TemporaryDirectory() as out:
        ours = [
            "ocr",
            str(path),
            "--server-url",
            url,
            "--out",
            out,
            "--quiet",
            "--no-cache",
            "--pages",
            f"1-{pages}",
            *extra,
        ]
        theirs = ["bench.strategies", strategy, f"{url}/v1", str(path), str(pages)]
        began, before = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
        child = subprocess.Popen(
            [sys.executable, "-m", *(ours if strategy == "ours" else theirs)], stdout=subprocess.DEVNULL
        )
        watch = _Peak(child.pid)
        assert child.wait() == 0, f"{strategy} ended with {child.returncode}"
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        stats = json.loads(urllib.request.urlopen(f"{url}/stats").read())
    assert stats["served"] == pages, f"{strategy}: {stats['served']} of {pages} pages"
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(pages, stats["seconds"], stats["allowed"], stats["most"], stats["first"] - began, cpu, watch.end())


class _Peak(threading.Thread):
    """Samples the memory of a process and all below it."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process, self._peak, self._ended = psutil.Process(pid), 0, threading.Event()
        self.start()

    def run(self) -> None:
        """Until the process has ended; twice a second, since each look costs the machine some milliseconds."""
        with suppress(psutil.NoSuchProcess):  # it ends between two looks, or in the midst of one
            while not self._ended.wait(10 * SAMPLE_SECONDS):
                self._peak = max(self._peak, pss(self._process))

    def end(self) -> int:
        """Bytes at the most."""
        self._ended.set()
        self.join()
        return self._peak


def pages_of(strategy: str, pages: int) -> int:
    """As many as show how it goes on."""
    return {"batches": min(pages, 56), "sequential": min(pages, 2)}.get(strategy, pages)


def throughput(paces: list[float], pages: int, strategies: list[str], folder: Path, extra: list[str]) -> Table:
    """Pages a second, beside those allowed."""
    shown = Table(
        "pace", "strategy", "pages", "first request", "seconds", "pages/s", "allowed", "ratio", "less start", "slots",
        "CPU s/page",
        title=f"A replay server (vLLM's protocol, 128 slots, fixed token rate), {pages} pages, {os.cpu_count()} cores",
    )  # fmt: skip
    path = make_pdf(folder / f"{pages}.pdf", pages)
    start = run("ours", max(paces), path, 1, *extra).first
    for pace in paces:
        allowed = 0.0
        for strategy in strategies:
            count = pages_of(strategy, pages)
            done = run(strategy, pace, path, count, *(extra if strategy == "ours" else []))
            allowed = done.allowed if count == pages else allowed
            whole = done.seconds + (done.first if count == pages else 0.0)
            speed = done.pages / whole
            ratio = f"{speed / allowed:.3f}" if allowed else "-"
            less = f"{done.pages / (whole - start) / allowed:.3f}" if count == pages else ratio
            shown.add_row(
                f"{pace:g}", STRATEGIES[strategy], str(count), f"{done.first:.1f}", f"{whole:.1f}", f"{speed:.2f}",
                f"{allowed:.2f}", ratio, less, str(done.most), f"{done.cpu / count:.3f}",
            )  # fmt: skip
    return shown


def cpu(pace: float, pages: int, folder: Path, extra: list[str]) -> Table:
    """CPU seconds a page, beside those of the work that cannot be left out."""
    path = make_pdf(folder / f"{pages}.pdf", pages)
    began = time.process_time()
    bare_mixed(path, folder)
    floor = (time.process_time() - began) / pages
    began = time.process_time()
    document = open_document(path, path.name, None, Limits())
    for number in range(1, pages + 1):
        render_page(document, number, 1540, Limits())
    lean = (time.process_time() - began) / pages
    one = run("ours", pace, path, 1, *extra)
    done = run("ours", pace, path, pages, *extra)
    shown = Table("", "CPU ms a page", "÷ bare", title=f"CPU of all our processes, {pages} pages at {pace:g} pages/s")
    shown.add_row("bare: pypdfium2, then Pillow's PNG or JPEG", f"{floor * 1e3:.1f}", "1.00")
    shown.add_row("the same with our encoder", f"{lean * 1e3:.1f}", f"{lean / floor:.2f}")
    shown.add_row("ours", f"{done.cpu / pages * 1e3:.1f}", f"{done.cpu / pages / floor:.2f}")
    without = (done.cpu - one.cpu) / (pages - 1)
    shown.add_row("ours, less the start (a run of one page)", f"{without * 1e3:.1f}", f"{without / floor:.2f}")
    return shown


def bare_mixed(path: Path, folder: Path) -> None:
    """Render and encode every page in this process, as PNG or JPEG as we would."""
    with pikepdf.open(path) as pdf:
        for name, wanted in (("png", lambda n: n % 10 != 9), ("jpeg", lambda n: n % 10 == 9)):
            part = pikepdf.new()
            part.pages.extend(page for number, page in enumerate(pdf.pages) if wanted(number))
            part.save(folder / f"{name}.pdf")
            if len(part.pages):
                bare(folder / f"{name}.pdf", 1540, f"image/{name}")


FIRSTS = 5
"""Runs of which the middle one tells the time to the first request; all but one of them of one page of the document."""


def memory(pace: float, folder: Path, extra: list[str]) -> Table:
    """Peak memory and the time to the first request, by number of pages."""
    shown = Table(
        "pages", "seconds", "peak, MB", "÷ 300 pages", "first request, s", "÷ one page", title=f"{pace:g} pages/s"
    )
    runs: dict[int, Run] = {}
    one = 0.0
    for pages in (1, 300, 3000):
        path = make_pdf(folder / f"{pages}.pdf", pages)
        runs[pages] = done = run("ours", pace, path, pages, *extra)
        firsts = [done.first, *(run("ours", pace, path, 1, *extra).first for _ in range(FIRSTS - 1))]
        first = sorted(firsts)[FIRSTS // 2]
        one = one if pages > 1 else first
        shown.add_row(
            str(pages), f"{done.seconds:.1f}", f"{done.peak / 1e6:.0f}",
            f"{done.peak / runs[300].peak:.2f}" if pages >= 300 else "-", f"{first:.2f}", f"{first / one:.2f}",
        )  # fmt: skip
    return shown


def main() -> None:
    """Print the table asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paces", default="6,20,60")
    parser.add_argument("--pace", type=float, default=20.0)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--only", default=",".join(STRATEGIES))
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--memory", action="store_true")
    options, extra = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.memory:
            shown = memory(options.pace, folder, extra)
        elif options.cpu:
            shown = cpu(options.pace, options.pages, folder, extra)
        else:
            paces = [float(pace) for pace in options.paces.split(",")]
            shown = throughput(paces, options.pages, options.only.split(","), folder, extra)
        Console(width=140).print(shown)


if __name__ == "__main__":
    main()
