"""Convert a checkpoint of LightOnOCR-1 or -2, or of LightOnOCR-3-1B, to the two GGUF files that llama.cpp reads.

One holds the language model, a Qwen3, the other the mmproj: the vision tower of Pixtral and the projector. The layout
is that of llama.cpp's own converter. One tensor at a time is in memory, converted some thousand rows at a time.
"""

from collections.abc import Callable, Iterable, Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFWriter
from gguf.quants import quant_shape_to_byte_shape, quantize
from gguf.utility import LocalTensor

from ocr.engines.llamacpp.checkpoint import NotConvertible, Tensor, configuration, stored_tensors
from ocr.engines.llamacpp.gguf_metadata import mmproj_header, model_header

TEXT_NAMES = {
    "embed_tokens": "token_embd", "norm": "output_norm", "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}  # fmt: skip
VISION_NAMES = {
    "patch_conv": "v.patch_embd", "ln_pre": "v.pre_ln", "attention_norm": "ln1", "ffn_norm": "ln2",
    "attention.q_proj": "attn_q", "attention.k_proj": "attn_k", "attention.v_proj": "attn_v",
    "attention.o_proj": "attn_out", "feed_forward.gate_proj": "ffn_gate", "feed_forward.up_proj": "ffn_up",
    "feed_forward.down_proj": "ffn_down", "norm": "mm.input_norm", "linear_1": "mm.1", "linear_2": "mm.2",
    "patch_merger.merging_layer": "mm.patch_merger",
}  # fmt: skip
LANGUAGE_PREFIX, OUTPUT_NAME = "model.language_model.", "lm_head.weight"
VISION_PREFIXES = ("model.vision_encoder.transformer.", "model.vision_encoder.", "model.vision_projection.")


def convert(
    checkpoint: Path,
    model: Path,
    mmproj: Path,
    matrices: GGMLQuantizationType = GGMLQuantizationType.Q8_0,
    vision_matrices: GGMLQuantizationType = GGMLQuantizationType.F16,
    on_progress: Callable[[float], object] = float,
) -> None:
    """Write the checkpoint in a folder to two files.

    Args:
        checkpoint: the folder, as Hugging Face has it.
        model: where the language model goes.
        mmproj: where the vision tower and the projector go.
        matrices: the precision of the language model's matrices; vectors stay 32-bit numbers.
        vision_matrices: the same of the mmproj.
        on_progress: called with the share that is done, 0 to 1.

    Raises:
        NotConvertible: the checkpoint is of another architecture, or incomplete.
        OSError: a file cannot be read or written.
    """
    config = configuration(checkpoint)
    try:
        language, vision = split(stored_tensors(checkpoint), config)
        progress = ConversionProgress([*language.values(), *vision.values()], on_progress)
        write(mmproj_header(checkpoint, config), mmproj, vision, vision_matrices, progress)
        write(model_header(checkpoint, config["text_config"], matrices), model, language, matrices, progress)
    except (KeyError, IndexError, TypeError) as error:
        raise NotConvertible(f"its configuration is not as expected, {error!r}") from error


def split(stored: Mapping[str, LocalTensor], config: Mapping[str, Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The tensors of the language model and those of the mmproj, by their names in GGUF.

    Raises:
        NotConvertible: one is not known.
    """
    language: dict[str, Tensor] = {}
    vision: dict[str, Tensor] = {}
    heads = config["vision_config"]["num_attention_heads"]
    for name, tensor in stored.items():
        prefix = next((prefix for prefix in VISION_PREFIXES if name.startswith(prefix)), None)
        if prefix:
            rotated = name.endswith(("q_proj.weight", "k_proj.weight"))
            renamed = gguf_name(name, prefix, VISION_NAMES, "v.blk")
            vision[renamed] = Tensor(tensor, heads if rotated else None)
        elif name != OUTPUT_NAME:
            language[gguf_name(name, LANGUAGE_PREFIX, TEXT_NAMES, "blk")] = Tensor(tensor)
        elif not config.get("tie_word_embeddings", config["text_config"].get("tie_word_embeddings")):
            language["output.weight"] = Tensor(tensor)
    return language, vision


def gguf_name(name: str, prefix: str, names: Mapping[str, str], block: str) -> str:
    """A tensor's name in GGUF; those of a layer begin with `block` and its number.

    Raises:
        NotConvertible: it is not known.
    """
    parts = name.removeprefix(prefix).removesuffix(".weight").split(".")
    try:
        if parts[0] != "layers":
            return names[".".join(parts)] + ".weight"
        return f"{block}.{int(parts[1])}.{names['.'.join(parts[2:])]}.weight"
    except (KeyError, ValueError, IndexError) as error:
        raise NotConvertible(f"the tensor {name} is not known") from error


class ConversionProgress:
    """The share of a checkpoint's values that are written."""

    def __init__(self, tensors: Iterable[Tensor], on_progress: Callable[[float], object]) -> None:
        self._values, self._done = sum(prod(tensor.shape) for tensor in tensors), 0
        self._on_progress = on_progress

    def add(self, values: int) -> None:
        """So many more."""
        self._done += values
        self._on_progress(self._done / self._values)


def write(
    header: GGUFWriter,
    path: Path,
    tensors: Mapping[str, Tensor],
    matrices: GGMLQuantizationType,
    progress: ConversionProgress,
) -> None:
    """Write a file: its header, where each tensor will be, then the tensors."""
    kinds = {name: precision(tensor.shape, matrices) for name, tensor in tensors.items()}
    for name, tensor in tensors.items():
        shape = quant_shape_to_byte_shape(tensor.shape, kinds[name])
        header.add_tensor_info(name, shape, np.dtype(np.uint8), prod(shape), kinds[name])
    try:
        header.write_header_to_file(path)
        header.write_kv_data_to_file()
        header.write_ti_data_to_file()
        for name, tensor in tensors.items():
            written = [quantize(chunk, kinds[name]).view(np.uint8) for chunk in tensor.chunks()]
            header.write_tensor_data(np.concatenate(written))
            progress.add(prod(tensor.shape))
    finally:
        header.close()


def precision(shape: tuple[int, ...], matrices: GGMLQuantizationType) -> GGMLQuantizationType:
    """Of vectors 32 bits; of a matrix whose rows do not divide into blocks 16."""
    if len(shape) == 1:
        return GGMLQuantizationType.F32
    block, _ = GGML_QUANT_SIZES[matrices]
    return matrices if shape[-1] % block == 0 else GGMLQuantizationType.F16
