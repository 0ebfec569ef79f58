"""A damaged document is repaired, read again after `retry`, and merged; only the server is an imitation."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from ocr.batch.batch_settings import read_run
from ocr.batch.manifest import read_manifest
from ocr.batch.merge import merge
from ocr.batch.retry_pages import retry
from ocr.batch.row_index import read_index
from ocr.batch.run_status import RunStatus, run_status
from ocr.batch.storage import Folder
from ocr.types import Finish
from tests.batch.batch_runs import batch
from tests.batch.coded_pages import CodedServer, coded_documents, coded_pdf, count, text_of


def look(folder: Folder) -> RunStatus:
    """The status, as `batch status` has it."""
    return run_status(folder, read_index(folder), read_manifest(folder), read_run(folder).pages, 0.0)


def test_a_document_that_is_repaired_is_read_after_retry_alone(tmp_path: Path) -> None:
    source, folder = tmp_path / "source", Folder(tmp_path / "out")
    texts = coded_documents(source, [3, 6])
    (source / "late.pdf").write_bytes(b"%PDF-1.7\nnothing follows")

    def run(server: CodedServer) -> None:
        with batch(source, tmp_path / "out", server) as process:
            assert process.wait() == 0

    with CodedServer(tmp_path) as server:
        run(server)
        first = look(folder)
        assert (first.ended, first.pages.done, first.documents.failed, len(first.reasons)) == (True, 9, 1, 1)
        coded_pdf(source / "late.pdf", 7, 2)
        texts["late.pdf"] = [text_of((7, page)) for page in (1, 2)]
        run(server)
        assert look(folder).pages.done == 9
        assert retry(folder, [Finish.FAILED]).documents == 1
        assert not look(folder).ended
        run(server)
        last = look(folder)
        assert (last.ended, last.pages.done, last.documents.failed, last.tasks.complete) == (True, 11, 0, 1)
        merged = [row for name in merge(folder)["files"] for row in pq.read_table(tmp_path / "out" / name).to_pylist()]
        counts = count(texts, merged, server.asked)
    assert (counts.pages, counts.missing, counts.doubled, counts.wrong, counts.asked_twice) == (11, 0, 0, 0, 0)
