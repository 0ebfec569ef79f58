"""How tests read the pages that the tiny model knows, whichever server was started for it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from ocr.cli.read import main
from ocr.config.profiles import Model, ReadOptions, read_options
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.local.server_state import ServerState
from ocr.engines.local.supervisor import LocalServer
from ocr.engines.select import Server, running_server
from ocr.engines.waiting_reader import patient
from ocr.events import Delta, Event, Finished, PageDone, PageRetried, TextArrived
from ocr.export import SCHEMA
from ocr.inference.client import Client
from ocr.pipeline.run import Stop, read_pages
from ocr.types import Finish, PageId
from tests.conftest import SAMPLES
from tests.tiny_model.model import WHOLE, Answer, pages_of

LAYOUT = next(answer for answer in WHOLE if "3-1B" in answer.model)


@dataclass(frozen=True)
class Running:
    """A server that became ready, and every state it was seen in on the way."""

    server: Server
    states: list[ServerState]

    @property
    def local(self) -> LocalServer:
        assert self.server.local
        return self.server.local

    @property
    def url(self) -> str:
        assert self.server.url
        return self.server.url

    @property
    def root(self) -> str:
        return self.url.removesuffix("/v1")

    def client(self, **options: int) -> Client:
        return Client(self.url, self.server.api_key, **options)


@contextmanager
def started(settings: Settings) -> Iterator[Running]:
    """A server of these settings, once it is ready."""
    states: list[ServerState] = []
    with running_server(settings) as server:
        assert server.local
        server.local.follow(states.append)
        yield Running(server, states)


def options(answer: Answer, **overrides: int) -> ReadOptions:
    return read_options(Model(answer.model, max_model_len=8192), ReadRequest(**overrides))  # type: ignore[arg-type]


async def events(
    running: Running, renderer: Renderer, answer: Answer, options: ReadOptions, stop: Stop | None = None
) -> AsyncIterator[Event]:
    """What happens while the page of an answer is read, retries included."""

    async def wanted() -> AsyncIterator[PageId]:
        yield PageId(0, answer.page)

    source = await pages_of(renderer, answer)
    async with running.client() as client:
        reader = patient(client, running.server)
        async for event in read_pages(wanted(), source, reader, options, concurrency=1, stop=stop):
            yield event


async def asked_once(
    running: Running, renderer: Renderer, answer: Answer, **client_options: int
) -> tuple[list[Delta], Finished]:
    """The pieces of one request's answer, and its end."""
    image = await (await pages_of(renderer, answer)).image(PageId(0, answer.page))
    async with running.client(**client_options) as client:
        items = [item async for item in client.read(image, options(answer))]
    end = items[-1]
    assert isinstance(end, Finished)
    return [item for item in items if isinstance(item, Delta)], end


def text_of(pieces: list[Delta]) -> str:
    return "".join(piece.text for piece in pieces)


def assert_read_exactly(running: Running, answer: Answer, folder: Path) -> None:
    """The command line writes what the model knows of the page, character by character, boxes included."""
    settings = Settings(
        files=(SAMPLES / answer.document,), request=ReadRequest(pages=str(answer.page), model=answer.model),
        out=folder, server_url=(running.url,), api_key=running.server.api_key,
    )  # fmt: skip
    with Renderer(workers=1) as renderer:
        assert main(settings, renderer) == 0
    result = json.loads((folder / Path(answer.document).stem / SCHEMA.name.replace(".schema", "")).read_text())
    (page,) = result["pages"]
    assert (page["raw"], page["finish"], page["attempts"]) == (answer.answer, "stop", 1)
    boxes = [[int(n) for n in found] for found in re.findall(r"\(?\b(\d+),(\d+),(\d+),(\d+)\b\)?", answer.answer)]
    assert [region["box"] for region in page["regions"]] == boxes
    figures = (folder / Path(answer.document).stem).glob("figures/*")
    assert len(list(figures)) == len(re.findall(r"!\[(image|chart)\]", answer.answer))


async def assert_read_at_once(running: Running, renderer: Renderer, answers: list[Answer]) -> None:
    """Pages that are asked for together do not mix."""
    read = await asyncio.gather(*[asked_once(running, renderer, answer) for answer in answers])
    assert [text_of(pieces) for pieces, _ in read] == [answer.answer for answer in answers]


async def assert_survives_a_kill(running: Running, renderer: Renderer, victim: str) -> None:
    """Kill -9 of a process in mid-page: the server is started again, the page is read after all, nothing stays."""
    assert running.local.guard_pid
    before, killed, retried, done = running.local.state.restarts, [], [], None
    below: list[psutil.Process] = []
    async for event in events(running, renderer, LAYOUT, options(LAYOUT)):
        if isinstance(event, TextArrived) and not killed:
            below = psutil.Process(running.local.guard_pid).children(recursive=True)
            killed = [process for process in below if victim in process.name()]
            assert killed
            for process in killed:
                process.kill()
        if isinstance(event, PageRetried):
            retried.append(event.reason)
        done = event
    assert isinstance(done, PageDone)
    assert (done.result.raw, done.result.finish) == (LAYOUT.answer, Finish.STOP)
    assert retried
    assert running.local.state.restarts == before + 1
    assert psutil.wait_procs(below, timeout=60)[1] == []
