"""An index of the rows in TARGET: what each says of its page, without the texts; status, retry and merge use it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ocr.batch.parts import FOLDER, DamagedPart, part_task, read_part
from ocr.batch.storage import Folder
from ocr.batch.word_checks import CHECK_COLUMNS, FIELDS, check_columns, shares
from ocr.errors import NoSuchFile, OcrError
from ocr.types import Finish

COLUMNS = ("id", "page", "pages", "sha256", "finish", "error", "tokens", "blank", "model", "read_at", *CHECK_COLUMNS)
"""Those of a part that are read; together a few per cent of its bytes."""

COMPLETIONS = "logs/completions/"
"""Where datatrove leaves an empty file for each task that has ended."""
INDEX_FILE = "logs/row-index.parquet"
"""What was read of the parts so far: parts never change, so that only new ones are read the next time."""
MIN_NEW_PARTS = 64
"""With fewer new parts the file is not written anew."""
READERS = 16
"""Parts read at once; an object store answers each in some ten milliseconds."""

FINISH_RANK = {Finish.STOP: 0, Finish.LENGTH: 1, Finish.REPETITION: 1, Finish.CANCELLED: 2, Finish.FAILED: 3}
"""Of several rows of a page the one with the lowest rank is taken, of equals that of which most words were found on
the page, and of equals the earlier."""


class RowIndex:
    """The rows of all parts as columns, and of each page the best row."""

    def __init__(self, table: pa.Table) -> None:
        """`table` has COLUMNS, and `part`, `row` in it and `task`."""
        self.table = table

    @cached_property
    def best(self) -> pa.Table:
        """One row for each page, in the order of documents and pages.

        Where a document's content has changed, the rows of the content read last count. A row with page 0, which says
        why a document could not be opened, counts if that is the last that is known of the document.
        """
        table = self.table
        if not table.num_rows:
            return table
        ids, pages, contents = codes(table["id"]), table["page"].to_numpy(), codes(table["sha256"])
        times = milliseconds(table["read_at"])
        written = np.lexsort((table["row"].to_numpy(), codes(table["part"]), times))  # by the last key first
        order = written[_counting(ids[written], pages[written], contents[written])]
        del written, contents, times
        keys = (-shares(table), _finish_ranks(table["finish"]), pages, ids)
        order = order[np.lexsort([key[order] for key in keys])]
        ids, pages = ids[order], pages[order]
        first = np.ones(len(order), bool)
        first[1:] = (ids[1:] != ids[:-1]) | (pages[1:] != pages[:-1])
        return table.take(pa.array(order[first]))


def _counting(ids: np.ndarray, pages: np.ndarray, contents: np.ndarray) -> np.ndarray:
    """Which rows count by what was read last of their document; rows are given in the order in which they came."""
    last_page, last_content = np.zeros((2, int(ids.max()) + 1), np.int64)
    last_page[ids] = pages  # of several rows of a document the last is assigned last
    opened = pages > 0
    last_content[ids[opened]] = contents[opened]
    return np.asarray(np.where(opened, contents == last_content[ids], last_page[ids] == 0))


def encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column of encoded strings in one piece."""
    return column.unify_dictionaries().combine_chunks()


def codes(column: pa.ChunkedArray) -> np.ndarray:
    """For each of a column of encoded strings its place among the sorted words; -1 where there is none."""
    whole = encoded(column)
    words, indices = whole.dictionary, whole.indices
    ranks = np.full(len(words) + 1, -1, np.int32)
    ranks[pc.sort_indices(words).to_numpy()] = np.arange(len(words))
    return np.asarray(ranks[indices.fill_null(-1).to_numpy()])


def _finish_ranks(column: pa.ChunkedArray) -> np.ndarray:
    whole = encoded(column)
    words, indices = whole.dictionary, whole.indices
    ranks = np.array([FINISH_RANK[Finish(word)] for word in words.to_pylist()], np.int8)
    return np.asarray(ranks[indices.to_numpy()])


def milliseconds(column: pa.ChunkedArray) -> np.ndarray:
    """Times as milliseconds since 1970."""
    return np.asarray(column.cast(pa.timestamp("ms", "UTC")).cast(pa.int64()))


def read_index(folder: Folder, known: RowIndex | None = None) -> RowIndex:
    """The index of what stands in `folder` now; only parts that `known`, or the file in the folder, lacks are read.

    A part that cannot be parsed counts as not there, as it does when the run goes on.
    """
    names = [name for name in folder.names(FOLDER) if part_task(name) is not None]
    table = known.table if known else _saved(folder)
    had = set(pc.unique(table["part"]).to_pylist())
    new = [name for name in names if name not in had]
    if gone := had - set(names):  # set aside as damaged since
        table = table.filter(pc.invert(pc.is_in(table["part"].cast(pa.string()), pa.array(sorted(gone)))))
    with ThreadPoolExecutor(READERS) as threads:
        read = list(threads.map(lambda name: _rows_if_there(folder, name), new))
    index = row_index([table, *(one for one in read if one is not None)])
    if len(new) >= MIN_NEW_PARTS:
        _save(folder, index)
    return index


_SCHEMA = pa.schema([
    ("part", pa.dictionary(pa.int32(), pa.string())),
    ("row", pa.int32()),
    ("task", pa.int32()),
    ("id", pa.dictionary(pa.int32(), pa.string())),
    ("page", pa.int32()),
    ("pages", pa.int32()),
    ("sha256", pa.dictionary(pa.int32(), pa.string())),
    ("finish", pa.dictionary(pa.int32(), pa.string())),
    ("error", pa.dictionary(pa.int32(), pa.string())),
    ("tokens", pa.int32()),
    ("blank", pa.bool_()),
    ("model", pa.dictionary(pa.int32(), pa.string())),
    ("read_at", pa.timestamp("ms", "UTC")),
])  # fmt: skip
_VERIFIED = pa.schema([*_SCHEMA, *FIELDS])
"""Of an index that has the checks of pages, too; it has them where some page was verified."""


def row_index(tables: Sequence[pa.Table]) -> RowIndex:
    """The index of the rows of several parts."""
    together = pa.concat_tables([_SCHEMA.empty_table(), *tables], promote_options="default")
    return RowIndex(together.unify_dictionaries().combine_chunks())


def _rows_if_there(folder: Folder, name: str) -> pa.Table | None:
    """The rows of a part; None if it cannot be parsed, or has been set aside since."""
    try:
        return part_rows(folder, name)
    except (DamagedPart, NoSuchFile):
        return None


def part_rows(folder: Folder, name: str) -> pa.Table:
    """The rows of a part, as the index has them; raises as `read_part`."""
    rows = read_part(folder, name, COLUMNS)
    more = {
        "part": pa.array([name] * len(rows)),
        "row": pa.array(range(len(rows)), pa.int32()),
        "task": pa.array([part_task(name)] * len(rows)),
        **check_columns(rows["check"]),
    }
    schema = _VERIFIED if "compared" in more else _SCHEMA
    columns = {field: more[field] if field in more else rows[field] for field in schema.names}
    return pa.table({name: _cast(column, schema.field(name).type) for name, column in columns.items()}, schema)


def _cast(column: Any, kind: pa.DataType) -> Any:
    if pa.types.is_dictionary(kind):
        return column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()
    return column.cast(kind)


def _saved(folder: Folder) -> pa.Table:
    try:
        with folder.open(INDEX_FILE) as file:
            table = pq.ParquetFile(file).read()
        return table.cast(_VERIFIED if "compared" in table.column_names else _SCHEMA)
    except (pa.ArrowException, OSError, OcrError, ValueError):
        return _SCHEMA.empty_table()


def _save(folder: Folder, index: RowIndex) -> None:
    """Leave the index in the folder; whoever may not write there counts anew the next time."""
    sink = pa.BufferOutputStream()
    pq.write_table(index.table, sink, compression="zstd")
    try:
        folder.write(INDEX_FILE, sink.getvalue().to_pybytes())
    except (OSError, OcrError):
        return


def grouped(table: pa.Table, column: str) -> dict[str, int]:
    """Each value of a column of encoded strings and how often it occurs, the most frequent first."""
    counts = pc.value_counts(encoded(table[column])).to_pylist()
    pairs = [(one["values"], one["counts"]) for one in counts if one["values"] is not None]
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
