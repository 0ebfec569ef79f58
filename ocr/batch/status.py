"""`pagelight batch status TARGET`: how far a run is, from anywhere that can read TARGET."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from ocr.batch.batch_settings import read_run
from ocr.batch.manifest import read_manifest
from ocr.batch.row_index import read_index
from ocr.batch.run_status import RunStatus, run_status
from ocr.batch.status_report import Cost, report
from ocr.batch.storage import Folder
from ocr.batch.target_command import run_command
from ocr.config.arguments import Parser, parse_amount, parse_positive, parse_seconds
from ocr.config.command_line import invocation

ABOUT = (
    "Show how far a batch is: documents, pages and tasks, what failed and why, pages per second, the time left and "
    "what it costs. It reads TARGET alone and can be called from any machine, while the batch runs or afterwards."
)
WATCH_S = 10.0


def parser() -> argparse.ArgumentParser:
    """The arguments of `batch status`."""
    made = Parser(prog=f"{invocation('cli')} batch status", description=ABOUT, allow_abbrev=False)
    made.add_argument("target", metavar="TARGET", help="folder or URL that was --out of the run")
    price = "price of one GPU for an hour, in any currency; shows what the batch costs"
    made.add_argument("--price", type=parse_amount, metavar="AMOUNT", help=price)
    made.add_argument("--gpus", type=parse_positive, default=1, metavar="N", help="GPUs that read at once; default: 1")
    made.add_argument("--json", action="store_true", help="print one JSON object instead, for programs")
    watch = f"look again every S seconds until the batch has ended; default of S: {WATCH_S:g}"
    made.add_argument("--watch", nargs="?", const=WATCH_S, type=parse_seconds, metavar="S", help=watch)
    made.epilog = "exit codes: 0 all documents are done, 1 something is left to read"
    return made


def main(argv: Sequence[str]) -> int:
    """Print the status, once or until the run has ended; return the exit code."""
    asked = parser().parse_args(argv)
    cost = None if asked.price is None else Cost(asked.price, asked.gpus)

    def show(folder: Folder) -> int:
        looks = _looks(folder, asked.watch)
        ended = _print_json(looks, cost, asked.watch) if asked.json else _show(looks, asked.target, cost)
        return 0 if ended else 1

    return run_command(show, asked.target)


def _looks(folder: Folder, every: float | None) -> Iterator[RunStatus]:
    """What is seen now; with `every` also what is seen so many seconds later, until the run has ended."""
    index = None
    while True:
        selection = read_run(folder).pages
        index = read_index(folder, index)  # only what is new
        yield (status := run_status(folder, index, read_manifest(folder), selection, time.time()))
        if every is None or status.ended:
            return
        time.sleep(every)


def _print_json(looks: Iterator[RunStatus], cost: Cost | None, every: float | None) -> bool:
    """Print an object, or one a line; return whether the run has ended."""
    for status in looks:
        text = json.dumps(_value(status, cost), ensure_ascii=False, indent=None if every else 1)
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    return status.ended


def _value(status: RunStatus, cost: Cost | None) -> dict[str, Any]:
    """The status for programs; times are seconds, `last_read_at` since 1970."""
    left = status.seconds_left
    money = cost and {"so_far": cost.of(status.worked_seconds), "to_come": left and cost.of(left)}
    return {**asdict(status), "ended": status.ended, "cost": money}


def _show(looks: Iterator[RunStatus], target: str, cost: Cost | None) -> bool:
    """Show it, in a terminal always at the same place; return whether the run has ended."""
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(highlight=False), auto_refresh=False, vertical_overflow="visible") as live:
        for status in looks:
            live.update(report(target, status, cost, time.time()), refresh=True)
    return status.ended
