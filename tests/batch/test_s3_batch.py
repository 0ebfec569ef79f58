"""A run from a bucket to a bucket, killed on its way; both the store and the model server are imitations."""

from __future__ import annotations

import random
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ocr.batch.storage import Folder
from tests.batch.batch_runs import AT_RISK, batch, wait_until
from tests.batch.coded_pages import CodedServer, coded_documents, count
from tests.batch.s3_server import S3Server


def stored_rows(target: Folder) -> list[dict[str, Any]]:
    """All rows of all parts."""
    found: list[dict[str, Any]] = []
    for name in target.names("pages/"):
        with target.open(name) as part:
            found += pq.read_table(part, columns=["id", "page", "markdown", "finish"]).to_pylist()
    return found


def test_s3_batch_survives_a_kill(s3: S3Server, tmp_path: Path) -> None:
    """Documents are fetched from S3 and rows put into it: each page is there once after a rerun."""
    bucket, chance = s3.bucket(), random.Random(3)
    source, target = Folder(f"s3://{bucket}/in"), Folder(f"s3://{bucket}/out")
    texts = coded_documents(tmp_path / "in", [chance.randint(1, 6) for _ in range(10)])
    for path in (tmp_path / "in").rglob("*.pdf"):
        source.write(path.relative_to(tmp_path / "in").as_posix(), path.read_bytes())
    pages = sum(map(len, texts.values()))
    with CodedServer(tmp_path, delay_s=0.1) as server:
        with batch(source.url, target.url, server, "--tasks", "3") as process:
            wait_until(lambda: len(server.asked) >= pages // 2 or not process.running)
            process.kill()
        before = stored_rows(target)
        assert before
        with batch(source.url, target.url, server, "--tasks", "3") as process:
            assert process.wait() == 0
        counts = count(texts, stored_rows(target), server.asked)
    sys.stdout.write(f"{asdict(counts)} of {pages} pages, {len(before)} written before the kill\n")
    assert (counts.missing, counts.doubled, counts.wrong) == (0, 0, 0)
    assert counts.asked_twice <= AT_RISK
    assert target.exists("run.json") and target.exists("manifest/00000.parquet")
    assert not [name for name in target.names() if "/" not in name and name not in {"run.json", "model.json"}]
