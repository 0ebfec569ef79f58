"""Makes a TARGET as a run leaves it, of rows that a test states."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ocr.batch.batch_settings import RUN_VERSION
from ocr.batch.manifest import ManifestEntry, write_manifest
from ocr.batch.rows import SCHEMA
from ocr.batch.storage import Folder

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp()


def made_row(id: str, page: int, pages: int = 1, *, at: float = 0.0, **more: Any) -> dict[str, Any]:
    """A row of a page whose text names it, read `at` seconds after noon."""
    text = f"Text of {id}, page {page}." if page else None
    values: dict[str, Any] = {
        "id": id, "page": page, "pages": pages, "sha256": "ab" * 32, "markdown": text, "raw": text, "blank": False,
        "finish": "stop" if page else "failed", "error": None if page else "The document is damaged. Repair it.",
        "tokens": 100 if page else 0, "seconds": 1.5, "attempts": 1, "kept": 1, "width": 1092, "height": 1540,
        "rotation": 0, "regions": [], "blocks": [], "figures": [], "tries": [], "missing_fonts": [], "cached": False,
        "model": "made/model", "read_at": datetime.fromtimestamp(NOON + at, UTC), **more,
    }  # fmt: skip
    return {name: values.get(name) for name in SCHEMA.names}


@dataclass
class Target:
    """A TARGET under way."""

    url: str | Path
    folder: Folder = field(init=False)

    def __post_init__(self) -> None:
        self.folder = Folder(self.url)
        self.run()

    def run(self, **reading: Any) -> None:
        """Record a run that reads with these options."""
        record = {"version": RUN_VERSION, "source": "/in", "pages": "", "reading": reading}
        self.folder.write("run.json", json.dumps(record).encode())

    def manifest(self, *documents: tuple[int, str, int]) -> None:
        """Documents by task, id and bytes."""
        entries = [ManifestEntry(task, id, f"/in/{id}", size) for task, id, size in documents]
        assert write_manifest(self.folder, entries, len(self.folder.names("manifest/")))

    def part(self, task: int, rows: Sequence[dict[str, Any]], attempt: str | None = None, number: int = 0) -> str:
        """Write a part; return its name."""
        name = f"pages/{task:05d}-{attempt or secrets.token_hex(4)}-{number:05d}.parquet"
        with self.folder.create(name) as file:
            pq.write_table(pa.Table.from_pylist(list(rows), SCHEMA), file)
        return name

    def complete(self, *tasks: int) -> None:
        """Have these tasks ended, as datatrove marks it."""
        for task in tasks:
            self.folder.write(f"logs/completions/{task:05d}", b"")

    def merged(self) -> list[dict[str, Any]]:
        """All rows of `data/`, in their order."""
        tables = [self.table(name) for name in self.folder.names("data/")]
        return [row for table in tables for row in table.to_pylist()]

    def table(self, name: str) -> pa.Table:
        """A Parquet file."""
        with self.folder.open(name) as file:
            return pq.read_table(file)

    @property
    def path(self) -> Path:
        """Of one on this machine."""
        assert self.folder.path
        return self.folder.path
