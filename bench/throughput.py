"""Whether the server is the only limit: pages a second beside those that a replay server allows, CPU, reads, memory.

    python -m bench.throughput [reading] [cpu] [memory] [--paces 6,20,60] [--pages 300] [--interval 1,4,16]

The server is no model but an imitation, bench/replay.py, in a process of its own on this machine: vLLM's protocol, 128
slots, a fixed token rate, an event for each token of each page. The document is the sample article and letter, page by
page, over and over: text with a table and a figure, and a scan; pages of about 800 tokens come back. "Allowed" are the
pages a second of a client that had sent every page in the same instant; seconds run from the start of the process to
the last answer, rendering included. "Less start" is the ratio without the seconds that a document of one page takes to
its first request. Reads are those of the client's sockets; CPU is that of all the client's processes, start included,
and of the server apart.

Each line "as asked" has a server that heeds the request's `stream_interval`; the others are servers that send so many
tokens an event whatever is asked. Beside ours are others' ways (bench/strategies.py). Further options are ours.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pikepdf

from bench.memory import Peak
from bench.rendering import bare
from bench.replay import replay
from ocr.documents.worker_tasks import DocumentLimits, open_document, render_page
from ocr.types import ImageSpec
from tests.conftest import SAMPLES

WAYS = {
    "ours": "ours (`python -m ocr`)",
    "publisher": "publisher: render all, 64 threads, openai SDK",
    "streamed": "the same, streamed",
    "reader": "bare reader: one image, bytes counted",
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
    reads: int
    """Of its sockets, by its main process."""
    server_cpu: float
    """Seconds."""

    @property
    def speed(self) -> float:
        """Pages a second, from the start of the process."""
        return self.pages / (self.seconds + self.first)


def run(way: str, pace: float, path: Path, pages: int, interval: int | None = None, extra: tuple[str, ...] = ()) -> Run:
    """Read a document's first pages from a fresh replay server; one with an interval of its own heeds no other."""
    server = () if interval is None else ("--older", "--interval", interval)
    with replay(pace, *server) as served, tempfile.TemporaryDirectory() as out:
        counted = Path(out) / "reads"
        command = [sys.executable, "-m", "bench.reads", str(counted)]
        if way == "ours":
            command += ["ocr", str(path), "--server-url", served.url, "--out", out, "--quiet", "--no-cache"]
            command += ["--pages", f"1-{pages}", *extra]
        else:
            command += ["bench.strategies", way, f"{served.url}/v1", str(path), str(pages)]
        began, before = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        watch = Peak(child.pid)
        assert child.wait() == 0, f"{way} ended with {child.returncode}"
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        stats = served.stats()
        reads = int(counted.read_text())
    assert stats["served"] == pages, f"{way}: {stats['served']} of {pages} pages"
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    first = stats["first"] - began
    return Run(
        pages, stats["seconds"], stats["allowed"], stats["most"], first, cpu, watch.end(), reads, stats["cpu"]
    )  # fmt: skip


def table(title: str, *columns: str) -> None:
    """The head of a Markdown table."""
    print(f"\n{title}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)


def row(*cells: object) -> None:
    """A row of it."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def reading(options: argparse.Namespace, folder: Path, extra: tuple[str, ...]) -> None:
    """Pages a second, beside those allowed."""
    path = make_pdf(folder / f"{options.pages}.pdf", options.pages)
    paces = [float(pace) for pace in options.paces.split(",")]
    start = run("ours", max(paces), path, 1, extra=extra).first
    table(
        f"An imitation of vLLM (128 slots, a fixed token rate, an event a token), {options.pages} pages of 800 tokens,"
        f" {os.cpu_count()} cores for client and server:",
        "pace", "way", "tokens an event", "pages/s", "allowed", "ratio", "less start", "reads a page",
        "CPU ms a page", "server's", "peak MB", "slots",
    )  # fmt: skip
    ways = [way for way in WAYS if way in options.only.split(",")]
    for pace in paces:
        for way in ways:
            intervals = options.interval.split(",") if options.interval else []
            for interval in [None, *map(int, intervals)] if way == "ours" else [None]:
                done = run(way, pace, path, options.pages, interval, extra if way == "ours" else ())
                less = done.pages / (done.pages / done.speed - start) / done.allowed
                row(
                    f"{pace:g}", WAYS[way], interval or "as asked", f"{done.speed:.2f}", f"{done.allowed:.2f}",
                    f"{done.speed / done.allowed:.3f}", f"{less:.3f}" if way == "ours" else "",
                    f"{done.reads / done.pages:.0f}", f"{1e3 * done.cpu / done.pages:.1f}",
                    f"{1e3 * done.server_cpu / done.pages:.1f}", f"{done.peak / 1e6:.0f}", done.most,
                )  # fmt: skip


def cpu(options: argparse.Namespace, folder: Path, extra: tuple[str, ...]) -> None:
    """CPU seconds a page, beside those of the work that cannot be left out."""
    pages = options.pages
    path = make_pdf(folder / f"{pages}.pdf", pages)
    began = time.process_time()
    bare_mixed(path, folder)
    floor = (time.process_time() - began) / pages
    began = time.process_time()
    document = open_document(path, path.name, None, DocumentLimits())
    for number in range(1, pages + 1):
        render_page(document, number, ImageSpec(1540, multiple=28), DocumentLimits())
    lean = (time.process_time() - began) / pages
    one = run("ours", options.pace, path, 1, extra=extra)
    done = run("ours", options.pace, path, pages, extra=extra)
    without = (done.cpu - one.cpu) / (pages - 1)
    table(
        f"CPU of all our processes, {pages} pages from an imitation of vLLM at {options.pace:g} a second:",
        "",
        "ms a page",
        "÷ bare",
    )
    for name, seconds in (
        ("bare: pypdfium2, then Pillow's PNG or JPEG", floor),
        ("the same with our encoder", lean),
        ("ours", done.cpu / pages),
        ("ours, less the start (a run of one page)", without),
    ):
        row(name, f"{1e3 * seconds:.1f}", f"{seconds / floor:.2f}")


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


def memory(options: argparse.Namespace, folder: Path, extra: tuple[str, ...]) -> None:
    """Peak memory and the time to the first request, by number of pages."""
    table(
        f"Memory of all our processes and the first request; an imitation of vLLM at {options.pace:g} pages a second:",
        "pages", "seconds", "peak, MB", "÷ 300 pages", "first request, s", "÷ one page",
    )  # fmt: skip
    peaks: dict[int, int] = {}
    one = 0.0
    for pages in (1, 300, 3000):
        path = make_pdf(folder / f"{pages}.pdf", pages)
        done = run("ours", options.pace, path, pages, extra=extra)
        peaks[pages] = done.peak
        firsts = [done.first, *(run("ours", options.pace, path, 1, extra=extra).first for _ in range(FIRSTS - 1))]
        first = sorted(firsts)[FIRSTS // 2]
        one = one if pages > 1 else first
        row(
            pages, f"{done.seconds:.1f}", f"{done.peak / 1e6:.0f}",
            f"{done.peak / peaks[300]:.2f}" if pages >= 300 else "", f"{first:.2f}", f"{first / one:.2f}",
        )  # fmt: skip


TABLES = {"reading": reading, "cpu": cpu, "memory": memory}


def main() -> None:
    """Print the tables asked for, all of them by default, as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="|".join(TABLES))
    parser.add_argument("--paces", default="6,20,60", help="pages a second, for the first table")
    parser.add_argument("--pace", type=float, default=20.0, help="for the others")
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--interval", default="1,4,16", help="tokens an event, besides what is asked")
    parser.add_argument("--only", default=",".join(WAYS))
    options, extra = parser.parse_known_args()
    if not find_spec("openai"):
        options.only = ",".join(way for way in options.only.split(",") if way in {"ours", "reader"})
        print("openai is not installed: its lines are left out (uv pip install -r pyproject.toml --extra bench)")
    with tempfile.TemporaryDirectory() as name:
        for chosen in options.tables or TABLES:
            TABLES[chosen](options, Path(name), tuple(extra))
    print(f"\nThe machine's load at the end: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores.")


if __name__ == "__main__":
    main()
