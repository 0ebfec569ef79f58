"""The real vLLM, with the tiny model that knows four pages by heart, started by our own server code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ocr.config.command_line import settings_of
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.documents.source import DocumentSource
from ocr.engines.select import Server, running_server
from ocr.engines.vllm.server_state import ServerState
from tests.conftest import SAMPLES, VLLM

HERE = Path(__file__).parent
CHECKPOINT = HERE / "checkpoint"
NAMES = ("lightonai/LightOnOCR-2-1B", "lightonai/LightOnOCR-2-1B-bbox", "lightonai/LightOnOCR-3-1B")
"""The one checkpoint is served by the name of each family: what a page is asked by follows from it."""

ENVIRONMENT = {"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_LOGGING_COLOR": "0"}


@dataclass(frozen=True)
class Answer:
    """A page that the model knows, and what it writes for it."""

    document: str
    page: int
    model: str
    answer: str
    endless: bool


ANSWERS = [
    Answer(a["document"], a["page"], a["model"], a["answer"], a.get("endless", False))
    for a in json.loads((HERE / "answers.json").read_text())
]
ENDLESS = next(answer for answer in ANSWERS if answer.endless)
WHOLE = [answer for answer in ANSWERS if not answer.endless]


@dataclass(frozen=True)
class Running:
    """A server that became ready, and every state it was seen in on the way."""

    server: Server
    states: list[ServerState]

    @property
    def root(self) -> str:
        return self.server.url.removesuffix("/v1")


def local_settings(**changed: object) -> Settings:
    """What a user would say to start the tiny model quickly."""
    said: dict[str, object] = {
        "local": str(CHECKPOINT),
        "vllm_command": str(VLLM),
        "fast_boot": True,
        "max_model_len": 8192,
        "vllm_args": ("--served-model-name", *NAMES),
    }
    return settings_of(said | changed)


@pytest.fixture(scope="session")
def vllm_environment() -> Iterator[None]:
    """One GiB of cache, and no network."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def vllm(vllm_environment: None) -> Iterator[Running]:
    """The one server of all tests that only read with it."""
    states: list[ServerState] = []
    with running_server(local_settings(api_key="the-key")) as server:
        assert server.local
        server.local.follow(states.append)
        yield Running(server, states)


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as renderer:
        yield renderer


async def pages_of(renderer: Renderer, answer: Answer) -> DocumentSource:
    document = await renderer.open(SAMPLES / answer.document)
    return DocumentSource(renderer, lambda _: document, 1540)
