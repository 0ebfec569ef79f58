"""The real llama-server, with the tiny model that knows four pages by heart, started by our own server code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr.config.command_line import settings_of
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.llamacpp.convert import convert
from tests.tiny_model.model import CHECKPOINT, NAMES
from tests.tiny_model.reading import Running, started

MODEL, MMPROJ = "LightOnOCR-tiny-Q8_0.gguf", "LightOnOCR-tiny-mmproj-F16.gguf"


@pytest.fixture(scope="session")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny model as GGUF, in the precision that users get."""
    folder = tmp_path_factory.mktemp("gguf")
    convert(CHECKPOINT, folder / MODEL, folder / MMPROJ)
    return folder


def llama_settings(gguf: Path, **changed: object) -> Settings:
    """What a user would say to start the tiny model."""
    return settings_of({"local": str(gguf), "server_args": ("--alias", ",".join(NAMES)), **changed})


@pytest.fixture(scope="session")
def llama(gguf: Path) -> Iterator[Running]:
    """The one server of all tests that only read with it."""
    with started(llama_settings(gguf, api_key="the-key")) as running:
        yield running


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as renderer:
        yield renderer
