"""Makes up a TARGET of `pagelight batch` as a run leaves it, of any number of pages."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from bench.batch_simulation import MEAN_PAGES, dealt, made_documents
from bench.events import TOKENS
from ocr.batch.batch_settings import RUN_VERSION
from ocr.batch.manifest import ManifestEntry, write_manifest
from ocr.batch.rows import SCHEMA
from ocr.batch.storage import Folder

PAGE_TOKENS = 800
PART_ROWS = 256
WORDS = random.Random(0)
BEGAN = datetime(2026, 11, 26, tzinfo=UTC)


def make_target(folder: Folder, pages: int) -> int:
    """Make up the rows of a run; return the number of parts."""
    counts = made_documents(pages, MEAN_PAGES, 0)
    tasks = dealt(counts, max(1, pages // 4000))
    folder.write(
        "run.json", json.dumps({"version": RUN_VERSION, "source": "made", "pages": "", "reading": {}}).encode()
    )
    entries, parts = [], 0
    for number, task in enumerate(tasks):
        rows = []
        for document, count in enumerate(task):
            id = f"{document % 100:02d}/{number:05d}-{document:05d}.pdf"
            entries.append(ManifestEntry(number, id, f"/made/{id}", count))
            rows += made_rows(id, count, BEGAN + timedelta(seconds=len(rows) / 5.71))
        for first in range(0, len(rows), PART_ROWS):
            name = f"pages/{number:05d}-aaaaaaaa-{first // PART_ROWS:05d}.parquet"
            with folder.create(name) as file:
                pq.write_table(pa.Table.from_pylist(rows[first : first + PART_ROWS], SCHEMA), file, compression="zstd")
            parts += 1
    write_manifest(folder, entries, 0)
    return parts


def made_rows(id: str, pages: int, at: datetime = BEGAN) -> list[dict[str, object]]:
    """The rows of a document whose pages end from `at` on."""
    return [_row(id, page, pages, at + timedelta(seconds=page / 5.71)) for page in range(1, pages + 1)]


def _row(id: str, page: int, pages: int, at: datetime) -> dict[str, object]:
    words = "".join(WORDS.choices(TOKENS, k=PAGE_TOKENS))
    return {
        **dict.fromkeys(SCHEMA.names), "id": id, "page": page, "pages": pages, "sha256": "ab" * 32, "markdown": words,
        "raw": words, "regions": [{"label": "text", "box": [0, 0, 500, 500], "text": words[:200]}], "figures": [],
        "finish": "stop", "blank": False, "tokens": PAGE_TOKENS, "attempts": 1, "kept": 1, "tries": [], "seconds": 11.2,
        "width": 1092, "height": 1540, "rotation": 0, "cached": False, "missing_fonts": [], "model": "made",
        "read_at": at,
    }  # fmt: skip
