"""What precedes the tensors in the two GGUF files of a LightOnOCR: its dimensions, the tokenizer, the chat template."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, TokenType, VisionProjectorType
from gguf.constants import GGML_QUANT_VERSION

from ocr.engines.llamacpp.checkpoint import image_processor, read_json

VISION_NORM_EPSILON = 1e-5
"""Not in config.json: a constant of Transformers' Pixtral."""


def model_header(checkpoint: Path, config: Mapping[str, Any], matrices: GGMLQuantizationType) -> GGUFWriter:
    """What precedes the language model's tensors, its tokenizer and chat template among it."""
    writer = GGUFWriter(None, "qwen3")
    writer.add_quantization_version(GGML_QUANT_VERSION)
    writer.add_file_type(LlamaFileType[f"MOSTLY_{matrices.name}" if matrices.name != "F32" else "ALL_F32"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    rope = config.get("rope_parameters") or config  # Transformers 5 has them apart
    writer.add_rope_freq_base(rope["rope_theta"])
    add_tokenizer(writer, checkpoint, config["vocab_size"])
    return writer


def add_tokenizer(writer: GGUFWriter, checkpoint: Path, vocabulary: int) -> None:
    """A byte-level BPE of so many tokens, which GGUF names by the first model that had it."""
    tokenizer = read_json(checkpoint / "tokenizer.json")
    options = read_json(checkpoint / "tokenizer_config.json")
    added = {token["id"]: token for token in tokenizer["added_tokens"]}
    ids: dict[str, int] = tokenizer["model"]["vocab"] | {token["content"]: id for id, token in added.items()}
    tokens, types = [f"[PAD{id}]" for id in range(vocabulary)], [TokenType.UNUSED] * vocabulary
    for token, id in ids.items():
        special = id in added and (added[id]["special"] or (token.startswith("<|") and token.endswith("|>")))
        tokens[id] = token
        types[id] = TokenType.CONTROL if special else TokenType.USER_DEFINED if id in added else TokenType.NORMAL
    merges = tokenizer["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    # how text is split before it is merged: by the pattern of Qwen2, or by GPT-2's, which is that of `ByteLevel` itself
    writer.add_tokenizer_pre("gpt-2" if tokenizer["pre_tokenizer"]["type"] == "ByteLevel" else "qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([pair if isinstance(pair, str) else " ".join(pair) for pair in merges])
    for name, add in (("eos_token", writer.add_eos_token_id), ("pad_token", writer.add_pad_token_id)):
        token = options.get(name) or ""
        content: str = token["content"] if isinstance(token, dict) else token
        if content in ids:
            add(ids[content])
    writer.add_add_bos_token(False)
    template = checkpoint / "chat_template.jinja"
    writer.add_chat_template(template.read_text(encoding="utf-8") if template.exists() else options["chat_template"])


def mmproj_header(checkpoint: Path, config: Mapping[str, Any]) -> GGUFWriter:
    """What precedes the tensors of the vision tower and the projector."""
    vision = config["vision_config"]
    image = image_processor(checkpoint)
    writer = GGUFWriter(None, "clip")
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
    writer.add_vision_attention_layernorm_eps(VISION_NORM_EPSILON)
    (writer.add_vision_use_gelu if vision["hidden_act"] == "gelu" else writer.add_vision_use_silu)(True)
    writer.add_vision_spatial_merge_size(config["spatial_merge_size"])
    return writer
