"""What reading at scale costs, and a simulation of a million pages.

    python -m bench.batch overhead [--pages 300] [--pace 20] [--rounds 3]
    python -m bench.batch killed [--pages 100000] [--options '--workers 2']
    python -m bench.batch target [--pages 1000000]
    python -m bench.batch simulation [--pages 1000000] [--gpus 1,8,64]

No model is run: the servers of `overhead` (bench/replay.py) and `killed` (tests/batch/coded_pages.py) are imitations.
`overhead` compares batch with the plain command line on the same pages, alternately, each less a run of one page.
`killed` reads small pages that carry a code, so that a page that is missing, doubled, wrong or asked for twice is
counted; every process of the run is killed after each quarter. `target` makes up a TARGET as a run leaves it, and
looks at it, merges it and writes its documents' Markdown, each in a process of its own: CPU and peak memory of that
process. Seconds are CPU seconds, which a busy machine changes little. `simulation` reads nothing: see
bench/batch_simulation.py.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean

import pyarrow.parquet as pq

from bench.batch_runs import killed_run, overhead
from bench.batch_simulation import MEAN_PAGES, UNITS, Assumptions, dealt, made_documents, simulate
from bench.batch_target import make_target
from bench.throughput import row, table
from ocr.batch.storage import Folder

SEEDS = range(5)


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


def measured(module: str, arguments: list[str]) -> tuple[float, int]:
    """CPU seconds and peak bytes of a module's `main`."""
    program = f"import sys; from {module} import main; sys.exit(main(sys.argv[1:]))"
    child = subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, f"{module} ended with {child.returncode}"
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def steady(options: argparse.Namespace) -> None:
    """Batch beside the plain command line."""
    overhead(options.pages or 300, options.pace, options.rounds)


def killed(options: argparse.Namespace) -> None:
    """One run, killed three times."""
    with tempfile.TemporaryDirectory(dir=options.folder) as made:
        killed_run(options.pages or 100_000, options.options.split(), Path(made))


MODES = {"overhead": steady, "killed": killed, "target": target, "simulation": simulation}


def main() -> None:
    """Run what the command line asks for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("mode", choices=MODES)
    options.add_argument("--pages", type=int)
    options.add_argument("--pace", type=float, default=20.0)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--options", default="", help="of `batch` for killed: '--workers 2'")
    options.add_argument("--gpus", default="1,8,64")
    options.add_argument("--folder", help="where to write; default: the system's temporary folder")
    asked = options.parse_args()
    MODES[asked.mode](asked)


if __name__ == "__main__":
    main()
