"""The checkpoint of random weights has the tensors and files that vLLM reads of the tests' own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.model_shapes import TextShape, VisionShape
from bench.random_checkpoint import write_checkpoint
from tests.tiny_model.model import CHECKPOINT

TEXT = TextShape(width=128, layers=3, heads=4, kv_heads=2, head_width=32, hidden=256, vocabulary=400)
VISION = VisionShape(width=64, layers=2, hidden=128, head_width=32)


def header(folder: Path) -> dict[str, Any]:
    """Of the weights: each tensor's type and shape."""
    data = (folder / "model.safetensors").read_bytes()
    size = int.from_bytes(data[:8], "little")
    tensors = json.loads(data[8 : 8 + size])
    tensors.pop("__metadata__")
    assert len(data) == 8 + size + max(tensor["data_offsets"][1] for tensor in tensors.values())
    return {name: (tensor["dtype"], tensor["shape"]) for name, tensor in tensors.items()}


def test_random_checkpoint(tmp_path: Path) -> None:
    """With the sizes of the tests' checkpoint, its weights have the same names, types and shapes."""
    write_checkpoint(tmp_path, TEXT, VISION)
    assert header(tmp_path) == header(CHECKPOINT)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in CHECKPOINT.iterdir()}
    vocabulary = json.loads((tmp_path / "tokenizer.json").read_text())["model"]["vocab"]
    assert sorted(vocabulary.values()) == list(range(TEXT.vocabulary))
