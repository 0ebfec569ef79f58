"""`pagelight batch retry TARGET`: pages that failed, were cut or are doubted are read again by the next run."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ocr.batch.batch_settings import read_run
from ocr.batch.counts import counted
from ocr.batch.row_index import COMPLETIONS, RowIndex, read_index
from ocr.batch.storage import Folder
from ocr.batch.storage_errors import reading
from ocr.batch.target_command import run_command
from ocr.batch.word_checks import doubtful_pages
from ocr.config.arguments import Parser, parse_share
from ocr.config.command_line import invocation
from ocr.errors import UsageError
from ocr.types import Finish

ABOUT = (
    "Have pages read again by the next run of the batch: those that failed, with documents that could not be opened, "
    "those whose text was cut, or those that the word check doubts. What was read of them stays until it is replaced "
    "by something better. Call it when no run is going on."
)
TRUNCATED = (Finish.LENGTH, Finish.REPETITION)
SCHEMA = pa.schema([("part", pa.string()), ("id", pa.string()), ("page", pa.int32())])
"""Of the files in `retry/`: rows that stay, but no longer count as read."""

Row = tuple[str, str, int]
"""Part, document id and page."""


@dataclass(frozen=True, slots=True)
class Retried:
    """What the next run will read again."""

    documents: int
    """Those that could not be opened."""
    pages: int
    tasks: int


def retried_rows(folder: Folder, task: int) -> Mapping[str, Collection[tuple[str, int]]]:
    """The rows of a task that `retry` has given up: part → document ids and pages; they do not count as read."""
    rows: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for part, id, page in _given_up(folder, f"retry/{task:05d}-"):
        rows[part].add((id, page))
    return rows


def waiting_pages(folder: Folder, index: RowIndex) -> set[tuple[str, int]]:
    """Document ids and pages of which every row is given up: the next run reads them again."""
    given_up = set(_given_up(folder, "retry/"))
    if not given_up:
        return set()
    pages = {(id, page) for _, id, page in given_up}
    best = {(id, page) for _, id, page, _ in _rows(index.best, pages)}
    return best - {(id, page) for part, id, page, _ in _rows(index.table, best) if (part, id, page) not in given_up}


def retry(
    folder: Folder, finishes: Collection[Finish], *, doubtful: bool = False, required: float | None = None
) -> Retried:
    """Have the pages whose best row ends so read again by the next run; with `doubtful` also those the check doubts.

    Those are the pages with places to look at; with `required` instead all by which a document does not meet it: with
    fewer of their words found, not compared, failed, and documents that could not be opened. Nothing changes if it is
    called twice, and a call that was killed is made good by the next one.
    """
    index = read_index(folder)
    words = pa.array([str(finish) for finish in finishes], pa.string())
    chosen = [index.best.filter(pc.is_in(index.best["finish"].cast(pa.string()), words))]
    if doubtful:
        chosen.append(doubtful_pages(index.best, required))
    pages = {one for rows in chosen for one in zip(rows["id"].to_pylist(), rows["page"].to_pylist(), strict=True)}
    tasks: dict[int, list[Row]] = defaultdict(list)
    for part, id, page, task in _rows(index.table, pages):
        tasks[task].append((part, id, page))
    given_up = set(_given_up(folder, "retry/"))
    for task, rows in tasks.items():
        if new := [row for row in rows if row not in given_up]:
            _write(folder, task, new)
        completed = f"{COMPLETIONS}{task:05d}"
        if folder.exists(completed):  # last: a task that is not complete is run again and looks for its rows
            folder.rename(completed, f"logs/retried/{task:05d}-{secrets.token_hex(4)}")
    documents = sum(page == 0 for _, page in pages)
    return Retried(documents, len(pages) - documents, len(tasks))


def _rows(table: pa.Table, pages: Collection[tuple[str, int]]) -> Iterator[tuple[str, str, int, int]]:
    """Part, document id, page and task of all rows of these pages."""
    ids = pa.array(sorted({id for id, _ in pages}), pa.string())
    some = table.filter(pc.is_in(table["id"].cast(pa.string()), ids))
    for row in zip(*(some[name].to_pylist() for name in ("part", "id", "page", "task")), strict=True):
        if (row[1], row[2]) in pages:
            yield row


def _given_up(folder: Folder, prefix: str) -> Iterator[Row]:
    for name in folder.names(prefix):
        with reading(folder.address(name)), folder.open(name) as file:
            table = pq.ParquetFile(file).read(SCHEMA.names)
        yield from zip(*(table[column].to_pylist() for column in SCHEMA.names), strict=True)


def _write(folder: Folder, task: int, rows: Sequence[Row]) -> None:
    columns = zip(*sorted(rows), strict=True)
    table = pa.table([pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], SCHEMA)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    folder.write(f"retry/{task:05d}-{secrets.token_hex(4)}.parquet", sink.getvalue().to_pybytes())


def parser() -> argparse.ArgumentParser:
    """The arguments of `batch retry`."""
    made = Parser(prog=f"{invocation('cli')} batch retry", description=ABOUT, allow_abbrev=False)
    made.add_argument("target", metavar="TARGET", help="folder or URL that was --out of the run")
    failed = "pages that failed and documents that could not be opened; the default"
    made.add_argument("--failed", action="store_true", help=failed)
    cut = "pages cut at the token limit or where the model began to repeat itself"
    made.add_argument("--truncated", action="store_true", help=cut)
    doubted = "pages that the word check doubts: those with places to look at (the run had --verify)"
    made.add_argument("--doubtful", action="store_true", help=doubted)
    required = (
        "with --doubtful: all by which the run does not meet --require SHARE instead: less of their words found, such "
        "as 0.98, not checked, failed, or not opened"
    )
    made.add_argument("--require", type=parse_share(1.0), metavar="SHARE", help=required)
    made.epilog = "exit codes: 0 done, or nothing to read again, 1 TARGET cannot be read or written, 2 usage error"
    return made


def main(argv: Sequence[str]) -> int:
    """Do it and say what will be read again; return the exit code."""
    made = parser()
    asked = made.parse_args(argv)
    if asked.require is not None and not asked.doubtful:
        made.error("--require belongs to --doubtful")
    failed = [Finish.FAILED] if asked.failed or not (asked.truncated or asked.doubtful) else []
    finishes = [*failed, *(TRUNCATED if asked.truncated else ())]

    def run(folder: Folder) -> int:
        if asked.doubtful and not read_run(folder).verified:
            raise UsageError("The pages of this run were not verified.", "Read them with --verify into a new --out.")
        again = retry(folder, finishes, doubtful=asked.doubtful, required=asked.require)
        sys.stdout.write(f"{_words(again)}\n")
        return 0

    return run_command(run, asked.target)


def _words(again: Retried) -> str:
    counts = {"page": again.pages, "document": again.documents}
    what = [counted(count, noun) for noun, count in counts.items() if count]
    if not what:
        return "Nothing to read again."
    return f"{' and '.join(what)} will be read again: run the command of the batch once more."
