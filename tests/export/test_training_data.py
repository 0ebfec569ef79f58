"""Pages as samples: what libraries for fine-tuning read of the files."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from ocr.export.training_data import DataPage, target_text, write_data
from ocr.result_formats import DataFormat

MARKDOWN = "# Lamps\n\n![A lamp](figures/page-2-1.png)\n\n![](figures/page-2-2.jpg)"
TEXT = "# Lamps\n\n![image](image_1.png)\n\n![image](image_2.png)"
MESSAGES = [
    {"role": "user", "content": [{"type": "image"}]},
    {"role": "assistant", "content": [{"type": "text", "text": TEXT}]},
]


@pytest.fixture
def page(tmp_path: Path) -> DataPage:
    Image.new("RGB", (30, 40)).save(tmp_path / "0-2.png")
    return DataPage("paper.pdf", "paper-1-page-2", 2, MARKDOWN, tmp_path / "0-2.png")


def test_training_text_is_what_a_model_writes() -> None:
    """It has no names of files that are ours."""
    assert target_text(f"{MARKDOWN}\n\x00") == TEXT


def test_training_jsonl_is_a_chat_for_each_page(page: DataPage, tmp_path: Path) -> None:
    """The images that it names are in the zip."""
    write_data(tmp_path / "data.zip", [page], DataFormat.JSONL)
    with zipfile.ZipFile(tmp_path / "data.zip") as archive:
        (row,) = map(json.loads, archive.read("train.jsonl").decode().splitlines())
        (image,) = row["images"]
        assert Image.open(io.BytesIO(archive.read(image))).size == (30, 40)
    assert (row["messages"], row["document"], row["page"]) == (MESSAGES, "paper.pdf", 2)


def test_training_parquet_has_the_images_in_it(page: DataPage, tmp_path: Path) -> None:
    """And the features by which `datasets` opens them."""
    write_data(tmp_path / "data.parquet", [page] * 20, DataFormat.PARQUET)
    table = pq.read_table(tmp_path / "data.parquet")
    row = table.to_pylist()[19]
    said = [[{key: one[key] for key in one if one[key]} for one in message["content"]] for message in row["messages"]]
    assert said == [message["content"] for message in MESSAGES]
    assert Image.open(io.BytesIO(row["images"][0]["bytes"])).size == (30, 40)
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert (list(features), features["images"]) == (table.column_names, [{"_type": "Image"}])


def test_ground_truth_is_markdown_beside_the_image(page: DataPage, tmp_path: Path) -> None:
    """Both have the same name."""
    write_data(tmp_path / "data.zip", [page], DataFormat.TRUTH)
    with zipfile.ZipFile(tmp_path / "data.zip") as archive:
        assert sorted(archive.namelist()) == ["paper-1-page-2.md", "paper-1-page-2.png"]
        assert archive.read("paper-1-page-2.md").decode() == f"{TEXT}\n"
