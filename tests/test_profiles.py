"""The model table and the rule that finds a model's row."""

import pytest

from ocr.profiles import (
    PIXTRAL,
    PIXTRAL_1,
    PIXTRAL_3,
    PIXTRAL_BBOX,
    QWEN,
    TESSERACT,
    Model,
    Profile,
    profile_for,
    read_options,
)


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
        ("some-model", PIXTRAL),
    ],
)
def test_profile_for(name: str, profile: Profile) -> None:
    """Prefix, path, case and suffix do not matter; an unknown model is read as LightOnOCR-2."""
    assert profile_for(Model(name)) is profile


def test_profile_for_root() -> None:
    """A served name that says nothing is told by what was served under it."""
    assert profile_for(Model("ocr", "/data/LightOnOCR-3-4B")) is QWEN


def test_read_options_context() -> None:
    """The server's own context limit comes before the family's."""
    assert read_options(Model("LightOnOCR-2-1B", None, 8192)).max_model_len == 8192
    assert read_options(Model("LightOnOCR-2-1B")).max_model_len == 16384


def test_read_options_max_tokens() -> None:
    """A4 at 1540 pixels is 39 x 55 image tokens (2145) and a break a row; the rest is for the answer."""
    options = read_options(Model("LightOnOCR-2-1B", None, 8192))
    assert options.max_tokens(1089, 1540) == 8192 - 2145 - 55 - 64
    assert options.max_tokens(100_000, 100_000) == 256
