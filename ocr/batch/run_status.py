"""What has become of the documents, pages and tasks of a run, counted from TARGET alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ocr.batch.manifest import ManifestEntry
from ocr.batch.retry_pages import waiting_pages
from ocr.batch.row_index import COMPLETIONS, RowIndex, grouped, milliseconds
from ocr.batch.storage import Folder
from ocr.batch.word_checks import CheckedWords
from ocr.documents.page_ranges import select_pages
from ocr.errors import UsageError
from ocr.types import Finish

RATE_WINDOW_S = 300.0
"""Pages a second are those of the last five minutes."""
WRITING_DELAY_S = 60.0
"""A task may keep its rows for so long before it writes them: the last minute is not complete yet."""
IDLE_AFTER_S = 300.0
"""A task that has written no row for so long is not counted as running, and the time since not as worked."""
_VARYING = re.compile(r'"[^"]*"|\d[\d,.]*')
"""What differs between errors of one kind: numbers and what is quoted."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")


@dataclass(frozen=True, slots=True)
class Documents:
    """Documents of the manifest; the four kinds add up to `total`."""

    total: int
    done: int
    """All of their pages have a row, failed ones too."""
    failed: int
    """They could not be opened."""
    begun: int
    """Opened, and pages of theirs are left."""
    unopened: int
    """How many pages they have is not known yet."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Pages of the documents that were opened."""

    total: int
    estimated_total: int
    """With those of documents that were not opened yet, by their size."""
    done: int
    """They have a row: read, cut, blank or failed."""
    failed: int
    length: int
    """Cut at the token limit."""
    repetition: int
    """Cut where the model began to repeat itself."""
    blank: int
    waiting: int
    """Read before, and to be read again because `retry` was asked to; not in `done`."""
    tokens: int

    @property
    def left(self) -> int:
        """Pages still to be read, estimated."""
        return max(self.estimated_total - self.done, 0)


@dataclass(frozen=True, slots=True)
class Tasks:
    """Tasks of the manifest; the four kinds add up to `total`."""

    total: int
    complete: int
    running: int
    idle: int
    """Begun, not complete, and without a new row for five minutes."""
    not_begun: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Errors that say the same but for names and numbers."""

    error: str
    """What the first of them says, without what to do next."""
    pages: int
    documents: int
    """Those that could not be opened."""
    example: str
    """One of the documents."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """What `batch status` shows."""

    documents: Documents
    pages: Pages
    tasks: Tasks
    words: CheckedWords | None
    """What the word check found; None where pages are not verified."""
    reasons: tuple[Reason, ...]
    """The most frequent first."""
    pages_per_second: float | None
    """Of the last minutes; None when nothing was read in them."""
    seconds_left: float | None
    worked_seconds: float
    """In which pages were read, pauses between runs left out."""
    last_read_at: float | None
    """Seconds since 1970."""

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do."""
        return self.documents.done + self.documents.failed == self.documents.total and not self.pages.waiting


def run_status(
    folder: Folder, index: RowIndex, entries: Collection[ManifestEntry], selection: str | None, now: float
) -> RunStatus:
    """Count; `selection` are the pages that are asked for of each document, `now` seconds since 1970."""
    waiting = waiting_pages(folder, index)
    best = index.best
    if waiting:
        keys = zip(best["id"].to_pylist(), best["page"].to_pylist(), strict=True)
        best = best.filter(pa.array([key not in waiting for key in keys], pa.bool_()))
    documents, known, estimated = count_documents(best, entries, selection)
    read = best.filter(pc.greater(best["page"], 0))
    ends = grouped(read, "finish")
    pages = Pages(
        total=known,
        estimated_total=estimated,
        done=len(read),
        failed=ends.get(Finish.FAILED, 0),
        length=ends.get(Finish.LENGTH, 0),
        repetition=ends.get(Finish.REPETITION, 0),
        blank=pc.sum(read["blank"]).as_py() or 0,
        waiting=len(waiting),
        tokens=pc.sum(read["tokens"]).as_py() or 0,
    )
    times = np.sort(milliseconds(best["read_at"])) / 1000
    rate = _rate(times, now)
    return RunStatus(
        documents,
        pages,
        _tasks(folder, index.table, entries, now),
        CheckedWords.of(read),
        reasons(best),
        rate,
        pages.left / rate if rate and pages.left else None,
        _worked(times),
        float(times[-1]) if len(times) else None,
    )


def count_documents(
    best: pa.Table, entries: Collection[ManifestEntry], selection: str | None
) -> tuple[Documents, int, int]:
    """The documents, the pages of those that were opened, and the estimated pages of all."""
    groups = best.group_by("id").aggregate([("page", "min"), ("page", "count"), ("pages", "max")])
    found = {row["id"]: row for row in groups.to_pylist()}
    done = failed = begun = known = known_bytes = unknown_bytes = 0
    for entry in entries:
        row = found.get(entry.id)
        if row is None:
            unknown_bytes += entry.bytes
        elif row["page_min"] == 0:
            failed += 1
            known += row["page_count"] - 1  # read before
        else:
            wanted = pages_wanted(selection, row["pages_max"])
            known += wanted
            known_bytes += entry.bytes
            done, begun = (done + 1, begun) if row["page_count"] >= wanted else (done, begun + 1)
    total = len(entries)
    unopened = total - done - failed - begun
    guessed = round(unknown_bytes * known / known_bytes) if known_bytes else 0
    return Documents(total, done, failed, begun, unopened), known, known + max(guessed, unopened)


@cache
def pages_wanted(selection: str | None, pages: int) -> int:
    """How many pages of a document of `pages` pages are asked for."""
    try:
        return len(select_pages(selection, pages))
    except UsageError:
        return 0


def _rate(times: np.ndarray, now: float) -> float | None:
    """Pages a second of the last minutes, of which the last is left out if there are others."""
    for end in (now - WRITING_DELAY_S, now):
        window = times[(times > end - RATE_WINDOW_S) & (times <= end)]
        if len(window) > 1 and window[-1] > window[0]:
            return float((len(window) - 1) / (window[-1] - window[0]))
    return None


def _worked(times: np.ndarray) -> float:
    gaps = np.diff(times)
    return float(gaps[gaps <= IDLE_AFTER_S].sum())


def _tasks(folder: Folder, table: pa.Table, entries: Collection[ManifestEntry], now: float) -> Tasks:
    tasks = {entry.task for entry in entries}
    names = (name.removeprefix(COMPLETIONS) for name in folder.names(COMPLETIONS))
    complete = tasks & {int(name) for name in names if name.isdecimal()}
    groups = table.group_by("task").aggregate([("read_at", "max")])
    last = dict(zip(groups["task"].to_pylist(), milliseconds(groups["read_at_max"]) / 1000, strict=True))
    begun = {task: at for task, at in last.items() if task in tasks - complete}
    running = sum(bool(now - at < IDLE_AFTER_S) for at in begun.values())
    return Tasks(len(tasks), len(complete), running, len(begun) - running, len(tasks - complete - begun.keys()))


def reasons(best: pa.Table) -> tuple[Reason, ...]:
    """Why pages and documents failed."""
    failed = best.filter(pc.equal(best["finish"].cast(pa.string()), str(Finish.FAILED)))
    found: dict[str, tuple[str, str, Counter[bool]]] = {}
    for error, page, id in zip(*(failed[name].to_pylist() for name in ("error", "page", "id")), strict=True):
        said = _SENTENCE_END.split(error, maxsplit=1)[0] if error else "no reason was given"
        _, _, counts = found.setdefault(_VARYING.sub("…", said.replace(id, "…")), (said, id, Counter()))
        counts[page > 0] += 1
    each = (Reason(said, counts[True], counts[False], id) for said, id, counts in found.values())
    return tuple(sorted(each, key=lambda one: -(one.pages + one.documents)))
