"""A checkpoint of LightOnOCR's architecture and real size with random weights, for vLLM: as costly as a published one.

    python -m bench.random_checkpoint FOLDER

It writes tokens of a made vocabulary, evenly drawn: words of three and four letters, a sentence's end among 40. They
never loop and hardly ever end a page, so `--max-tokens` ends each. What such a model reads means nothing.
"""

from __future__ import annotations

import itertools
import json
import math
import shutil
import string
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.model_shapes import IMAGE_SIDE, MERGE, PATCH, TEXT_SHAPE, VISION_SHAPES, TextShape, VisionShape
from tests.tiny_model.model import CHECKPOINT

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|image_pad|>", "<|vision_pad|>", "<|vision_end|>")
SENTENCE = 40
"""Each so-many-th token ends a sentence and a paragraph."""
SPREAD = 0.02
"""Standard deviation of the weights, as in trained models."""
EMBEDDING_SPREAD = 1e-3
"""That of the embedding, which is the last layer too: with so small logits all tokens are as likely at any temperature
that a page is read with, and the token before is no likelier than others."""
DRAWN = 1 << 20
"""Weights drawn at random for each tensor; a larger tensor repeats them."""

_random = np.random.default_rng(0)


def write_checkpoint(folder: Path, text: TextShape = TEXT_SHAPE, vision: VisionShape = VISION_SHAPES["1B"]) -> None:
    """Write config, tokenizer, processor and weights in bfloat16: 2 GB for the real size."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(CHECKPOINT / "chat_template.jinja", folder)
    (folder / "config.json").write_text(json.dumps(_config(text, vision)))
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer(text.vocabulary)))
    for name in ("tokenizer_config.json", "processor_config.json", "generation_config.json"):
        shutil.copy(CHECKPOINT / name, folder)
    processor = json.loads((CHECKPOINT / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").write_text(json.dumps(processor | {"size": {"longest_edge": IMAGE_SIDE}}))
    _write_weights(folder / "model.safetensors", dict(_tensors(text, vision)))


def _config(text: TextShape, vision: VisionShape) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((CHECKPOINT / "config.json").read_text())
    config["text_config"] |= {
        "hidden_size": text.width, "num_hidden_layers": text.layers, "intermediate_size": text.hidden,
        "num_attention_heads": text.heads, "num_key_value_heads": text.kv_heads, "head_dim": text.head_width,
        "vocab_size": text.vocabulary, "layer_types": ["full_attention"] * text.layers,
        "rope_parameters": {"rope_theta": 1_000_000.0, "rope_type": "default"}, "initializer_range": SPREAD,
    }  # fmt: skip
    config["vision_config"] |= {
        "hidden_size": vision.width, "num_hidden_layers": vision.layers, "intermediate_size": vision.hidden,
        "num_attention_heads": vision.width // vision.head_width, "head_dim": vision.head_width,
        "image_size": IMAGE_SIDE, "patch_size": PATCH, "initializer_range": SPREAD,
    }  # fmt: skip
    return config


def _tokenizer(vocabulary: int) -> dict[str, Any]:
    """A byte-level BPE without merges: the special tokens, the bytes, then words."""
    tokenizer: dict[str, Any] = json.loads((CHECKPOINT / "tokenizer.json").read_text())
    model = tokenizer["model"]
    known = sorted(model["vocab"].items(), key=lambda item: int(item[1]))
    base = [name for name, _ in known][: len(SPECIAL) + 256]  # the tests' special tokens and bytes
    assert tuple(base[: len(SPECIAL)]) == SPECIAL
    tokens = [*base, *itertools.islice(_words(), vocabulary - len(base))]
    tokenizer["model"] = model | {"vocab": {token: number for number, token in enumerate(tokens)}, "merges": []}
    return tokenizer


def _words() -> Iterator[str]:
    """Tokens as a byte-level BPE writes them: "Ġ" is a blank, "Ċ" a line's end."""
    number = itertools.count()
    for length in (3, 4):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            word = "".join(letters)
            at = next(number)
            yield word + ".ĊĊ" if at % SENTENCE == 0 else word if at % 3 == 0 else "Ġ" + word


def _tensors(text: TextShape, vision: VisionShape) -> Iterator[tuple[str, tuple[tuple[int, ...], float]]]:
    """Each weight's name, shape and spread; a spread of 0 stands for ones."""
    layer_of = "model.language_model.layers.{}."
    queries, keys = text.heads * text.head_width, text.kv_heads * text.head_width
    yield "model.language_model.embed_tokens.weight", ((text.vocabulary, text.width), EMBEDDING_SPREAD)
    yield "model.language_model.norm.weight", ((text.width,), 0)
    for number in range(text.layers):
        layer = layer_of.format(number)
        for name, rows, columns in (
            ("self_attn.q_proj", queries, text.width), ("self_attn.k_proj", keys, text.width),
            ("self_attn.v_proj", keys, text.width), ("self_attn.o_proj", text.width, queries),
            ("mlp.gate_proj", text.hidden, text.width), ("mlp.up_proj", text.hidden, text.width),
            ("mlp.down_proj", text.width, text.hidden),
        ):  # fmt: skip
            yield f"{layer}{name}.weight", ((rows, columns), SPREAD)
        for name in ("input_layernorm", "post_attention_layernorm"):
            yield f"{layer}{name}.weight", ((text.width,), 0)
        for name in ("self_attn.q_norm", "self_attn.k_norm"):
            yield f"{layer}{name}.weight", ((text.head_width,), 0)
    yield "model.vision_encoder.patch_conv.weight", ((vision.width, 3, PATCH, PATCH), SPREAD)
    yield "model.vision_encoder.ln_pre.weight", ((vision.width,), 0)
    for number in range(vision.layers):
        layer = f"model.vision_encoder.transformer.layers.{number}."
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            yield f"{layer}attention.{name}.weight", ((vision.width, vision.width), SPREAD)
        for name in ("gate_proj", "up_proj"):
            yield f"{layer}feed_forward.{name}.weight", ((vision.hidden, vision.width), SPREAD)
        yield f"{layer}feed_forward.down_proj.weight", ((vision.width, vision.hidden), SPREAD)
        for name in ("attention_norm", "ffn_norm"):
            yield f"{layer}{name}.weight", ((vision.width,), 0)
    projection = "model.vision_projection."
    yield f"{projection}norm.weight", ((vision.width,), 0)
    yield f"{projection}patch_merger.merging_layer.weight", ((vision.width, MERGE * MERGE * vision.width), SPREAD)
    yield f"{projection}linear_1.weight", ((text.width, vision.width), SPREAD)
    yield f"{projection}linear_2.weight", ((text.width, text.width), SPREAD)


def _write_weights(path: Path, tensors: dict[str, tuple[tuple[int, ...], float]]) -> None:
    """A safetensors file: the length of its header, the header as JSON, the data."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, (shape, _) in tensors.items():
        size = 2 * math.prod(shape)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    with path.open("wb") as file:
        file.write(len(encoded).to_bytes(8, "little") + encoded)
        for shape, spread in tensors.values():
            file.write(_bfloat16(math.prod(shape), spread))


def _bfloat16(count: int, spread: float) -> bytes:
    """The upper halves of so many float32."""
    drawn = _random.standard_normal(min(count, DRAWN), np.float32) * np.float32(spread)
    values = drawn if spread else np.ones(min(count, DRAWN), np.float32)
    return np.resize((values.view(np.uint32) >> 16).astype("<u2"), count).tobytes()


def main() -> None:
    """Write it."""
    write_checkpoint(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
