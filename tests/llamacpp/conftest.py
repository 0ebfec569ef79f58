"""The real llama-server, with the tiny model that knows four pages by heart, started by our own server code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ocr.config.command_line import settings_of
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.local.server_state import ServerState
from ocr.engines.local.supervisor import LocalServer
from ocr.engines.select import Server, running_server
from tests.tiny_model.model import CHECKPOINT, NAMES
from tests.tiny_model.write_gguf import write_gguf

MODEL, MMPROJ = "LightOnOCR-tiny-F32.gguf", "LightOnOCR-tiny-mmproj-F32.gguf"


@dataclass(frozen=True)
class Running:
    """A server that became ready, and every state it was seen in on the way."""

    server: Server
    states: list[ServerState]

    @property
    def local(self) -> LocalServer:
        assert self.server.local
        return self.server.local


@pytest.fixture(scope="session")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny model as GGUF."""
    folder = tmp_path_factory.mktemp("gguf")
    write_gguf(CHECKPOINT, folder / MODEL, folder / MMPROJ)
    return folder


def llama_settings(gguf: Path, **changed: object) -> Settings:
    """What a user would say to start the tiny model."""
    return settings_of({"local": str(gguf), "server_args": ("--alias", ",".join(NAMES)), **changed})


@pytest.fixture(scope="session")
def llama(gguf: Path) -> Iterator[Running]:
    """The one server of all tests that only read with it."""
    states: list[ServerState] = []
    with running_server(llama_settings(gguf, api_key="the-key")) as server:
        assert server.local
        server.local.follow(states.append)
        yield Running(server, states)


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as renderer:
        yield renderer
