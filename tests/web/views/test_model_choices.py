from __future__ import annotations

import shlex

import pytest

from ocr.config.profiles import CHECKPOINTS, Model, profile_for
from ocr.config.read_request import ReadRequest
from ocr.web.state.model_choice import ModelChoice
from ocr.web.views.model_choices import checkpoint_of, choices

BBOX = "lightonai/LightOnOCR-2-1B-bbox"
ENGINE = Model("tesseract-eng")


@pytest.mark.parametrize(
    ("served", "root", "checkpoint"),
    [
        ("lightonai/LightOnOCR-2-1B", None, "lightonai/LightOnOCR-2-1B"),
        ("/models/lightonocr_2_1b_bbox-soup", None, "lightonai/LightOnOCR-2-1B-bbox-soup"),
        ("LightOnOCR-2-1B-bbox-Q8_0.gguf", None, BBOX),
        ("ocr", "lightonai/LightOnOCR-3-0.8B", "lightonai/LightOnOCR-3-0.8B"),
        ("me/LightOnOCR-3-4B-invoices", None, "lightonai/LightOnOCR-3-4B"),
        ("LightOnOCR-0.9B-32k-1025", None, "lightonai/LightOnOCR-0.9B-32k-1025"),
        ("LightOnOCR-3-7B", None, None),
        ("gpt-oss", "/weights", None),
    ],
)
def test_models_checkpoint_is_found_by_its_name(served: str, root: str | None, checkpoint: str | None) -> None:
    """Prefix, path, case and suffix do not matter; the longest name that fits is meant."""
    found = checkpoint_of(Model(served, root))
    assert (found.id if found else None) == checkpoint


def test_models_served_ones_come_first_and_once() -> None:
    """What the server has, then the other published ones, marked as not there."""
    offered = choices((Model(f"{BBOX}-Q8_0"), Model("lightonai/LightOnOCR-3-1B")), ReadRequest())
    assert [choice.id for choice in offered if choice.served] == [f"{BBOX}-Q8_0", "lightonai/LightOnOCR-3-1B"]
    assert [choice.served for choice in offered] == [True] * 2 + [False] * (len(CHECKPOINTS) - 2)
    assert BBOX not in [choice.id for choice in offered]
    assert offered[0].purpose == "text, and boxes around figures"
    assert (offered[0].notice, offered[0].command) == ("", "")


@pytest.mark.parametrize(
    ("served", "purpose"),
    [("tesseract-eng", "CPU engine"), ("LightOnOCR-3-7B", "LightOnOCR-3 family"), ("gpt-oss", "unknown family")],
)
def test_models_purpose_of_what_is_not_published(served: str, purpose: str) -> None:
    """What nobody has published is known by its family, or not at all."""
    assert choices((Model(served),), ReadRequest())[0].purpose == purpose


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda checkpoint: checkpoint.id)
def test_models_not_served_says_what_serves_it(checkpoint: object) -> None:
    """The words name what the server has, the command is a line of shell with the family's flags."""
    offered: dict[str, ModelChoice] = {choice.id: choice for choice in choices((Model("gpt-oss"),), ReadRequest())}
    choice = offered[checkpoint.id]  # type: ignore[attr-defined]
    assert "gpt-oss" in choice.notice
    assert shlex.split(choice.command) == ["vllm", "serve", choice.id, *profile_for(Model(choice.id)).serve_flags]


def test_models_cpu_engine_points_to_a_server() -> None:
    """Beside the CPU engine there is no LightOnOCR: the way to it is named."""
    offered = choices((ENGINE,), ReadRequest())
    assert all("--server-url" in choice.notice for choice in offered if not choice.served)
    assert (offered[0].layout, offered[0].sampling) == (True, False)


def test_models_unknown_one_is_read_with_and_says_how() -> None:
    """An unknown name is no obstacle, but what is assumed is said."""
    (first, *_) = choices((Model("gpt-oss"),), ReadRequest())
    assert first.served
    assert "LightOnOCR-2" in first.notice
    assert not first.layout


def test_models_defaults_are_the_familys_or_the_settings() -> None:
    """An empty field means what it shows."""
    offered = {choice.id: choice.defaults for choice in choices((ENGINE,), ReadRequest(top_p=0.5, max_tokens=99))}
    assert offered[BBOX] == {"longest_side": "1540", "temperature": "0.2", "top_p": "0.5", "max_tokens": "99"}
    assert offered["lightonai/LightOnOCR-3-4B"]["longest_side"] == "2048"
    assert choices((ENGINE,), ReadRequest())[0].defaults["max_tokens"] == "as many as fit"


def test_models_wanted_by_the_settings_is_offered() -> None:
    """Even where the server has another, and nobody has heard of it."""
    assert "own/model" in [choice.id for choice in choices((ENGINE,), ReadRequest("own/model"))]
    assert choices((), ReadRequest()) == ()


def test_models_names_are_short_where_they_can_be() -> None:
    """Two models of the same last name keep what tells them apart."""
    offered = choices((Model("a/ocr"), Model("b/ocr"), Model("/models/c/")), ReadRequest())
    assert [choice.name for choice in offered[:3]] == ["a/ocr", "b/ocr", "c"]
