"""The real vLLM, with the tiny model that knows four pages by heart, started by our own server code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ocr.config.command_line import settings_of
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from tests.conftest import VLLM
from tests.tiny_model.model import CHECKPOINT, NAMES
from tests.tiny_model.reading import Running, started

ENVIRONMENT = {"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_LOGGING_COLOR": "0"}


def local_settings(**changed: object) -> Settings:
    """What a user would say to start the tiny model quickly."""
    said: dict[str, object] = {
        "local": str(CHECKPOINT),
        "vllm_command": str(VLLM),
        "fast_boot": True,
        "max_model_len": 8192,
        "server_args": ("--served-model-name", *NAMES),
    }
    return settings_of(said | changed)


@pytest.fixture(autouse=True)
def vllm_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """One GiB of cache, and no network, for the servers that a test starts, or starts again."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def vllm() -> Iterator[Running]:
    """The one server of all tests that only read with it."""
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in ENVIRONMENT.items():
                patch.setenv(name, value)
            running = stack.enter_context(started(local_settings(api_key="the-key")))
        yield running


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as renderer:
        yield renderer
