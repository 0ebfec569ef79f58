"""The model families: their settings, how a served model's family is found, and what a user may override."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ocr.config.read_request import ReadRequest
from ocr.errors import NO_IMAGES_STEP, NoImages, UnknownModel
from ocr.i18n import gettext, join
from ocr.photo_sheets import PhotoMode


class Boxes(StrEnum):
    """What a model's boxes stand for."""

    NONE = "none"
    FIGURES = "embedded figures"
    LAYOUT = "every layout block"


@dataclass(frozen=True, slots=True)
class Profile:
    """What follows from a model's family. The figures are those of the model cards (November 2026)."""

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
    thinking: bool | None = None
    """The chat template's `enable_thinking`; None where the template knows no such option."""
    temperatures: tuple[float, ...] = (0.2, 0.3, 0.5, 0.8)
    """Tried in turn, from the first above the one in use, when an answer loops, is cut at its limit or is empty."""
    patch_pixels: int = 28
    """Pixels to a side of one image token. An image whose sides are no multiples of it the server resamples or pads."""

    @property
    def serve_flags(self) -> tuple[str, ...]:
        """What `vllm serve` needs for this family."""
        if self.thinking is None:
            return SERVE_FLAGS
        return (*SERVE_FLAGS, "--default-chat-template-kwargs", '{"enable_thinking": false}')


SERVE_FLAGS = (
    "--limit-mm-per-prompt", '{"image": 1}', "--mm-processor-cache-gb", "0", "--no-enable-prefix-caching",
)  # fmt: skip
"""A page is one image and is asked for once: caches of images and prefixes would only take memory."""

TEMPLATE_TOKENS = 64
"""Room for the chat template around the image; LightOnOCR's own uses about 20."""

RETRY_SCALE = 0.75
"""How many times the pixels of a side a page gets that could not be read well at any temperature."""

MIN_RETRY_PIXELS = 600
"""Pixels of the longer side; on a page made smaller, small print is lost."""

PIXTRAL = Profile("LightOnOCR-2", 1540, 0.2, 0.9, 16384, Boxes.NONE)
PIXTRAL_BBOX = Profile("LightOnOCR-2 bbox", 1540, 0.2, 0.9, 16384, Boxes.FIGURES)
PIXTRAL_1 = Profile("LightOnOCR-1", 1540, 0.2, 0.9, 8192, Boxes.NONE)
PIXTRAL_3 = Profile("LightOnOCR-3-1B", 1540, 0.1, 1.0, 16384, Boxes.LAYOUT, "grounding")
QWEN = Profile("LightOnOCR-3", 2048, 0.1, 1.0, 18000, Boxes.LAYOUT, "grounding", thinking=False, patch_pixels=32)
TESSERACT = Profile("Tesseract", 2200, 0.0, 1.0, 16384, Boxes.LAYOUT, "grounding", temperatures=(), patch_pixels=1)
"""The CPU engine: at 2200 pixels an A4 page has 188 DPI. Fewer cost letters, more cost time."""
UNKNOWN = Profile("unknown", 1540, 0.2, 0.9, 16384, Boxes.NONE)
"""A model whose name says nothing is asked like LightOnOCR-2."""

FAMILIES: tuple[tuple[str, Profile], ...] = (
    (r"tesseract", TESSERACT),
    (r"lightonocr-3-1b", PIXTRAL_3),
    (r"lightonocr-3", QWEN),
    (r"lightonocr-2.*bbox", PIXTRAL_BBOX),
    (r"lightonocr-2", PIXTRAL),
    (r"lightonocr-(0\.9|1)b", PIXTRAL_1),
)
"""Patterns over a name in lower case with dashes; the first that matches wins."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A published model, as the picker offers it."""

    id: str
    purpose: str
    """What it is for, in a few words."""


CHECKPOINTS = (
    Checkpoint("lightonai/LightOnOCR-2-1B", "best text"),
    Checkpoint("lightonai/LightOnOCR-2-1B-bbox", "text, and boxes around figures"),
    Checkpoint("lightonai/LightOnOCR-2-1B-ocr-soup", "text, merged for robustness"),
    Checkpoint("lightonai/LightOnOCR-2-1B-bbox-soup", "text and figure boxes, merged"),
    Checkpoint("lightonai/LightOnOCR-2-1B-base", "a base model to fine-tune"),
    Checkpoint("lightonai/LightOnOCR-2-1B-bbox-base", "a base model with figure boxes to fine-tune"),
    Checkpoint("lightonai/LightOnOCR-3-1B", "text and layout"),
    Checkpoint("lightonai/LightOnOCR-3-0.8B", "text and layout, smallest and fastest"),
    Checkpoint("lightonai/LightOnOCR-3-4B", "text and layout, most accurate and slowest"),
    Checkpoint("lightonai/LightOnOCR-1B-1025", "the first generation, nine languages"),
    Checkpoint("lightonai/LightOnOCR-0.9B-32k-1025", "first generation, European languages, faster"),
    Checkpoint("lightonai/LightOnOCR-0.9B-16k-1025", "first generation, European languages, most compact"),
)


LLAMA_OWNER = "llamacpp"
"""Who owns llama-server's models, in its own word. It enlarges images to the longest side of a Pixtral model."""


@dataclass(frozen=True, slots=True)
class Model:
    """One line of a server's `/v1/models`."""

    id: str
    root: str | None = None
    """What was served under that name: a repository or a path."""
    max_model_len: int | None = None
    """Tokens of image and answer together that the server allows."""
    revision: str | None = None
    """Which version of `root`, where the server tells it."""
    reads_images: bool = True
    """False where the server says that it takes none."""
    owned_by: str | None = field(default=None, compare=False)
    """Who serves it, in the server's word: `vllm`, `llamacpp`."""
    slots: int | None = field(default=None, compare=False)
    """Pages that the server reads at once, where it tells; more would wait there."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how patiently a page is asked for again after a fault that may pass."""

    attempts: int = 5
    first_wait: float = 0.5
    """Seconds before the second attempt; doubled for each further one, with as much jitter."""
    longest_wait: float = 30.0
    """Seconds; also the most that a server's Retry-After is heeded."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds; only text counts as an answer's progress, neither comments that keep a stream alive nor empty chunks."""

    silence: float = 120.0
    """Between two words of an answer; also for answers that are no stream."""
    first_token: float = 600.0
    """From the request to the answer's first word: a queue or a server that starts may take minutes."""
    page: float = 1800.0
    """For a whole answer, however it trickles."""


TIMEOUTS = Timeouts()
"""Those that hold unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a page is asked for; one value for all pages of a run."""

    model: str
    longest_side: int
    """Pixels of the longer side of the image sent."""
    temperature: float
    top_p: float
    context: int
    """Tokens of image and answer together."""
    prompt: str | None = None
    """The one word that asks for layout; None sends the image alone."""
    thinking: bool | None = None
    most_tokens: int | None = None
    """Tokens of the answer, where the user set a limit."""
    patch_pixels: int = 28
    """Pixels to a side of one image token; both sides of the image sent are multiples."""
    headers: bool = False
    """Keep headers, footers and page numbers in the text for reading."""
    retries: Retries = Retries()
    temperatures: tuple[float, ...] = ()
    """Tried in turn, from the first above `temperature`, when an answer loops, is cut at its limit or is empty."""
    rotation: int = 0
    """Degrees clockwise by which pages are turned before they are read: 0, 90, 180 or 270."""
    upright: bool = False
    """Turn those further that then do not stand upright."""
    photos: PhotoMode = PhotoMode.OFF
    """When the sheet in a picture is straightened."""
    root: str | None = None
    """What the server serves under the model's name: a repository or a path; None where it does not tell."""
    revision: str | None = None
    """Which version of `root`."""
    most_retries: int | None = None
    """How often a page is asked for again whose answer is bad; None for each step of pipeline/retry.py."""
    smaller_differs: bool = True
    """False where the server enlarges a small image, so that sending a smaller one changes nothing."""
    page_words: bool = False
    """Whether the places of the words are wanted too, of a reader that measures them."""
    allow_equal_rows: bool = False
    """Accept an answer of equal rows, as a form may hold them; at first they count as a loop (repetition.py)."""

    def max_tokens(self, width: int, height: int) -> int:
        """Tokens for the answer to an image of this many pixels: all that its own tokens leave of the context."""
        columns, rows = -(-width // self.patch_pixels), -(-height // self.patch_pixels)
        image = (columns + 1) * rows  # one more a row: Pixtral ends each with a break token
        left = max(256, self.context - image - TEMPLATE_TOKENS)
        return min(left, self.most_tokens or left)


def whole_patches(pixels: float, patch_pixels: int) -> int:
    """So many pixels of a side as make whole patches, and one at least."""
    return max(1, int(pixels) // patch_pixels) * patch_pixels


def profile_for(model: Model) -> Profile:
    """The family of a served model, whatever its prefix, path, case or suffix."""
    for name in (model.id, model.root or ""):
        folded = re.sub(r"[_\s]+", "-", name.lower())
        for pattern, profile in FAMILIES:
            if re.search(pattern, folded):
                return profile
    return UNKNOWN


def choose_model(models: tuple[Model, ...], wanted: str = "", away: Sequence[str] = ()) -> Model:
    """The model the user named, else the server's first.

    Raises:
        UnknownModel: if the server does not have the one named; servers that are `away` may have it.
        NoImages: the server says that this model takes none.
    """
    for model in models:
        if wanted in ("", model.id):
            if not model.reads_images:
                raise NoImages(gettext("{model} takes no images there.", model=model.id), NO_IMAGES_STEP)
            return model
    served = ", ".join(model.id for model in models) or "none"
    missing = gettext("{servers} does not answer; it may have the model.", servers=", ".join(away)) if away else ""
    raise UnknownModel(
        gettext("The server has no model '{model}'.", model=wanted),
        join(" ", (gettext("It serves: {served}.", served=served), missing)),
    )


def read_options(model: Model, request: ReadRequest = ReadRequest()) -> ReadOptions:
    """How to ask this model for pages, whatever model the request names."""
    profile = profile_for(model)
    return ReadOptions(
        model=model.id,
        longest_side=whole_patches(request.longest_side or profile.longest_side, profile.patch_pixels),
        temperature=profile.temperature if request.temperature is None else request.temperature,
        top_p=profile.top_p if request.top_p is None else request.top_p,
        context=model.max_model_len or profile.context,
        prompt=None if request.layout is False else profile.layout_prompt,
        thinking=profile.thinking,
        most_tokens=request.max_tokens,
        patch_pixels=profile.patch_pixels,
        headers=request.headers,
        temperatures=profile.temperatures,
        rotation=request.rotation,
        upright=request.auto_rotate,
        photos=request.photos,
        root=model.root,
        revision=model.revision,
        most_retries=1 if model.slots == 1 else None,  # the next page waits, and on a processor a try takes minutes
        smaller_differs=model.owned_by != LLAMA_OWNER or profile is QWEN,
    )
