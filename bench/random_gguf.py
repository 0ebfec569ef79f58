"""GGUF files of LightOnOCR's architecture with random weights: as costly to read with as the real ones, and as large.

What such a model writes means nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFWriter
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import quant_shape_to_byte_shape

from bench.model_shapes import IMAGE_SIDE, MERGE, PATCH, TEXT_SHAPE, TextShape, VisionShape
from ocr.engines.llamacpp.gguf_metadata import mmproj_header, model_header
from tests.tiny_model.model import CHECKPOINT

SCALE = np.float16(3e-4)
"""Of the quantised weights, whose integers are up to 127: some 0.02, as in trained models."""


_random = np.random.default_rng(0)


def write_text(path: Path, shape: TextShape = TEXT_SHAPE) -> None:
    """Write a decoder in Q8_0, as most people run it."""
    config = {
        "max_position_embeddings": 16384, "hidden_size": shape.width, "num_hidden_layers": shape.layers,
        "intermediate_size": shape.hidden, "num_attention_heads": shape.heads, "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_width, "rms_norm_eps": 1e-6, "rope_theta": 1_000_000.0, "vocab_size": shape.vocabulary,
    }  # fmt: skip
    writer = model_header(CHECKPOINT, config, GGMLQuantizationType.Q8_0)
    _add_q8(writer, "token_embd", shape.vocabulary, shape.width)
    _add_ones(writer, "output_norm", shape.width)
    queries, keys = shape.heads * shape.head_width, shape.kv_heads * shape.head_width
    for layer in range(shape.layers):
        block = f"blk.{layer}"
        for name, width in (("attn_norm", shape.width), ("ffn_norm", shape.width)):
            _add_ones(writer, f"{block}.{name}", width)
        for name in ("attn_q_norm", "attn_k_norm"):
            _add_ones(writer, f"{block}.{name}", shape.head_width)
        for name, rows, columns in (
            ("attn_q", queries, shape.width), ("attn_k", keys, shape.width), ("attn_v", keys, shape.width),
            ("attn_output", shape.width, queries), ("ffn_gate", shape.hidden, shape.width),
            ("ffn_up", shape.hidden, shape.width), ("ffn_down", shape.width, shape.hidden),
        ):  # fmt: skip
            _add_q8(writer, f"{block}.{name}", rows, columns)
    _finish(writer, path)


def write_mmproj(path: Path, shape: VisionShape, text_width: int = TEXT_SHAPE.width) -> None:
    """Write a vision tower with its projector in F16."""
    vision = {
        "image_size": IMAGE_SIDE, "patch_size": PATCH, "hidden_size": shape.width, "intermediate_size": shape.hidden,
        "num_hidden_layers": shape.layers, "num_attention_heads": shape.width // shape.head_width, "hidden_act": "silu",
    }  # fmt: skip
    config = {"vision_config": vision, "text_config": {"hidden_size": text_width}, "spatial_merge_size": MERGE}
    writer = mmproj_header(CHECKPOINT, config)
    _add_half(writer, "v.patch_embd", shape.width, 3, PATCH, PATCH)
    _add_ones(writer, "v.pre_ln", shape.width)
    for layer in range(shape.layers):
        block = f"v.blk.{layer}"
        for name in ("ln1", "ln2"):
            _add_ones(writer, f"{block}.{name}", shape.width)
        for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
            _add_half(writer, f"{block}.{name}", shape.width, shape.width)
        for name, rows, columns in (
            ("ffn_gate", shape.hidden, shape.width), ("ffn_up", shape.hidden, shape.width),
            ("ffn_down", shape.width, shape.hidden),
        ):  # fmt: skip
            _add_half(writer, f"{block}.{name}", rows, columns)
    _add_ones(writer, "mm.input_norm", shape.width)
    _add_half(writer, "mm.patch_merger", shape.width, MERGE * MERGE * shape.width)
    _add_half(writer, "mm.1", text_width, shape.width)
    _add_half(writer, "mm.2", text_width, text_width)
    _finish(writer, path)


def _add_q8(writer: GGUFWriter, name: str, rows: int, columns: int) -> None:
    kind = GGMLQuantizationType.Q8_0
    _, block_bytes = GGML_QUANT_SIZES[kind]
    data = _random.integers(0, 256, quant_shape_to_byte_shape((rows, columns), kind), np.uint8)
    data.reshape(-1, block_bytes)[:, :2] = np.frombuffer(SCALE.tobytes(), np.uint8)  # a block begins with its scale
    writer.add_tensor(f"{name}.weight", data, raw_dtype=kind)


def _add_half(writer: GGUFWriter, name: str, *shape: int) -> None:
    values: np.ndarray[Any, Any] = _random.standard_normal(shape, np.float32) * np.float32(0.02)
    writer.add_tensor(f"{name}.weight", values.astype(np.float16))


def _add_ones(writer: GGUFWriter, name: str, width: int) -> None:
    writer.add_tensor(f"{name}.weight", np.ones(width, np.float32))


def _finish(writer: GGUFWriter, path: Path) -> None:
    writer.write_header_to_file(path)
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
