"""Documents in a column of a Parquet file, as datasets have them."""

import io
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from ocr.batch.container import ContainerMember, changed, is_damage
from ocr.errors import DamagedDocument, UsageError

BATCH_ROWS = 8
"""Rows in memory at a time: each may be a document of 100 MB."""
BUFFER_BYTES = 1 << 20


class ParquetDataset:
    """A Parquet file; a document is known by its row group and its row in that.

    The column's values are the bytes, or a struct with a field `bytes`, as Hugging Face's Image and Pdf features have
    it. Rows of a group are read in turn; an earlier one than the last begins again.
    """

    def __init__(self, file: IO[bytes], column: str | None) -> None:
        self._given = column
        try:
            self._parquet = pq.ParquetFile(file, buffer_size=BUFFER_BYTES)
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and not is_damage(error):
                raise
            raise DamagedDocument(f"The Parquet file cannot be opened: {error}.", "Download it again.") from error
        self._cursor: tuple[str, int] = ("", -1)
        self._next_row = 0
        self._rows: Iterator[bytes | None] = iter(())

    def members(self, skipped: Counter[str]) -> Iterator[ContainerMember]:
        """One a row; none, and the file is counted, where no column holds bytes."""
        column = _column(self._parquet.schema_arrow, self._given)
        if column is None:
            skipped[".parquet without a column of bytes"] += 1
            return
        metadata = self._parquet.metadata
        digits, row_in_file = len(str(metadata.num_rows)), 0
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            size = _column_bytes(group, column) // max(1, group.num_rows)
            for row in range(group.num_rows):
                place: dict[str, str | int] = {"parquet": column, "row_group": number, "row": row}
                yield ContainerMember(f"{row_in_file:0{digits}}", place, size)
                row_in_file += 1

    def open(self, place: Mapping[str, str]) -> IO[bytes]:
        """The bytes of a row; none where it is null."""
        cursor, row = (place["parquet"], int(place["row_group"])), int(place["row"])
        try:
            if cursor != self._cursor or row < self._next_row:
                self._cursor, self._next_row, self._rows = cursor, 0, self._values(*cursor)
            while True:
                value = next(self._rows)
                self._next_row += 1
                if self._next_row > row:
                    return io.BytesIO(value or b"")
        except (StopIteration, IndexError, KeyError, pa.ArrowInvalid) as error:
            raise changed("Parquet file") from error

    def _values(self, column: str, group: int) -> Iterator[bytes | None]:
        for batch in self._parquet.iter_batches(BATCH_ROWS, row_groups=[group], columns=[column]):
            for value in batch.column(0):
                python = value.as_py()
                yield python["bytes"] if isinstance(python, dict) else python


def _column(schema: Any, given: str | None) -> str | None:
    """The column with the documents: the one given, or the only one of bytes."""
    fitting = [field.name for field in schema if _holds_bytes(field.type)]
    if given is not None:
        if given not in fitting:
            there = f"Those with bytes: {', '.join(fitting)}." if fitting else "None holds bytes."
            raise UsageError(f"The dataset has no column {given} that holds bytes.", there)
        return given
    if len(fitting) > 1:
        raise UsageError(
            f"Several columns of the dataset hold bytes: {', '.join(fitting)}.", "Choose one with --column."
        )
    return fitting[0] if fitting else None


def _holds_bytes(kind: Any) -> bool:
    if pa.types.is_struct(kind):
        index = kind.get_field_index("bytes")
        return index >= 0 and _holds_bytes(kind.field(index).type)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _column_bytes(group: Any, column: str) -> int:
    chunks = (group.column(number) for number in range(group.num_columns))
    return sum(
        chunk.total_uncompressed_size
        for chunk in chunks
        if chunk.path_in_schema == column or chunk.path_in_schema.startswith(f"{column}.")
    )
