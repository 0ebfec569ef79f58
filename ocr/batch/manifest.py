"""The manifest of a run: which task reads which document, written once; documents added later become new tasks."""

import io
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace

import pyarrow as pa
import pyarrow.parquet as pq

from ocr.batch.source_document import SourceDocument
from ocr.batch.storage import Folder
from ocr.batch.storage_errors import reading
from ocr.errors import StorageError

FOLDER = "manifest/"
SCHEMA = pa.schema(
    [
        pa.field("task", pa.int32(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("uri", pa.string(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
    ]
)
ROWS_IN_GROUP = 10_000
"""A task's entries stand together, so that it reads a group or two of them."""


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """A document, and the number of the task that reads it."""

    task: int
    id: str
    uri: str
    bytes: int

    @property
    def document(self) -> SourceDocument:
        """The document alone."""
        return SourceDocument(self.id, self.uri, self.bytes)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest holds in all, and what was appended to it now."""

    documents: int
    tasks: int
    new_documents: int


def divide(documents: Iterable[SourceDocument], tasks: int) -> list[list[SourceDocument]]:
    """Deal documents to at most `tasks` tasks, the largest first, each to the task with the fewest bytes so far.

    It depends on the documents alone, not on their order. A task's documents are sorted by id; no task is without any.
    Those of one unit go together, for about half a task at most: a row group is read once or twice, not by each task.
    """
    if tasks < 1:
        raise ValueError(f"{tasks} tasks")
    ordered = sorted(documents, key=lambda document: document.id)
    runs = _runs(ordered, sum(document.bytes for document in ordered) // (2 * tasks), -(-len(ordered) // tasks))
    dealt: list[list[SourceDocument]] = [[] for _ in range(tasks)]
    loads = [(0, 0, task) for task in range(tasks)]  # bytes, documents, task
    heapify(loads)
    for size, run in sorted(((sum(one.bytes for one in run), run) for run in runs), key=lambda run: -run[0]):
        load, count, task = loads[0]
        dealt[task] += run
        heapreplace(loads, (load + size, count + len(run), task))
    return [sorted(task, key=lambda document: document.id) for task in dealt if task]


def _runs(ordered: Iterable[SourceDocument], max_bytes: int, max_documents: int) -> Iterator[list[SourceDocument]]:
    """Documents that go to one task together: consecutive ones of a unit, as many as the bounds allow, or one."""
    run: list[SourceDocument] = []
    size = 0
    for document in ordered:
        fits = size + document.bytes <= max_bytes and len(run) < max_documents
        if run and (document.unit != run[0].unit or not fits):
            yield run
            run, size = [], 0
        run.append(document)
        size += document.bytes
    if run:
        yield run


def freeze_manifest(folder: Folder, documents: Iterable[SourceDocument], tasks: int) -> Manifest:
    """Write the manifest of a run, or append to it the documents that it lacks; what stands in it stays.

    New documents become tasks of their own, of about as many bytes as the first ones. Of several processes that do
    this at once one writes, and the others take what it wrote.
    """
    while True:
        parts, known = folder.names(FOLDER), read_manifest(folder)
        ids = {entry.id for entry in known}
        new = [document for document in documents if document.id not in ids]
        first = 1 + max((entry.task for entry in known), default=-1)
        dealt = divide(new, _tasks_for(new, known, tasks))
        entries = [
            ManifestEntry(task, document.id, document.uri, document.bytes)
            for task, its in enumerate(dealt, first)
            for document in its
        ]
        if not entries or write_manifest(folder, entries, len(parts)):
            return Manifest(len(known) + len(new), first + len(dealt), len(new))
        documents = new


def write_manifest(folder: Folder, entries: Sequence[ManifestEntry], part: int) -> bool:
    """Write a part of the manifest, from 0; return False, and write nothing, where somebody has written it."""
    columns = {name: [getattr(entry, name) for entry in entries] for name in SCHEMA.names}
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns, SCHEMA), buffer, row_group_size=ROWS_IN_GROUP, compression="zstd")
    return folder.write_new(f"{FOLDER}{part:05}.parquet", buffer.getvalue())


def read_manifest(folder: Folder, task: int | None = None) -> list[ManifestEntry]:
    """The entries of a task, or of all, in the order in which they were written; none where there is no manifest.

    Raises:
        StorageError: it cannot be read, or is damaged.
    """
    entries: list[ManifestEntry] = []
    for name in folder.names(FOLDER):
        with reading(folder.address(name)), folder.open(name) as file:
            try:
                table = pq.read_table(file, filters=None if task is None else [("task", "==", task)])
            except (pa.ArrowException, KeyError) as error:
                raise StorageError(
                    f"{folder.address(name)} is damaged: {error}.", "Restore it from a copy, or begin with a new --out."
                ) from error
        entries += [ManifestEntry(**row) for row in table.select(SCHEMA.names).to_pylist()]
    return entries


def _tasks_for(new: Collection[SourceDocument], known: Sequence[ManifestEntry], tasks: int) -> int:
    """How many tasks new documents make, if the known ones had made `tasks`."""
    known_bytes = sum(entry.bytes for entry in known)
    if not known_bytes:
        return tasks
    return max(1, min(tasks, math.ceil(tasks * sum(document.bytes for document in new) / known_bytes)))
