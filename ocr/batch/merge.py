"""`pagelight batch merge TARGET`: one row a page, sorted, as a dataset with its card."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ocr.batch.batch_settings import read_run
from ocr.batch.counts import counted
from ocr.batch.dataset_card import dataset_card
from ocr.batch.document_files import write_documents
from ocr.batch.manifest import read_manifest
from ocr.batch.row_index import grouped, read_index
from ocr.batch.rows import SCHEMA, without_password
from ocr.batch.run_status import Documents, count_documents, reasons
from ocr.batch.sorted_rows import plan, write_sorted
from ocr.batch.storage import Folder
from ocr.batch.target_command import run_command
from ocr.batch.word_checks import CheckedWords
from ocr.cli.document_totals import SUMMARY_WORDS
from ocr.cli.verified_words import percent
from ocr.config.arguments import ROW_FORMATS, Parser, parse_row_formats
from ocr.config.command_line import invocation
from ocr.errors import OutputError
from ocr.export import check_formats
from ocr.filenames import printable
from ocr.types import Finish

if TYPE_CHECKING:
    from rich.progress import TaskID

ABOUT = (
    "Merge what was read into data/train-*.parquet: one row for each page, sorted by document and page, with a dataset "
    "card, report.json and failed.parquet. Hugging Face datasets, DuckDB and pandas read it as it is."
)
Progress = Callable[[str, int, int], None]
"""Told what is done, how much of it and of how much."""
FAILED_SCHEMA = pa.schema([
    ("id", pa.string()),
    ("uri", pa.string()),
    ("page", pa.int32()),
    ("error", pa.string()),
])  # fmt: skip
"""Of failed.parquet; page 0 is a document that could not be opened."""
NEVER_IN_ROWS = {Finish.CANCELLED, Finish.UNREAD}
"""Such pages have no row: they are read when the command is run again."""


def merge(
    folder: Folder,
    formats: Collection[str] = (),
    *,
    partial: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> dict[str, Any]:
    """Merge the rows of `folder`; return what report.json holds.

    Raises:
        OutputError: pages are missing and `partial` is not set, or a file cannot be written.
    """
    selection, entries = read_run(folder).pages, read_manifest(folder)
    best = read_index(folder).best
    documents, _, _ = count_documents(best, entries, selection)
    if (missing := documents.begun + documents.unopened) and not partial:
        raise OutputError(
            f"{counted(missing, 'document')} not read to the end.",
            "Run the command of the batch once more, or merge what there is with --partial.",
        )
    folder.delete("report.json")  # written last again: where it stands, everything else is whole
    uris = {entry.id: entry.uri for entry in entries}
    pages = best.filter(pc.greater(best["page"], 0))
    files = write_sorted(folder, plan(pages), SCHEMA, lambda done, total: progress("merging", done, total))
    if formats:
        write_documents(folder, files, formats, lambda done: progress("writing documents", done, documents.done))
    _write_failed(folder, best, uris)
    report = _report(best, pages, documents, files)
    folder.write("README.md", dataset_card(report, {field.name: str(field.type) for field in SCHEMA}).encode())
    folder.write("report.json", json.dumps(report, ensure_ascii=False, indent=1).encode())
    return report


def _report(best: pa.Table, pages: pa.Table, documents: Documents, files: Sequence[str]) -> dict[str, Any]:
    ends, checked = grouped(pages, "finish"), CheckedWords.of(pages)
    return {
        "documents": {
            "total": documents.total,
            "read": documents.done,
            "failed": documents.failed,
            "missing": documents.begun + documents.unopened,
        },
        "pages": {
            "total": len(pages),
            **{str(finish): ends.get(finish, 0) for finish in Finish if finish not in NEVER_IN_ROWS},
            "blank": pc.sum(pages["blank"]).as_py() or 0,
        },
        "words": checked and asdict(checked),
        "tokens": pc.sum(pages["tokens"]).as_py() or 0,
        "models": grouped(pages, "model"),
        "errors": [
            {"error": one.error, "pages": one.pages, "documents": one.documents, "example": one.example}
            for one in reasons(best)
        ],
        "files": list(files),
        "merged_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _write_failed(folder: Folder, best: pa.Table, uris: Mapping[str, str]) -> None:
    failed = best.filter(pc.equal(best["finish"].cast(pa.string()), str(Finish.FAILED)))
    ids = failed["id"].to_pylist()
    columns = {
        "id": ids,
        "uri": [without_password(uris[id]) if id in uris else None for id in ids],
        "page": failed["page"].to_pylist(),
        "error": failed["error"].to_pylist(),
    }
    with folder.create("failed.parquet") as file:
        pq.write_table(pa.table(columns, FAILED_SCHEMA), file)


def parser() -> argparse.ArgumentParser:
    """The arguments of `batch merge`."""
    made = Parser(prog=f"{invocation('cli')} batch merge", description=ABOUT, allow_abbrev=False)
    made.add_argument("target", metavar="TARGET", help="folder or URL that was --out of the run")
    made.add_argument("--partial", action="store_true", help="merge also where pages are missing; the card says so")
    formats = f"also write documents/<id>/ in these formats: {','.join(ROW_FORMATS)}"
    made.add_argument("--formats", type=parse_row_formats, default=(), metavar="LIST", help=formats)
    made.add_argument("--quiet", action="store_true", help="show no progress")
    made.epilog = "exit codes: 0 merged, 1 pages are missing, or a file cannot be written, 2 usage error"
    return made


def main(argv: Sequence[str]) -> int:
    """Merge, with progress in a terminal, and say what was written; return the exit code."""
    asked = parser().parse_args(argv)

    def run(folder: Folder) -> int:
        check_formats(asked.formats)
        said = merge_with_progress(folder, asked.formats, partial=asked.partial, quiet=asked.quiet)
        sys.stdout.write(f"{printable(folder.address('data'))}\t{said}\n")
        return 0

    return run_command(run, asked.target)


def merge_with_progress(folder: Folder, formats: Collection[str], *, partial: bool = False, quiet: bool) -> str:
    """Merge, with progress in a terminal; return what was merged, in one line. Raises as `merge`."""
    with _progress(quiet=quiet) as show:
        return words(merge(folder, formats, partial=partial, progress=show))


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    """A bar on standard error, where that is a terminal; gone at the end."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True, disable=quiet or not sys.stderr.isatty()) as bar:
        steps: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in steps:
                steps[what] = bar.add_task(what)
            bar.update(steps[what], completed=done, total=total)

        yield show


def words(report: Mapping[str, Any]) -> str:
    """What was merged, in one line."""
    pages, documents = report["pages"], report["documents"]
    parts = [
        f"{counted(pages['total'], 'page')} of {counted(documents['total'], 'document')}",
        *(f"{pages[finish]:,} {said}" for finish, said in SUMMARY_WORDS.items() if pages.get(finish)),
        *([f"{pages['blank']:,} blank"] if pages["blank"] else []),
        *_checked_words(report["words"]),
        *([f"{counted(documents['failed'], 'document')} not opened"] if documents["failed"] else []),
        *([f"{counted(documents['missing'], 'document')} not read to the end"] if documents["missing"] else []),
    ]
    return ", ".join(parts)


def _checked_words(checked: Mapping[str, int] | None) -> Iterator[str]:
    if not checked:
        return
    if checked["page_words"]:
        yield f"{percent(checked['found'] / checked['page_words'])} of the pages' words found"
    if checked["doubtful"]:
        yield f"{counted(checked['doubtful'], 'page')} to look at"
