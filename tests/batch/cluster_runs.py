"""What the tests on clusters share: the command, what is complete, and the merged rows counted."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from ocr.batch.batch_command import main
from ocr.batch.manifest import read_manifest
from ocr.batch.storage import Folder
from tests.batch.coded_pages import CodedServer, Counts, count

BATCH = (sys.executable, "-m", "ocr", "batch")


def completed(target: Path) -> set[int]:
    """The tasks that datatrove takes for complete."""
    return {int(path.name) for path in target.glob("logs/completions/*")}


def counted(target: Path, texts: Mapping[str, Sequence[str]], server: CodedServer) -> Counts:
    """Merge the run, and compare its rows with what the documents hold."""
    assert main(["merge", str(target)]) == 0
    rows = [row for part in sorted(target.glob("data/*.parquet")) for row in pq.read_table(part).to_pylist()]
    return count(texts, rows, server.asked)


class TaskPages:
    """The pages of a run's tasks, and what has been asked for them."""

    def __init__(self, target: Path, texts: Mapping[str, Sequence[str]]) -> None:
        """`texts` are those of each document's pages, by its id."""
        self._documents: dict[int, list[int]] = {}
        self.totals: Counter[int] = Counter()
        """Task → its pages."""
        for entry in read_manifest(Folder(target)):
            self._documents.setdefault(entry.task, []).append(int(Path(entry.id).stem))
            self.totals[entry.task] += len(texts[entry.id])

    def held(self, server: CodedServer) -> set[int]:
        """Tasks whose pages the server holds: of each something is read."""
        asked: Counter[int] = Counter()
        for (document, _), times in server.asked.items():
            asked[document] += times
        sums = {task: sum(asked[number] for number in numbers) for task, numbers in self._documents.items()}
        return {task for task, so_far in sums.items() if so_far >= 3}
