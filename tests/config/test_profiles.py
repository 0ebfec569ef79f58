"""The model table and the rule that finds a model's row."""

import pytest

from ocr.config.profiles import (
    CHECKPOINTS,
    PIXTRAL,
    PIXTRAL_1,
    PIXTRAL_3,
    PIXTRAL_BBOX,
    QWEN,
    TESSERACT,
    UNKNOWN,
    Checkpoint,
    Model,
    Profile,
    choose_model,
    profile_for,
    read_options,
)
from ocr.config.read_request import ReadRequest
from ocr.errors import UnknownModel
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("lightonai/LightOnOCR-2-1B", PIXTRAL),
        ("lightonai/LightOnOCR-2-1B-base", PIXTRAL),
        ("lightonai/LightOnOCR-2-1B-ocr-soup", PIXTRAL),
        ("lightonai/LightOnOCR-2-1B-bbox", PIXTRAL_BBOX),
        ("lightonai/LightOnOCR-2-1B-bbox-soup", PIXTRAL_BBOX),
        ("lightonai/LightOnOCR-1B-1025", PIXTRAL_1),
        ("lightonai/LightOnOCR-0.9B-32k-1025", PIXTRAL_1),
        ("lightonai/LightOnOCR-3-1B", PIXTRAL_3),
        ("lightonai/LightOnOCR-3-0.8B", QWEN),
        ("lightonai/LightOnOCR-3-4B", QWEN),
        ("/models/lightonocr_3_4b-AWQ", QWEN),
        ("LIGHTONOCR-2-1B-BBOX.Q8_0.gguf", PIXTRAL_BBOX),
        ("tesseract", TESSERACT),
        ("some-model", UNKNOWN),
    ],
)
def test_profile_for(name: str, profile: Profile) -> None:
    """Prefix, path, case and suffix do not matter; an unknown model is told as such."""
    assert profile_for(Model(name)) is profile


def test_profile_for_root() -> None:
    """A served name that says nothing is told by what was served under it."""
    assert profile_for(Model("ocr", "/data/LightOnOCR-3-4B")) is QWEN


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda checkpoint: checkpoint.id)
def test_profile_of_every_checkpoint(checkpoint: Checkpoint) -> None:
    """No published model is unknown, and quantised or fine-tuned copies are like the original."""
    profile = profile_for(Model(checkpoint.id))
    assert profile is not UNKNOWN
    for copy in (f"/data/{checkpoint.id}-AWQ", f"{checkpoint.id.upper()}.Q8_0.gguf", f"me/{checkpoint.id}-finetuned"):
        assert profile_for(Model(copy)) is profile


def test_profile_serve_flags() -> None:
    """Flags for `vllm serve`; the Qwen family is told not to think."""
    assert PIXTRAL.serve_flags[:2] == ("--limit-mm-per-prompt", '{"image": 1}')
    assert QWEN.serve_flags[-2:] == ("--default-chat-template-kwargs", '{"enable_thinking": false}')


def test_read_options_follow_the_family() -> None:
    options = read_options(Model("LightOnOCR-3-4B"))
    assert (options.longest_side, options.temperature, options.top_p) == (2048, 0.1, 1.0)
    assert (options.prompt, options.thinking, options.headers) == ("grounding", False, False)


def test_read_options_unknown_model() -> None:
    """A stated default, that of LightOnOCR-2."""
    options = read_options(Model("x"))
    assert (options.longest_side, options.temperature, options.top_p, options.context) == (1540, 0.2, 0.9, 16384)


def test_read_options_request() -> None:
    """Whatever the user sets comes first, zero included; layout is not asked of a family that has none."""
    request = ReadRequest(layout=False, longest_side=900, temperature=0.0, top_p=0.5, max_tokens=700, headers=True)
    options = read_options(Model("LightOnOCR-3-1B"), request)
    assert (options.prompt, options.longest_side, options.temperature, options.top_p) == (None, 896, 0.0, 0.5)
    assert (options.max_tokens(500, 900), options.headers) == (700, True)
    assert read_options(Model("LightOnOCR-2-1B"), ReadRequest(layout=True)).prompt is None


@pytest.mark.parametrize(("name", "patch"), [("LightOnOCR-2-1B", 28), ("LightOnOCR-3-0.8B", 32), ("tesseract", 1)])
@pytest.mark.parametrize("asked", [None, 1000, 1])
def test_read_options_whole_patches(name: str, patch: int, asked: int | None) -> None:
    """The longer side is a multiple of the family's patch: what was asked for, or less by less than a patch."""
    options = read_options(Model(name), ReadRequest(longest_side=asked))
    wanted = asked or profile_for(Model(name)).longest_side
    assert options.patch_pixels == patch
    assert options.longest_side % patch == 0
    assert options.longest_side == patch or wanted - patch < options.longest_side <= wanted


def test_read_options_context() -> None:
    """The server's own context limit comes before the family's."""
    assert read_options(Model("LightOnOCR-2-1B", None, 8192)).context == 8192
    assert read_options(Model("LightOnOCR-2-1B")).context == 16384


def test_read_options_max_tokens() -> None:
    """A4 at 1540 pixels is 39 x 55 image tokens (2145) and a break a row; the rest is for the answer."""
    options = read_options(Model("LightOnOCR-2-1B", None, 8192))
    assert options.max_tokens(1089, 1540) == 8192 - 2145 - 55 - 64
    assert options.max_tokens(100_000, 100_000) == 256
    larger = read_options(Model("LightOnOCR-3-4B"))
    assert larger.max_tokens(1440, 2048) == 18000 - 45 * 64 - 64 - 64


def test_profiles_table_in_docs() -> None:
    """The table of models in docs/models.md is this one."""
    rows = [line for line in (ROOT / "docs" / "models.md").read_text().splitlines() if line.startswith("| `lightonai/")]
    wanted = []
    for checkpoint in CHECKPOINTS:
        profile = profile_for(Model(checkpoint.id))
        wanted.append(
            f"| `{checkpoint.id}` | {checkpoint.purpose} | {profile.boxes} | {profile.longest_side} px |"
            f" {profile.context} |"
        )
    assert rows == wanted


def test_choose_model() -> None:
    """The one named, else the server's first; an error names those there are."""
    models = (Model("a"), Model("b"))
    assert choose_model(models) == Model("a")
    assert choose_model(models, "b") == Model("b")
    with pytest.raises(UnknownModel, match="It serves: a, b"):
        choose_model(models, "c")
