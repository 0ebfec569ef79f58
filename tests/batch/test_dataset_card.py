from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from huggingface_hub import DatasetCard

from ocr.batch.dataset_card import COLUMN_MEANINGS, dataset_card
from ocr.batch.merge import merge
from ocr.batch.rows import SCHEMA
from tests.batch.made_target import Target, made_row


def test_every_column_is_explained() -> None:
    assert list(COLUMN_MEANINGS) == SCHEMA.names


def test_the_card_is_one_of_the_hub_and_takes_the_rows_alone(tmp_path: Path) -> None:
    target = Target(tmp_path)
    target.manifest((0, "a.pdf", 1))
    target.part(0, [made_row("a.pdf", page, 2) for page in (1, 2)])
    target.part(0, [made_row("a.pdf", page, 2) for page in (1, 2)])
    merge(target.folder)
    card = DatasetCard.load(tmp_path / "README.md")
    (config,) = card.data.configs
    (entry,) = config["data_files"]
    assert (config["config_name"], entry["split"]) == ("default", "train")
    rows = duckdb.sql(f"SELECT id, page FROM '{tmp_path}/{entry['path']}'").fetchall()
    assert rows == [("a.pdf", 1), ("a.pdf", 2)]
    assert card.data.size_categories == ["n<1K"]
    columns = [line.split("|") for line in card.text.splitlines() if line.startswith("| `")]
    assert [column[1].strip(" `") for column in columns] == SCHEMA.names
    assert "made/model" in card.text and "partial" not in card.text.partition("##")[0]


@pytest.mark.parametrize(
    ("rows", "category"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**9, "1B<n<10B")]
)
def test_the_size_is_one_of_the_hubs_words(rows: int, category: str) -> None:
    ends = dict.fromkeys(("stop", "length", "repetition", "failed", "blank"), 0)
    report: dict[str, Any] = {
        "documents": {"total": 1, "failed": 0, "missing": 0}, "pages": {"total": rows, **ends}, "models": [],
        "words": None,
    }  # fmt: skip
    assert DatasetCard(dataset_card(report, {})).data.size_categories == [category]
