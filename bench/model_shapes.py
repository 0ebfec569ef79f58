"""Sizes of LightOnOCR's parts, as the published `config.json` files have them, for models of random weights."""

from __future__ import annotations

from dataclasses import dataclass

PATCH, MERGE = 14, 2
"""Pixels to a side of a patch, and patches to a side of an image token."""
IMAGE_SIDE = 1540
"""Pixels of the longest side of a page."""


@dataclass(frozen=True, slots=True)
class TextShape:
    """A Qwen3 decoder."""

    width: int = 1024
    layers: int = 28
    heads: int = 16
    kv_heads: int = 8
    head_width: int = 128
    hidden: int = 3072
    vocabulary: int = 151_936


TEXT_SHAPE = TextShape()
"""That of all models of 1B."""


@dataclass(frozen=True, slots=True)
class VisionShape:
    """A Pixtral vision tower."""

    width: int
    layers: int
    hidden: int
    head_width: int = 64


VISION_SHAPES = {"1B": VisionShape(1024, 24, 4096), "0.8B": VisionShape(768, 12, 3072)}
"""By the model that has a tower of that size; that of 0.8B is built otherwise, of matrices of the same size."""
