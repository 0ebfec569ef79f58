"""A batch run from its settings to its exit code."""

import importlib
import time
from collections import Counter
from dataclasses import dataclass, field

from ocr.batch.batch_settings import CLUSTERS, BatchSettings, begin_run
from ocr.batch.counts import counted
from ocr.batch.dry_run import dry_run
from ocr.batch.manifest import Manifest, freeze_manifest
from ocr.batch.row_index import read_index
from ocr.batch.sources import find_documents
from ocr.batch.storage import Folder
from ocr.batch.task_rows import Tally
from ocr.batch.word_checks import UnverifiedDocument, unverified_documents
from ocr.cli.terminal import Terminal
from ocr.cli.verified_words import percent
from ocr.documents.folder_listing import described
from ocr.documents.page_ranges import check_selection
from ocr.documents.photo_extra import check_photos
from ocr.errors import NotVerified, OcrError
from ocr.export import check_formats
from ocr.filenames import printable
from ocr.interrupts import INTERRUPTED

TASKS_PER_WORKER = 4
"""So many tasks for each worker end at about the same time, and one that is added finds something to do."""
MAX_NAMED = 5
"""Documents that one message names."""
DOCUMENTS_PER_TASK = 5000
"""Of a run with one worker, at most."""


def main(settings: BatchSettings) -> int:
    """Do what is asked for; return the exit code."""
    terminal = Terminal(quiet=settings.reading.quiet)
    try:
        check_selection(settings.pages)
        if settings.reading.request.auto_rotate:
            from ocr.engines.tesseract import orientation  # Tesseract is loaded only where it is wanted

            orientation.check()
        check_photos(settings.reading.request.photos)
        check_formats(settings.formats)
        if settings.dry_run:
            return dry_run(settings, settings.dry_run, terminal)
        begin_run(settings)
        manifest = _frozen(settings, terminal)
        run_tasks = _run_cluster if settings.engine in CLUSTERS else _run_local
        return run_tasks(settings, manifest.tasks, terminal) or _end(settings, terminal)
    except OcrError as error:
        terminal.complain("", error)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED


def _frozen(settings: BatchSettings, terminal: Terminal) -> Manifest:
    skipped: Counter[str] = Counter()
    documents = list(find_documents(settings.source, settings.column, (settings.target,), skipped))
    workers = settings.shard[1] if settings.shard else settings.workers or 1
    several = workers > 1 or settings.engine in CLUSTERS
    default = TASKS_PER_WORKER * workers if several else 1
    tasks = settings.tasks or max(default, -(-len(documents) // DOCUMENTS_PER_TASK))
    manifest = freeze_manifest(settings.folder, documents, tasks)
    if not settings.shard or settings.shard[0] == 0:
        settings.folder.delete_leftovers()
    left_out = f" (left out: {described(skipped)})" if skipped else ""
    new = f", {manifest.new_documents:,} of them new" if 0 < manifest.new_documents < manifest.documents else ""
    counts = f"{counted(manifest.documents, 'document')} in {counted(manifest.tasks, 'task')}"
    terminal.note(f"{counts}{new}{left_out}.")
    return manifest


@dataclass(slots=True)
class _BatchReport:
    """Shows what tasks report, and sums it up at the end."""

    terminal: Terminal
    tally: Tally = field(default_factory=Tally)
    began: float = field(default_factory=time.monotonic)
    _told: str = ""

    def tell(self, report: Tally | OcrError | str) -> None:
        """Show it; what several processes report at once is shown once."""
        if isinstance(report, Tally):
            self.tally = report
            self.terminal.show(pages=report.pages, ended=report.done, failed=report.failed, tokens=report.tokens)
        elif str(report) != self._told:
            self._told = str(report)
            if isinstance(report, OcrError):
                self.terminal.complain("", report)
            else:
                self.terminal.write(f"{report.rstrip()}\n")

    def summary(self) -> str:
        """What this run has read, as `3 pages, 1 failed, 2 blank, 1.5 pages/s`."""
        tally, seconds = self.tally, time.monotonic() - self.began
        words = [counted(tally.done, "page")]
        counts = {
            "failed": tally.failed,
            "blank": tally.blank,
            "to look at": tally.doubtful,
            "documents that cannot be opened": tally.unopened,
            "not read by the server's fault": tally.unread,
        }
        words += [f"{count:,} {said}" for said, count in counts.items() if count]
        return ", ".join([*words, f"{tally.done / seconds:.2f} pages/s"] if tally.done else words)


def _run_local(settings: BatchSettings, tasks: int, terminal: Terminal) -> int:
    from ocr.batch.local_engine import run_processes, run_tasks

    report, workers = _BatchReport(terminal), settings.workers or 1
    number, shards = settings.shard or (0, 1)
    numbers = range(number, tasks, shards)
    with terminal:
        if workers > 1:
            code = run_processes(settings, numbers, tasks, workers, report.tell)
        else:
            code = run_tasks(settings, numbers, tasks, report.tell)
    terminal.tell(settings.target, report.summary())
    if code == INTERRUPTED:
        terminal.note("Stopped. The same command goes on from here.")
    return code


def _run_cluster(settings: BatchSettings, tasks: int, terminal: Terminal) -> int:
    launch = importlib.import_module(f"ocr.batch.{settings.engine}_engine").launch
    code: int = launch(settings.on_nodes(), tasks, terminal.write)
    return code


def _end(settings: BatchSettings, terminal: Terminal) -> int:
    """What is asked for once every page has a row: documents as files, and words found; return the exit code."""
    if settings.formats:
        from ocr.batch.merge import merge_with_progress

        said = merge_with_progress(settings.folder, settings.formats, quiet=settings.reading.quiet)
        terminal.tell(settings.folder.address("documents"), said)
    if (required := settings.reading.require) is not None:
        _require(settings.folder, required)
    return 0


def _require(folder: Folder, required: float) -> None:
    """Raise a NotVerified that names some of the documents of which fewer words were found."""
    if lacking := unverified_documents(read_index(folder).best, required):
        named = "; ".join(f"{printable(one.id)}: {_found(one)}" for one in lacking[:MAX_NAMED])
        unread = any(one.unchecked or not one.opened for one in lacking)
        reasons = " Why a page was not checked or read is in `check.note` or `error` of its row; see to that first."
        raise NotVerified(
            f"{counted(len(lacking), 'document')} did not meet --require {required:g}: "
            f"{named}{'; …' if len(lacking) > MAX_NAMED else ''}.",
            f"Have their pages read again (`batch retry TARGET --doubtful --require {required:g}`, then this command), "
            f"or look at the places that `check` has in their rows.{reasons if unread else ''}",
        )


def _found(document: UnverifiedDocument) -> str:
    if not document.opened:
        return "cannot be opened"
    found = f"{percent(document.share)} of the words found"
    return f"{found}, {counted(document.unchecked, 'page')} not checked" if document.unchecked else found
