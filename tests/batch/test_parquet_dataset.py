"""parquet_dataset.py: documents in a column of bytes, read group by group."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ocr.batch.manifest import divide
from ocr.batch.sources import fetched, find_documents
from ocr.errors import DamagedDocument, UsageError
from tests.batch.made_sources import contents, pdf


@pytest.mark.parametrize("kind", ["bytes", "struct"])
def test_parquet_dataset(kind: str, tmp_path: Path) -> None:
    """A column of bytes, or of structs as Hugging Face's features are; a null is a document without bytes."""
    data = [pdf(f"{number}") if number != 3 else None for number in range(25)]
    values = data if kind == "bytes" else [one and {"bytes": one, "path": "x"} for one in data]
    (tmp_path / "in").mkdir()
    table = pa.table({"document": values, "label": list(range(25))})
    pq.write_table(table, tmp_path / "in" / "data.parquet", row_group_size=10)
    pq.write_table(pa.table({"label": [1]}), tmp_path / "in" / "labels.parquet")
    skipped: Counter[str] = Counter()
    expected = {f"data.parquet/{number:02}": one or b"" for number, one in enumerate(data)}
    assert contents(tmp_path / "in", tmp_path, skipped=skipped) == expected
    assert skipped == {".parquet without a column of bytes": 1}


def test_parquet_dataset_column(tmp_path: Path) -> None:
    """Of several one is chosen; a name that is none of them is refused with those that are."""
    source = tmp_path / "two.parquet"
    pq.write_table(pa.table({"pdf": [pdf("a")], "cover": [pdf("b")], "label": ["x"]}), source)
    with pytest.raises(UsageError, match=r"pdf, cover\. Choose one with --column"):
        list(find_documents(str(source)))
    with pytest.raises(UsageError, match="no column label that holds bytes"):
        list(find_documents(str(source), column="label"))
    assert contents(source, tmp_path, column="cover") == {"two.parquet/0": pdf("b")}


def test_parquet_dataset_row_groups_stay_together(tmp_path: Path) -> None:
    """Rows of a group go to few tasks, since each reads the group from its start."""
    source = tmp_path / "data.parquet"
    pq.write_table(pa.table({"pdf": [pdf(str(number % 7)) for number in range(400)]}), source, row_group_size=10)
    dealt = divide(find_documents(str(source)), 4)
    assert sorted(len(task) for task in dealt) == [100] * 4
    tasks_of = Counter(unit for task in dealt for unit in {document.unit for document in task})
    assert len(tasks_of) == 40 and max(tasks_of.values()) == 1
    few = divide(list(find_documents(str(source)))[:10], 4)
    assert sorted(len(task) for task in few) == [2, 2, 3, 3], "one group still feeds all tasks"


@pytest.mark.parametrize("part", ["footer", "data"])
def test_parquet_dataset_damaged(part: str, tmp_path: Path) -> None:
    """It costs its own documents, not the run: Arrow reports damage as an OSError, as if the disk had failed."""
    source = tmp_path / "in" / "data.parquet"
    source.parent.mkdir()
    pq.write_table(pa.table({"pdf": [pdf("a" * 5000)]}), source, compression="snappy", use_dictionary=False)
    data = bytearray(source.read_bytes())
    at = len(data) - 8 - int.from_bytes(data[-8:-4], "little") if part == "footer" else 60
    data[at : at + 24] = bytes([0xFF] * 24)
    if part == "footer":
        source.write_bytes(data)
        skipped: Counter[str] = Counter()
        assert [document.id for document in find_documents(str(source.parent), skipped=skipped)] == ["data.parquet"]
        assert skipped == {"damaged .parquet": 1}
        return
    (document,) = find_documents(str(source))
    source.write_bytes(data)
    with pytest.raises(DamagedDocument), fetched(document, tmp_path):
        pass
