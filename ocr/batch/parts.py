"""The parts of a run: files in TARGET that each hold some rows of a task, whole or not there, and never changed."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from ocr.batch.rows import ROW_VERSION, SCHEMA, VERSION_KEY
from ocr.batch.storage import Folder
from ocr.errors import StorageError

FOLDER = "pages/"
DAMAGED = ".damaged"
"""Ending that a part gets which cannot be parsed."""

_NAME = re.compile(rf"{FOLDER}(\d+)-[^/]+\.parquet")


class DamagedPart(StorageError):
    """A part cannot be parsed; its pages count as unread."""


def part_prefix(task: int) -> str:
    """What the names of a task's parts begin with."""
    return f"{FOLDER}{task:05d}-"


def part_task(name: str) -> int | None:
    """The task of a part by its name; None for another file."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else None


def part_bytes(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows as a Parquet file."""
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), file, compression="zstd")
    return file.getvalue()


def read_part(folder: Folder, name: str, columns: Sequence[str]) -> pa.Table:
    """Some columns of a part; a field of a struct is `check.found`, and comes with the struct that has it alone.

    Raises:
        DamagedPart: it cannot be parsed.
        NoSuchFile: it has been set aside since it was listed.
        StorageError: the folder cannot be read, or another version of Pagelight wrote the part.
    """
    try:
        with folder.open(name) as file:
            return _read_columns(file, columns, folder.address(name))
    except (pa.ArrowException, OSError):
        data = folder.read(name)  # raises where the storage fails, not the part
    try:
        return _read_columns(io.BytesIO(data), columns, folder.address(name))
    except (pa.ArrowException, OSError) as error:
        raise DamagedPart(f"{folder.address(name)} is damaged.", "Run the command of the batch once more.") from error


def _read_columns(file: IO[bytes], columns: Sequence[str], address: str) -> pa.Table:
    part = pq.ParquetFile(file)
    version = (part.schema_arrow.metadata or {}).get(VERSION_KEY, b"?").decode(errors="replace")
    if version != ROW_VERSION:
        raise StorageError(
            f"The rows of {address} are of version {version}; this Pagelight reads version {ROW_VERSION}.",
            "Use the version of Pagelight that wrote them, or begin with a new --out.",
        )
    return part.read(list(columns))
