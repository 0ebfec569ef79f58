"""The tokenizer and the template in GGUF, in the forms that the tests' own checkpoint has not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from gguf import GGMLQuantizationType, GGUFReader, TokenType

from ocr.engines.llamacpp.gguf_metadata import mmproj_header, model_header
from tests.tiny_model.model import CHECKPOINT


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """One of the test's own, to be changed."""
    return Path(shutil.copytree(CHECKPOINT, tmp_path / "checkpoint"))


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def fields(checkpoint: Path, **changed: Any) -> dict[str, Any]:
    """What a reader finds in the language model's header."""
    config = json.loads((checkpoint / "config.json").read_text())["text_config"] | changed
    writer = model_header(checkpoint, config, GGMLQuantizationType.Q8_0)
    writer.write_header_to_file(checkpoint / "header.gguf")
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    return {name: field.contents() for name, field in GGUFReader(checkpoint / "header.gguf").fields.items()}


def test_metadata_of_a_published_tokenizer(checkpoint: Path) -> None:
    """Added tokens beyond the vocabulary, rows of the embedding beyond both, merges as lines, Qwen's way to split."""
    tokenizer = json.loads((checkpoint / "tokenizer.json").read_text())
    tokenizer["added_tokens"] += [
        {"id": 400, "content": "<tool>", "special": False},
        {"id": 401, "content": "<|box|>", "special": False},
    ]
    tokenizer["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [{"type": "Split"}, {"type": "ByteLevel"}]}
    tokenizer["model"]["merges"] = [" ".join(pair) for pair in tokenizer["model"]["merges"]]
    before = fields(checkpoint)
    (checkpoint / "tokenizer.json").write_text(json.dumps(tokenizer))
    found = fields(checkpoint, vocab_size=404)
    assert found["tokenizer.ggml.tokens"][399:] == [
        before["tokenizer.ggml.tokens"][399], "<tool>", "<|box|>", "[PAD402]", "[PAD403]",
    ]  # fmt: skip
    assert found["tokenizer.ggml.token_type"][399:] == [
        TokenType.NORMAL, TokenType.USER_DEFINED, TokenType.CONTROL, TokenType.UNUSED, TokenType.UNUSED,
    ]  # fmt: skip
    assert found["tokenizer.ggml.merges"] == before["tokenizer.ggml.merges"]
    assert (before["tokenizer.ggml.pre"], found["tokenizer.ggml.pre"]) == ("gpt-2", "qwen2")
    assert found["tokenizer.ggml.eos_token_id"] == before["tokenizer.ggml.eos_token_id"] == 2


def test_metadata_of_older_configurations(checkpoint: Path) -> None:
    """The template among the tokenizer's options, an object as end of text, the base of rotation at the top."""
    before = fields(checkpoint)
    template = (checkpoint / "chat_template.jinja").read_text()
    (checkpoint / "chat_template.jinja").unlink()
    change(checkpoint / "tokenizer_config.json", chat_template=template, eos_token={"content": "<|im_end|>"})
    assert fields(checkpoint, rope_parameters=None, rope_theta=10000.0) == before


def test_metadata_of_a_newer_processor(checkpoint: Path) -> None:
    """Transformers 5 writes the image processor into the processor's file."""
    config = json.loads((checkpoint / "config.json").read_text())
    before = mmproj_header(checkpoint, config).kv_data
    image = json.loads((checkpoint / "preprocessor_config.json").read_text())
    (checkpoint / "preprocessor_config.json").unlink()
    change(checkpoint / "processor_config.json", image_processor=image)
    assert mmproj_header(checkpoint, config).kv_data == before
