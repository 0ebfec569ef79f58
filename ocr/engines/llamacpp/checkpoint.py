"""A checkpoint as Hugging Face has it: its configuration, and its tensors on the disk."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from gguf.utility import LocalTensor, SafetensorsLocal

from ocr.engines.llamacpp.gguf_files import CHECKPOINT_WEIGHTS

Array = np.ndarray[Any, np.dtype[Any]]

CHUNK_VALUES = 1 << 22
"""Values read at once, which take 16 MB as 32-bit numbers and some times that while they are quantized."""


DEFAULTS: dict[str, dict[str, Any]] = {
    "text_config": {
        "vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016, "num_hidden_layers": 32,
        "num_attention_heads": 32, "num_key_value_heads": 32, "head_dim": 128, "max_position_embeddings": 32768,
        "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
    },
    "vision_config": {
        "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24, "num_attention_heads": 16,
        "image_size": 1024, "patch_size": 16, "hidden_act": "gelu",
    },
}  # fmt: skip
"""Of Transformers' Qwen3Config and PixtralVisionConfig; its versions before 5 write only what differs from them."""


class NotConvertible(Exception):
    """The checkpoint is of another architecture, or lacks a file."""

    def __str__(self) -> str:
        """In one line of the log."""
        return f"Not convertible: {self.args[0]}"


class DamagedCheckpoint(Exception):
    """A file of weights is damaged, or not whole."""

    def __str__(self) -> str:
        """In one line of the log."""
        return f"Damaged weights: {self.args[0]}"


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of the checkpoint, on the disk."""

    stored: LocalTensor
    interleaved_heads: int | None = None
    """The rows of so many heads are put in pairs, as llama.cpp rotates them; Transformers rotates halves."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its dimensions, the slowest first."""
        return self.stored.shape

    def chunks(self) -> Iterator[Array]:
        """Its rows as 32-bit numbers, some at a time.

        Raises:
            NotConvertible: its numbers are of an unknown kind.
        """
        kinds = {"BF16": "<u2", "F16": "<f2", "F32": "<f4"}
        if self.stored.dtype not in kinds:
            raise NotConvertible(f"its weights are {self.stored.dtype} numbers, not BF16, F16 or F32")
        values = self.stored.mmap_bytes().view(kinds[self.stored.dtype]).reshape(self.shape)
        if heads := self.interleaved_heads:
            rows, *columns = self.shape
            values = values.reshape(heads, 2, rows // heads // 2, *columns).swapaxes(1, 2).reshape(self.shape)
        step = max(1, CHUNK_VALUES // prod(self.shape[1:]))
        for start in range(0, self.shape[0], step):
            chunk = values[start : start + step]
            if self.stored.dtype == "BF16":  # the upper half of a 32-bit number
                yield (chunk.astype(np.uint32) << 16).view(np.float32)
            else:
                yield chunk.astype(np.float32)


def configuration(checkpoint: Path) -> dict[str, Any]:
    """A checkpoint's config.json, with the values that it leaves out.

    Raises:
        NotConvertible: there is none, or it is of another architecture.
    """
    config = read_json(checkpoint / "config.json")
    check_family(config)
    filled = {part: values | config[part] for part, values in DEFAULTS.items()}
    return {"spatial_merge_size": 2} | config | filled


def check_family(config: Mapping[str, Any]) -> None:
    """See that this is the architecture that is converted here.

    Raises:
        NotConvertible: it is not.
    """
    types = tuple(config.get(part, {}).get("model_type") for part in ("text_config", "vision_config"))
    if types != ("qwen3", "pixtral"):
        found = next((name for name in (*types, config.get("model_type")) if name), "nothing that is known")
        raise NotConvertible(f"only a Qwen3 with the vision tower of Pixtral can be converted, this is {found}")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        NotConvertible: there is none.
    """
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError) as error:
        raise NotConvertible(f"there is no {path.name}, or it is damaged") from error
    return values


def stored_tensors(checkpoint: Path) -> dict[str, LocalTensor]:
    """The tensors of all files of a checkpoint, by name.

    Raises:
        NotConvertible: there are none.
        DamagedCheckpoint: a file has not its whole length.
    """
    tensors: dict[str, LocalTensor] = {}
    for path in sorted(checkpoint.glob(CHECKPOINT_WEIGHTS)):
        try:
            found = SafetensorsLocal(path).tensors
            end = max(tensor.data_range.offset + tensor.data_range.size for tensor in found.values())
        except (ValueError, KeyError) as error:
            raise DamagedCheckpoint(path) from error
        if path.stat().st_size < end:
            raise DamagedCheckpoint(path)
        tensors |= found
    if not tensors:
        raise NotConvertible("there is no model.safetensors")
    return tensors


def image_processor(checkpoint: Path) -> dict[str, Any]:
    """How images are normalized; Transformers 5 has it within the processor's file."""
    if (checkpoint / "preprocessor_config.json").exists():
        return read_json(checkpoint / "preprocessor_config.json")
    image: dict[str, Any] = read_json(checkpoint / "processor_config.json")["image_processor"]
    return image
