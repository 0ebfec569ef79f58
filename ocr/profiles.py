"""What each model family takes; one table, and the rule that finds a served model's row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Boxes(StrEnum):
    """What a model's boxes stand for."""

    NONE = "none"
    FIGURES = "figures"
    """Embedded pictures only."""
    LAYOUT = "layout"
    """Every block of the page, with a layout label."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What follows from a model's family. The figures are those of the model cards."""

    family: str
    longest_side: int
    """Pixels of the longer side of the image sent; the server's processor would shrink a larger one."""
    temperature: float
    top_p: float
    context: int
    """Tokens of image and answer together, where the server does not state its own limit."""
    boxes: Boxes
    layout_prompt: str | None = None
    """The text part that asks for layout blocks; None where the family has no such mode."""
    patch: int = 28
    """Pixels of image to a side of one image token."""
    template_options: tuple[tuple[str, bool], ...] = ()
    """Sent as `chat_template_kwargs`."""


@dataclass(frozen=True, slots=True)
class Model:
    """One line of a server's `/v1/models`."""

    id: str
    root: str | None = None
    """What was served under that name: a repository or a path."""
    max_model_len: int | None = None
    """Tokens of image and answer together that the server allows."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how patiently a page is asked for again after a fault that may pass."""

    attempts: int = 5
    first_wait: float = 0.5
    """Seconds before the second attempt; doubled for each further one, with as much jitter."""
    longest_wait: float = 30.0
    """Seconds; also the most that a server's Retry-After is heeded."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a page is asked for; one value for all pages of a run."""

    model: str
    profile: Profile
    max_model_len: int
    """Tokens of image and answer together."""
    retries: Retries = Retries()

    def max_tokens(self, width: int, height: int) -> int:
        """Tokens left for the answer to an image of this many pixels."""
        columns, rows = -(-width // self.profile.patch), -(-height // self.profile.patch)
        image = (columns + 1) * rows  # one more a row: Pixtral ends each with a break token
        return max(256, self.max_model_len - image - TEMPLATE_TOKENS)


TEMPLATE_TOKENS = 64
"""Room for the chat template around the image; LightOnOCR's own uses about 20."""

PIXTRAL = Profile("LightOnOCR-2", 1540, 0.2, 0.9, 16384, Boxes.NONE)
PIXTRAL_BBOX = Profile("LightOnOCR-2 bbox", 1540, 0.2, 0.9, 16384, Boxes.FIGURES)
PIXTRAL_1 = Profile("LightOnOCR-1", 1540, 0.2, 0.9, 8192, Boxes.NONE)
PIXTRAL_3 = Profile("LightOnOCR-3 1B", 1540, 0.1, 1.0, 16384, Boxes.LAYOUT, "grounding")
QWEN = Profile(
    "LightOnOCR-3",
    2048,
    0.1,
    1.0,
    18000,
    Boxes.LAYOUT,
    "grounding",
    template_options=(("enable_thinking", False),),
)
TESSERACT = Profile("Tesseract (CPU engine)", 2200, 0.0, 1.0, 16384, Boxes.LAYOUT, "grounding")

FAMILIES: tuple[tuple[str, Profile], ...] = (
    (r"tesseract", TESSERACT),
    (r"lightonocr-3-1b", PIXTRAL_3),
    (r"lightonocr-3", QWEN),
    (r"lightonocr-2.*bbox", PIXTRAL_BBOX),
    (r"lightonocr-2", PIXTRAL),
    (r"lightonocr-(0\.9|1)b", PIXTRAL_1),
)
"""Patterns over a name in lower case, the first that matches wins; anything else is read as LightOnOCR-2."""


def profile_for(model: Model) -> Profile:
    """The family of a served model, whatever its prefix, path, case or suffix; unknown ones read as LightOnOCR-2."""
    for name in (model.id, model.root or ""):
        folded = re.sub(r"[_\s]+", "-", name.lower())
        for pattern, profile in FAMILIES:
            if re.search(pattern, folded):
                return profile
    return PIXTRAL


def read_options(model: Model) -> ReadOptions:
    """How to ask this model for pages."""
    profile = profile_for(model)
    return ReadOptions(model.id, profile, model.max_model_len or profile.context)
