"""A checkpoint as GGUF; tests/llamacpp read with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFReader
from gguf.quants import dequantize
from gguf.utility import SafetensorsLocal

from ocr.engines.llamacpp import checkpoint as module
from ocr.engines.llamacpp.checkpoint import DamagedCheckpoint, NotConvertible
from ocr.engines.llamacpp.convert import convert
from tests.tiny_model.model import CHECKPOINT

Array = np.ndarray[Any, np.dtype[Any]]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """One of the test's own, to be changed."""
    return Path(shutil.copytree(CHECKPOINT, tmp_path / "checkpoint"))


def write_safetensors(path: Path, tensors: dict[str, Array], kind: str) -> None:
    """A file of tensors of one kind."""
    header, data = {}, b""
    for name, values in tensors.items():
        header[name] = {
            "dtype": kind, "shape": values.shape, "data_offsets": [len(data), len(data) + values.nbytes],
        }  # fmt: skip
        data += values.tobytes()
    words = json.dumps(header).encode()
    path.write_bytes(len(words).to_bytes(8, "little") + words + data)


def bfloat16(path: Path) -> dict[str, Array]:
    """The tensors of a file, each number as its 16 bits."""
    tensors = SafetensorsLocal(path).tensors
    return {name: tensor.mmap_bytes().view("<u2").reshape(tensor.shape) for name, tensor in tensors.items()}


def converted(checkpoint: Path, **precision: GGMLQuantizationType) -> tuple[GGUFReader, GGUFReader]:
    model, mmproj = checkpoint / "out.gguf", checkpoint / "out-mmproj.gguf"
    convert(checkpoint, model, mmproj, **precision)
    return GGUFReader(model), GGUFReader(mmproj)


F32 = {"matrices": GGMLQuantizationType.F32, "vision_matrices": GGMLQuantizationType.F32}


def header(reader: GGUFReader) -> dict[str, Any]:
    return {name: field.contents() for name, field in reader.fields.items()}


def contents(reader: GGUFReader) -> dict[str, bytes]:
    return {tensor.name: tensor.data.tobytes() for tensor in reader.tensors}


def test_convert_values(checkpoint: Path) -> None:
    """In 32 bits each number is the checkpoint's own; the rows that llama.cpp rotates are in its order."""
    stored = {
        name: (values.astype(np.uint32) << 16) for name, values in bfloat16(checkpoint / "model.safetensors").items()
    }
    model, mmproj = converted(checkpoint, **F32)
    assert len(model.tensors) + len(mmproj.tensors) == len(stored)
    assert contents(model)["token_embd.weight"] == stored["model.language_model.embed_tokens.weight"].tobytes()
    rows = stored["model.vision_encoder.transformer.layers.1.attention.q_proj.weight"]
    heads = [rows[:32], rows[32:]]
    pairs = np.concatenate([np.stack([head[:16], head[16:]], axis=1).reshape(32, -1) for head in heads])
    assert contents(mmproj)["v.blk.1.attn_q.weight"] == pairs.tobytes()


def test_convert_precision(checkpoint: Path) -> None:
    """Matrices of the language model in 8 bits, of the vision tower in 16, vectors in 32; all near what they were."""
    exact = [{tensor.name: tensor.data.copy() for tensor in reader.tensors} for reader in converted(checkpoint, **F32)]
    for reader, values, matrices, error in zip(
        converted(checkpoint), exact, ("Q8_0", "F16"), (0.01, 0.001), strict=True
    ):
        for tensor in reader.tensors:
            assert tensor.tensor_type.name == (matrices if len(tensor.shape) > 1 else "F32")
            near = dequantize(tensor.data, tensor.tensor_type).reshape(values[tensor.name].shape)
            assert np.abs(near - values[tensor.name]).max() <= error * np.abs(values[tensor.name]).max()


def test_convert_piece_by_piece(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows are in memory at once, the files are the same."""
    whole = [contents(reader) for reader in converted(checkpoint)]
    monkeypatch.setattr(module, "CHUNK_VALUES", 1000)
    assert [contents(reader) for reader in converted(checkpoint)] == whole


def test_convert_several_files(checkpoint: Path) -> None:
    """A checkpoint in two files, as large ones are, is one model."""
    whole = [contents(reader) for reader in converted(checkpoint)]
    tensors = bfloat16(checkpoint / "model.safetensors")
    names = list(tensors)
    for number, half in enumerate((names[::2], names[1::2]), 1):
        path = checkpoint / f"model-0000{number}-of-00002.safetensors"
        write_safetensors(path, {name: tensors[name] for name in half}, "BF16")
    (checkpoint / "model.safetensors").unlink()
    assert [contents(reader) for reader in converted(checkpoint)] == whole


@pytest.mark.parametrize("kind", ["F16", "F32"])
def test_convert_other_numbers(checkpoint: Path, kind: str) -> None:
    """Weights of 16 or 32 bits, as fine-tuning leaves them."""
    path, dtype = checkpoint / "model.safetensors", {"F16": "<f2", "F32": "<f4"}[kind]
    whole = [contents(reader) for reader in converted(checkpoint)]
    tensors = {
        name: (values.astype(np.uint32) << 16).view(np.float32).astype(dtype) for name, values in bfloat16(path).items()
    }
    write_safetensors(path, tensors, kind)
    same = [contents(reader) for reader in converted(checkpoint)]
    assert (same == whole) or kind == "F16"  # whose smallest numbers are rounded
    assert [found.keys() for found in same] == [found.keys() for found in whole]


def test_convert_progress(checkpoint: Path) -> None:
    shares: list[float] = []
    convert(checkpoint, checkpoint / "a", checkpoint / "b", on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_convert_an_output_of_its_own(checkpoint: Path) -> None:
    """The last layer is the embedding's transpose, unless the checkpoint says otherwise."""
    tensors = bfloat16(checkpoint / "model.safetensors")
    tensors["lm_head.weight"] = tensors["model.language_model.embed_tokens.weight"]
    write_safetensors(checkpoint / "model.safetensors", tensors, "BF16")
    assert "output.weight" not in contents(converted(checkpoint)[0])
    config = json.loads((checkpoint / "config.json").read_text())
    (checkpoint / "config.json").write_text(json.dumps(config | {"tie_word_embeddings": False}))
    assert "output.weight" in contents(converted(checkpoint)[0])


@pytest.mark.parametrize("name", ["model.language_model.layers.0.experts.weight", "model.audio_tower.conv.weight"])
def test_convert_unknown_tensor(checkpoint: Path, name: str) -> None:
    """Nothing is left out in silence."""
    tensors = bfloat16(checkpoint / "model.safetensors")
    tensors[name] = np.zeros((2, 2), "<u2")
    write_safetensors(checkpoint / "model.safetensors", tensors, "BF16")
    with pytest.raises(NotConvertible, match=name):
        converted(checkpoint)


def test_convert_unknown_numbers(checkpoint: Path) -> None:
    tensors = {name: values.view(np.uint8) for name, values in bfloat16(checkpoint / "model.safetensors").items()}
    write_safetensors(checkpoint / "model.safetensors", tensors, "F8_E4M3")
    with pytest.raises(NotConvertible, match="F8_E4M3"):
        converted(checkpoint)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"])
def test_convert_missing_file(checkpoint: Path, name: str) -> None:
    (checkpoint / name).unlink()
    with pytest.raises(NotConvertible, match=name):
        converted(checkpoint)


@pytest.mark.parametrize("bytes_left", [3, 500, 1_000_000])
def test_convert_half_a_file(checkpoint: Path, bytes_left: int) -> None:
    path = checkpoint / "model.safetensors"
    path.write_bytes(path.read_bytes()[:bytes_left])
    with pytest.raises(DamagedCheckpoint):
        converted(checkpoint)


@pytest.mark.parametrize("part", ["text_config", "vision_config"])
def test_convert_another_architecture(checkpoint: Path, part: str) -> None:
    config = json.loads((checkpoint / "config.json").read_text())
    config[part]["model_type"] = "qwen3_5"
    (checkpoint / "config.json").write_text(json.dumps(config))
    with pytest.raises(NotConvertible, match="qwen3"):
        converted(checkpoint)


@pytest.mark.parametrize(
    ("name", "part", "value", "says"),
    [
        ("config.json", "text_config", {"model_type": "qwen3", "vocab_size": 10}, "IndexError"),
        ("tokenizer.json", "pre_tokenizer", None, "TypeError"),
        ("tokenizer.json", "model", {}, "vocab"),
    ],
)
def test_convert_unexpected_configuration(checkpoint: Path, name: str, part: str, value: object, says: str) -> None:
    values = json.loads((checkpoint / name).read_text())
    (checkpoint / name).write_text(json.dumps(values | {part: value}))
    with pytest.raises(NotConvertible, match=says):
        converted(checkpoint)


def test_convert_sparse_configuration(checkpoint: Path) -> None:
    """Transformers before version 5 leaves out of config.json what is as its classes have it."""
    whole = [header(reader) for reader in converted(checkpoint)]
    config = json.loads((checkpoint / "config.json").read_text())
    del config["text_config"]["rms_norm_eps"], config["text_config"]["rope_parameters"], config["spatial_merge_size"]
    (checkpoint / "config.json").write_text(json.dumps(config))
    assert [header(reader) for reader in converted(checkpoint)] == whole
    del config["vision_config"]["num_hidden_layers"]
    (checkpoint / "config.json").write_text(json.dumps(config))
    assert header(converted(checkpoint)[1])["clip.vision.block_count"] == 24, "as Pixtral has"
