"""Runs of `pagelight batch` that bench/batch.py measures: beside the plain command line, and killed again and again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psutil

from bench.batch_target import made_rows
from bench.memory import pss
from bench.replay import replay
from bench.throughput import make_pdf, row, table
from ocr.batch.manifest import read_manifest
from ocr.batch.merge import merge
from ocr.batch.parts import part_bytes
from ocr.batch.row_index import RowIndex, read_index
from ocr.batch.run_status import RunStatus, run_status
from ocr.batch.storage import Folder
from tests.batch.coded_pages import LONGEST_SIDE, CodedServer, coded_documents, count

LOOK_S = 2.0
DOCUMENT_PAGES = 20
KILLS = 3


def child_cpu(command: Sequence[object]) -> float:
    """CPU seconds of a command and all its processes, which must succeed."""
    child = subprocess.Popen([sys.executable, "-m", "ocr", *map(str, command)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, f"{command} ended with {child.returncode}"
    return usage.ru_utime + usage.ru_stime


def overhead(pages: int, pace: float, rounds: int) -> None:
    """CPU a page of both ways, each less its start, on the same documents; and what a task and a part cost."""
    costs: dict[str, list[float]] = {"plain": [], "batch": []}
    starts: dict[str, list[float]] = {"plain": [], "batch": []}
    tasks: list[float] = []
    with tempfile.TemporaryDirectory() as made, replay(pace) as server:
        folder = Path(made)
        for name, number in (("one", 1), ("all", pages), ("ten", 1)):
            (folder / name).mkdir()
            for copy in range(10 if name == "ten" else 1):
                make_pdf(folder / name / f"{copy}.pdf", number)

        def plain(what: str, out: str) -> float:
            common = ["--server-url", server.url, "--quiet", "--no-cache", "--formats", "json"]
            return child_cpu([folder / what / "0.pdf", *common, "--out", folder / out])

        def batch(what: str, out: str, *more: object) -> float:
            return child_cpu(
                ["batch", folder / what, "--server-url", server.url, "--quiet", "--out", folder / out, *more]
            )

        for number in range(rounds):
            for name, way in (("plain", plain), ("batch", batch))[:: 1 if number % 2 else -1]:
                start = way("one", f"{number}-{name}-one")
                starts[name].append(start)
                costs[name].append((way("all", f"{number}-{name}-all") - start) / (pages - 1))
            one, ten = batch("ten", f"{number}-t1", "--tasks", 1), batch("ten", f"{number}-t10", "--tasks", 10)
            tasks.append((ten - one) / 9)
    table(
        f"CPU of the client, {pages} pages of the samples from an imitation of vLLM at {pace:g} pages/s; the least of "
        f"{rounds} rounds:",
        "", "plain command line", "batch", "ratio",
    )  # fmt: skip
    plain_ms, batch_ms = 1e3 * min(costs["plain"]), 1e3 * min(costs["batch"])
    row("a page, less the start, ms", f"{plain_ms:.1f}", f"{batch_ms:.1f}", f"{batch_ms / plain_ms:.3f}")
    plain_s, batch_s = min(starts["plain"]), min(starts["batch"])
    row("a run of one page, s", f"{plain_s:.2f}", f"{batch_s:.2f}", f"{batch_s / plain_s:.2f}")
    row("a task more, s", "", f"{max(min(tasks), 0):.3f}", "")
    row("a part of 256 rows, ms", "", f"{1e3 * part_cost():.1f}", "")


def part_cost() -> float:
    """CPU seconds of a part of 256 rows of 800 tokens, written to this machine's disk."""
    rows = made_rows("a.pdf", 256)
    with tempfile.TemporaryDirectory() as made:
        folder = Folder(made)
        folder.write("first", part_bytes(rows))
        began = time.process_time()
        for number in range(10):
            folder.write(f"{number}.parquet", part_bytes(rows))
        return (time.process_time() - began) / 10


@dataclass(slots=True)
class Segment:
    """A start of the run up to its kill, or its end."""

    began: float
    done_before: int
    peak: int = 0
    """Bytes."""
    files: int = 0


def killed_run(pages: int, options: Sequence[str], folder: Path) -> None:
    """Read made pages in one run that is killed three times; count what is missing, doubled, wrong or asked twice."""
    source, target = folder / "source", Folder(folder / "out")
    texts = coded_documents(source, [DOCUMENT_PAGES] * (pages // DOCUMENT_PAGES))
    pages = sum(map(len, texts.values()))
    kills = [pages * number // (KILLS + 1) for number in range(1, KILLS + 1)]
    table(
        f"{pages:,} made pages of 80 × 80 points, an imitation of a server; the whole run was killed {KILLS} times:",
        "until", "pages", "pages/s", "peak MB", "files", "status: done", "DuckDB: pages in parts",
    )  # fmt: skip
    index: RowIndex | None = None
    with CodedServer(folder) as server:
        command = [sys.executable, "-m", "ocr", "batch", str(source), "--out", target.url, "--server-url", server.url]
        command += ["--longest-side", str(LONGEST_SIDE), "--quiet", *options]
        done, killed = 0, True
        while killed:
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
            segment, killed = Segment(time.monotonic(), done), False
            while child.poll() is None:
                time.sleep(LOOK_S)
                segment.peak = max(segment.peak, _memory(child.pid))
                if target.exists("manifest/00000.parquet"):
                    index, status = _look(target, index)
                    assert done <= status.pages.done <= len(server.asked), "status claims pages that were not asked for"
                    done = status.pages.done
                if kills and done >= kills[0]:
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait()
                    killed = bool(kills.pop(0))
            index, status = _look(target, index)
            _tell(target, segment, status, "killed" if killed else "the end")
            done = status.pages.done
        assert child.returncode == 0, f"the run ended with {child.returncode}"
        merge(target)
        names = json.loads(target.read("report.json"))["files"]
        found = duckdb.sql(f"SELECT id, page, markdown FROM read_parquet({[target.address(n) for n in names]})")
        rows = [dict(zip(("id", "page", "markdown"), one, strict=True)) for one in found.fetchall()]
        counts = count(texts, rows, server.asked)
    table("What the merged rows hold:", "pages", "missing", "doubled", "wrong", "asked twice", "status: ended")
    row(counts.pages, counts.missing, counts.doubled, counts.wrong, counts.asked_twice, status.ended)


def _look(target: Folder, index: RowIndex | None) -> tuple[RowIndex, RunStatus]:
    index = read_index(target, index)
    return index, run_status(target, index, read_manifest(target), None, time.time())


def _tell(target: Folder, segment: Segment, status: RunStatus, until: str) -> None:
    parts = target.address("pages/*.parquet")
    ((pages,),) = duckdb.sql(f"SELECT count(DISTINCT (id, page)) FROM '{parts}'").fetchall()
    read = status.pages.done - segment.done_before
    row(
        until, f"{read:,}", f"{read / (time.monotonic() - segment.began):.1f}", f"{segment.peak / 1e6:.0f}",
        len(target.names()), f"{status.pages.done:,}", f"{pages:,}",
    )  # fmt: skip
    assert pages == status.pages.done


def _memory(pid: int) -> int:
    try:
        return pss(psutil.Process(pid))
    except psutil.Error:
        return 0
