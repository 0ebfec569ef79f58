"""What reading at scale costs, and a simulation of a million pages.

    python -m bench.batch simulation [--pages 1000000] [--gpus 1,8,64]
    python -m bench.batch target [--pages 1000000]

`simulation` reads nothing: see bench/batch_simulation.py. `target` makes up a TARGET as a run leaves it, and looks at
it, merges it and writes its documents' Markdown, each in a process of its own: CPU and peak memory of that process
(files mapped into it count). Seconds are CPU seconds, which a busy machine changes little.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean

import pyarrow as pa
import pyarrow.parquet as pq

from bench.batch_simulation import UNITS, Assumptions, dealt, made_documents, simulate
from bench.events import TOKENS
from bench.throughput import row, table
from ocr.batch.manifest import ManifestEntry, write_manifest
from ocr.batch.rows import SCHEMA
from ocr.batch.storage import Folder

SEEDS = range(5)
MEAN_PAGES = 16.1
PAGE_TOKENS = 800
WORDS = random.Random(0)
PART_ROWS = 256


def simulation(options: argparse.Namespace) -> None:
    """Pages that are read again and the time taken, by the unit of resume."""
    assumed, pages = Assumptions(), options.pages or 1_000_000
    counts = made_documents(pages, MEAN_PAGES, 0)
    table(
        f"A SIMULATION, nothing was read: {pages:,} pages in {len(counts):,} documents, "
        f"{assumed.pages_per_second:g} pages/s a GPU, a job lost every {assumed.loss_every_h:g} GPU hours, "
        f"{assumed.server_start_s:g} s to load the model, {assumed.tasks_per_gpu} tasks a GPU; means of {len(SEEDS)}:",
        "GPUs", "resume by", "jobs lost", "pages read again", "hours", "÷ ideal",
    )  # fmt: skip
    for gpus in map(int, options.gpus.split(",")):
        tasks = dealt(counts, gpus * assumed.tasks_per_gpu)
        ideal = pages / gpus / assumed.pages_per_second
        for unit in UNITS:
            runs = [simulate(tasks, gpus, unit, assumed, seed) for seed in SEEDS]
            seconds = mean(run.seconds for run in runs)
            row(
                gpus, unit, f"{mean(run.losses for run in runs):.1f}",
                f"{mean(run.read_again for run in runs):,.0f}", f"{seconds / 3600:.2f}", f"{seconds / ideal:.3f}",
            )  # fmt: skip


def target(options: argparse.Namespace) -> None:
    """CPU and memory of status and merge."""
    pages = options.pages or 1_000_000
    with tempfile.TemporaryDirectory(dir=options.folder) as made:
        folder = Folder(made)
        parts = make_target(folder, pages)
        size = sum(path.stat().st_size for path in Path(made).glob("pages/*"))
        table(f"{pages:,} made-up rows in {parts:,} parts, {size / 1e6:,.0f} MB:", "", "CPU s", "peak MB")
        for what, module, arguments in (
            ("status, the first look", "status", []),
            ("status, a second look", "status", []),
            ("merge", "merge", []),
            ("merge again, and every document's Markdown", "merge", ["--formats", "md"]),
        ):
            seconds, peak = measured(f"ocr.batch.{module}", [made, *arguments])
            row(what, f"{seconds:.1f}", f"{peak / 1e6:.0f}")
        files = Folder(made).names("data/")
        rows = sum(pq.read_metadata(Path(made) / name).num_rows for name in files)
        print(f"\n{rows:,} rows in {len(files)} files of data/.")


def make_target(folder: Folder, pages: int) -> int:
    """Make up the rows of a run; return the number of parts."""
    counts = made_documents(pages, MEAN_PAGES, 0)
    tasks = dealt(counts, max(1, pages // 4000))
    folder.write("run.json", json.dumps({"version": 1, "source": "made", "pages": "", "reading": {}}).encode())
    entries, parts, at = [], 0, datetime(2026, 11, 26, tzinfo=UTC)
    for number, task in enumerate(tasks):
        rows = []
        for document, count in enumerate(task):
            id = f"{document % 100:02d}/{number:05d}-{document:05d}.pdf"
            entries.append(ManifestEntry(number, id, f"/made/{id}", count))
            rows += [_row(id, page, count, at + timedelta(seconds=len(rows) / 5.71)) for page in range(1, count + 1)]
        for first in range(0, len(rows), PART_ROWS):
            name = f"pages/{number:05d}-aaaaaaaa-{first // PART_ROWS:05d}.parquet"
            with folder.create(name) as file:
                pq.write_table(pa.Table.from_pylist(rows[first : first + PART_ROWS], SCHEMA), file, compression="zstd")
            parts += 1
    write_manifest(folder, entries)
    return parts


def _row(id: str, page: int, pages: int, at: datetime) -> dict[str, object]:
    words = "".join(WORDS.choices(TOKENS, k=PAGE_TOKENS))
    return {
        **dict.fromkeys(SCHEMA.names), "id": id, "page": page, "pages": pages, "sha256": "ab" * 32, "markdown": words,
        "raw": words, "regions": [{"label": "text", "box": [0, 0, 500, 500], "text": words[:200]}], "finish": "stop",
        "blank": False, "tokens": PAGE_TOKENS, "attempts": 1, "kept": 1, "tries": [], "seconds": 11.2, "width": 1092,
        "height": 1540, "rotation": 0, "cached": False, "missing_fonts": [], "model": "made", "read_at": at,
    }  # fmt: skip


def measured(module: str, arguments: list[str]) -> tuple[float, int]:
    """CPU seconds and peak bytes of a module's `main`."""
    program = f"import sys; from {module} import main; sys.exit(main(sys.argv[1:]))"
    child = subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, f"{module} ended with {child.returncode}"
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


MODES = {"simulation": simulation, "target": target}


def main() -> None:
    """Run what the command line asks for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("mode", choices=MODES)
    options.add_argument("--pages", type=int)
    options.add_argument("--gpus", default="1,8,64")
    options.add_argument("--folder", help="where to write; default: the system's temporary folder")
    asked = options.parse_args()
    MODES[asked.mode](asked)


if __name__ == "__main__":
    main()
