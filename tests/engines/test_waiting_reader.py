"""A reader that waits for its server."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ocr.config.profiles import Model, ReadOptions, read_options
from ocr.config.settings import Settings
from ocr.engines.local.stages import Stage
from ocr.engines.select import Server, running_server
from ocr.engines.waiting_reader import PatientReader, patient
from ocr.errors import EngineFailed, StreamCut
from ocr.events import Delta, Finished
from ocr.types import Finish, PageImage

STUB = f"{sys.executable} {Path(__file__).parent / 'local' / 'stub_vllm.py'}"
IMAGE = PageImage(1, 1, b"", "image/png")
OPTIONS = read_options(Model("m"))


class Asked:
    """Notes in which stage the server was when it was asked; the first answer breaks off."""

    def __init__(self, server: Server) -> None:
        self.server, self.stages = server, list[Stage]()

    async def models(self) -> tuple[Model, ...]:
        assert self.server.local
        self.stages.append(self.server.local.state.stage)
        return (Model("m"),)

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        await self.models()
        yield Delta("a")
        if len(self.stages) == 1:
            raise StreamCut("cut")
        yield Finished(Finish.STOP, 1)


@pytest.mark.anyio
async def test_patient_waits_for_the_start() -> None:
    """Questions asked at once are answered when the server is ready; a fault comes through as it is."""
    with running_server(Settings(local="ready", vllm_command=STUB)) as server:
        asked = Asked(server)
        reader = patient(asked, server)
        assert isinstance(reader, PatientReader)
        with pytest.raises(StreamCut):
            [item async for item in reader.read(IMAGE, OPTIONS)]
        assert await reader.models() == (Model("m"),)
        assert [item async for item in reader.read(IMAGE, OPTIONS)] == [Delta("a"), Finished(Finish.STOP, 1)]
        assert asked.stages == [Stage.READY] * 3


@pytest.mark.anyio
async def test_patient_tells_why_it_cannot() -> None:
    with running_server(Settings(local="dies", vllm_command=STUB)) as server:
        asked = Asked(server)
        with pytest.raises(EngineFailed, match="the cat sat"):
            await patient(asked, server).models()
        assert asked.stages == []


def test_patient_only_where_needed() -> None:
    with running_server(Settings(server_url=("http://h:1/v1",))) as server:
        asked = Asked(server)
        assert patient(asked, server) is asked
