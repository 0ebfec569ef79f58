"""The best row of each page, sorted by document and page, as files of bounded size; in bounded memory.

It is a distribution sort: which row goes into which file is known from the index, so that each part is read once, its
rows are dealt out into chunks on this machine's disk, and each file is put together from its share of the chunks.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet as pq

from ocr.batch.parts import read_part
from ocr.batch.row_index import codes, encoded
from ocr.batch.storage import Folder
from ocr.batch.storage_errors import reading, writing
from ocr.errors import OcrError

MAX_FILE_ROWS = 16_000
MAX_FILE_TOKENS = 13_000_000
"""Of the pages in one file; some 150 MB in memory, a quarter of that on disk."""
CHUNK_BYTES = 64_000_000
"""Of rows that are dealt out at once."""
GROUP_ROWS = 1_000
"""Rows in a row group of a file."""
STAGED = "merging/"
"""Where files wait until all of them are whole."""
PLAN = b"pagelight.merged"
"""Metadata of a file: which merging it is of."""
_ORDER = "order of the page"


@dataclass(frozen=True, slots=True)
class Plan:
    """Which rows go into which file."""

    key: str
    """The same for the same rows."""
    order: np.ndarray
    """Places of the rows in the index's parts, in the order of the files: indices of `parts`."""
    rows: np.ndarray
    """Their row in the part."""
    parts: Sequence[str]
    starts: np.ndarray
    """Where each file begins in `order`, and the end."""

    @property
    def names(self) -> list[str]:
        """The files' names in `data/`."""
        count = len(self.starts) - 1
        return [f"train-{number:05d}-of-{count:05d}.parquet" for number in range(count)]


def plan(best: pa.Table) -> Plan:
    """Divide the rows of an index, in their order, into files."""
    tokens = best["tokens"].fill_null(0).to_numpy()
    sizes = np.maximum(tokens / MAX_FILE_TOKENS, 1 / MAX_FILE_ROWS)
    numbers = np.floor(np.cumsum(sizes) - sizes).astype(np.int64)
    starts = np.concatenate([np.flatnonzero(np.diff(numbers, prepend=-1)), [len(best)]])
    parts = sorted(encoded(best["part"]).dictionary.to_pylist())
    order, rows = codes(best["part"]), best["row"].to_numpy()
    key = hashlib.sha256()
    for part in parts:
        key.update(part.encode() + b"\0")
    for values in (order, rows.astype(np.int64), starts):
        key.update(np.ascontiguousarray(values).tobytes())
    return Plan(key.hexdigest()[:16], order, rows, parts, starts if len(best) else np.array([0, 0]))


def write_sorted(folder: Folder, planned: Plan, schema: pa.Schema, progress: Callable[[int, int], None]) -> list[str]:
    """Write the files of a plan into `data/`, in place of what is there; return their names.

    Files that an earlier call has ended are kept; none comes into `data/` before all are whole.
    """
    staged = f"{STAGED}{planned.key}/"
    schema = schema.with_metadata({**(schema.metadata or {}), PLAN: planned.key.encode()})
    there = set(folder.names(staged))
    moved = {name for name in planned.names if is_of_plan(folder, f"data/{name}", planned.key)}
    missing = [n for n, name in enumerate(planned.names) if name not in moved and staged + name not in there]
    with _scratch(folder) as scratch:
        chunks = _deal_out(folder, planned, missing, schema, scratch, progress) if missing else []
        for place, number in enumerate(missing):
            with folder.create(staged + planned.names[number]) as file:
                _write_file(file, [_batch(chunk, place) for chunk in chunks], schema)
    for name in planned.names:
        if name not in moved:
            folder.rename(staged + name, f"data/{name}")
    for name in folder.names("data/"):
        if name.removeprefix("data/") not in planned.names:
            folder.delete(name)
    _clear(folder)
    return [f"data/{name}" for name in planned.names]


def is_of_plan(folder: Folder, name: str, key: str) -> bool:
    """Whether a file is there and of this plan."""
    if not folder.exists(name):
        return False
    try:
        with folder.open(name) as file:
            return (pq.read_schema(file).metadata or {}).get(PLAN) == key.encode()
    except (pa.ArrowException, OSError, OcrError):
        return False


@contextmanager
def _scratch(folder: Folder) -> Iterator[Path]:
    """A folder on this machine for as much as `data/` will hold; beside it, if that is here."""
    beside = folder.path and folder.path / STAGED
    with ExitStack() as stack:
        with writing(str(beside or tempfile.gettempdir())):
            if beside:
                beside.mkdir(parents=True, exist_ok=True)
            made = stack.enter_context(tempfile.TemporaryDirectory(prefix="scratch-", dir=beside))
        yield Path(made)


def _clear(folder: Folder) -> None:
    """Delete what merging has left, killed ones too."""
    if folder.path:
        rmtree(folder.path / STAGED, ignore_errors=True)
    else:
        for name in folder.names(STAGED):
            folder.delete(name)


def _deal_out(
    folder: Folder,
    planned: Plan,
    missing: Sequence[int],
    schema: pa.Schema,
    scratch: Path,
    progress: Callable[[int, int], None],
) -> list[Path]:
    """Read each part once; return chunks of which each has one batch of rows for each missing file, in order."""
    by_part = np.argsort(planned.order, kind="stable")  # places in the whole, part after part
    bounds = np.searchsorted(planned.order[by_part], np.arange(len(planned.parts) + 1))
    wanted = np.zeros(len(planned.order), bool)
    for number in missing:
        wanted[planned.starts[number] : planned.starts[number + 1]] = True
    chunks: list[Path] = []
    waiting: list[pa.Table] = []

    def write() -> None:
        chunks.append(scratch / f"{len(chunks):06d}.arrow")
        _write_chunk(chunks[-1], pa.concat_tables(waiting), planned, missing)
        waiting.clear()

    for number, part in enumerate(planned.parts):
        places = by_part[bounds[number] : bounds[number + 1]]
        places = places[wanted[places]]
        if len(places):
            rows = read_part(folder, part, schema.names).cast(schema).take(pa.array(planned.rows[places]))
            waiting.append(rows.append_column(_ORDER, pa.array(places)))
        progress(number + 1, len(planned.parts))
        if sum(table.nbytes for table in waiting) > CHUNK_BYTES:
            write()
    if waiting:
        write()
    return chunks


def _write_chunk(path: Path, rows: pa.Table, planned: Plan, missing: Sequence[int]) -> None:
    rows = rows.combine_chunks().sort_by(_ORDER)
    places = rows[_ORDER].to_numpy()
    with writing(str(path)), pa.OSFile(str(path), "w") as file, pa.ipc.new_file(file, rows.schema) as writer:
        for number in missing:
            first, end = np.searchsorted(places, planned.starts[number : number + 2])
            share = rows.slice(first, end - first).combine_chunks().to_batches()
            writer.write_batch(share[0] if share else pa.RecordBatch.from_pylist([], schema=rows.schema))


def _batch(chunk: Path, place: int) -> pa.RecordBatch:
    """The rows in a chunk for a file; a large merging has more chunks than a process may have files open."""
    with reading(str(chunk)), pa.OSFile(str(chunk)) as file:
        return pa.ipc.open_file(file).get_batch(place)


def _write_file(file: object, batches: Sequence[pa.RecordBatch], schema: pa.Schema) -> None:
    """Put a file together; `batches` are each in order, and together not."""
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        if not batches:
            return
        rows = pa.Table.from_batches(batches).combine_chunks()
        order = pc.sort_indices(rows[_ORDER])
        rows = rows.drop_columns(_ORDER)
        for first in range(0, len(order), GROUP_ROWS):
            writer.write_table(rows.take(order.slice(first, GROUP_ROWS)))
