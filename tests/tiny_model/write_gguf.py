"""Write a checkpoint as the two files that llama.cpp reads: the language model, and the vision tower with projector.

The layout is that of llama.cpp's own converter; what this leaves out the tiny model has none of.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFWriter
from gguf.constants import TokenType, VisionProjectorType

Tensors = dict[str, np.ndarray[Any, np.dtype[np.float32]]]

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


def write_gguf(checkpoint: Path, model: Path, mmproj: Path) -> None:
    """Write the checkpoint in this folder to the two files."""
    config = json.loads((checkpoint / "config.json").read_text())
    tensors = load_safetensors(checkpoint / "model.safetensors")
    write_model(model, checkpoint, config["text_config"], tensors)
    write_mmproj(mmproj, checkpoint, config, tensors)


def load_safetensors(path: Path) -> Tensors:
    """The tensors of a file in bfloat16, by name."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    tensors: Tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        halves = np.frombuffer(data[begin:end], "<u2").astype(np.uint32)
        tensors[name] = (halves << 16).view(np.float32).reshape(entry["shape"])
    return tensors


def write_model(path: Path, checkpoint: Path, config: dict[str, Any], tensors: Tensors) -> None:
    """The language model with its tokenizer and chat template."""
    writer = GGUFWriter(path, "qwen3")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    add_tokenizer(writer, checkpoint, config)
    for name, values in tensors.items():
        if name.startswith("model.language_model."):
            writer.add_tensor(renamed(name.removeprefix("model.language_model."), TEXT_NAMES, "blk"), values)
    finish(writer)


def add_tokenizer(writer: GGUFWriter, checkpoint: Path, config: dict[str, Any]) -> None:
    """A byte-level BPE, which GGUF names by the first model that had it."""
    tokenizer = json.loads((checkpoint / "tokenizer.json").read_text())
    ids: dict[str, int] = tokenizer["model"]["vocab"]
    special = {token["id"] for token in tokenizer["added_tokens"]}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(sorted(ids, key=lambda token: ids[token]))
    writer.add_token_types([TokenType.CONTROL if id in special else TokenType.NORMAL for id in sorted(ids.values())])
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_pad_token_id(config["pad_token_id"])
    writer.add_add_bos_token(False)
    writer.add_chat_template((checkpoint / "chat_template.jinja").read_text())


def write_mmproj(path: Path, checkpoint: Path, config: dict[str, Any], tensors: Tensors) -> None:
    """The vision tower and the projector."""
    vision = config["vision_config"]
    image = json.loads((checkpoint / "preprocessor_config.json").read_text())
    writer = GGUFWriter(path, "clip")
    writer.add_type("mmproj")
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type(VisionProjectorType.LIGHTONOCR)
    writer.add_vision_projection_dim(config["text_config"]["hidden_size"])
    writer.add_vision_image_size(vision["image_size"])
    writer.add_vision_patch_size(vision["patch_size"])
    writer.add_vision_embedding_length(vision["hidden_size"])
    writer.add_vision_feed_forward_length(vision["intermediate_size"])
    writer.add_vision_block_count(vision["num_hidden_layers"])
    writer.add_vision_head_count(vision["num_attention_heads"])
    writer.add_vision_image_mean(image["image_mean"])
    writer.add_vision_image_std(image["image_std"])
    writer.add_vision_attention_layernorm_eps(1e-5)
    writer.add_vision_use_silu(True)
    writer.add_vision_spatial_merge_size(config["spatial_merge_size"])
    heads = vision["num_attention_heads"]
    for name, values in tensors.items():
        for prefix in ("model.vision_encoder.", "model.vision_projection."):
            if name.startswith(prefix):
                if name.endswith(("q_proj.weight", "k_proj.weight")):
                    values = interleaved(values, heads)
                layer = name.removeprefix(prefix).removeprefix("transformer.")
                writer.add_tensor(renamed(layer, VISION_NAMES, "v.blk"), values)
    finish(writer)


def interleaved(weights: np.ndarray[Any, Any], heads: int) -> np.ndarray[Any, Any]:
    """The rows of each head in pairs, as llama.cpp rotates them; Transformers rotates halves."""
    rows, columns = weights.shape
    return weights.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def renamed(name: str, names: dict[str, str], block: str) -> str:
    """A tensor's name in GGUF; those of a layer begin with `block` and its number."""
    parts = name.removesuffix(".weight").split(".")
    if parts[0] != "layers":
        return names[".".join(parts)] + ".weight"
    return f"{block}.{parts[1]}.{names['.'.join(parts[2:])]}.weight"


def finish(writer: GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
