"""Pages read through the real llama-server: exact text, streams, stops, limits, faults."""

from __future__ import annotations

import asyncio
import io
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest
from PIL import Image

from ocr.cli.check import main as check
from ocr.cli.read import main
from ocr.config.profiles import Model, ReadOptions, read_options
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.local.stages import Stage
from ocr.engines.select import running_server
from ocr.engines.waiting_reader import patient
from ocr.errors import Refused, WrongKey
from ocr.events import Delta, Event, Finished, PageDone, PageRetried, TextArrived
from ocr.export import SCHEMA
from ocr.inference.client import Client
from ocr.pipeline.run import Stop, read_pages
from ocr.types import Finish, PageId, PageImage
from tests.conftest import SAMPLES
from tests.llamacpp.conftest import Running, llama_settings
from tests.tiny_model.model import ENDLESS, NAMES, WHOLE, Answer, pages_of

LAYOUT = next(answer for answer in WHOLE if "3-1B" in answer.model)


def test_reading_stages(llama: Running) -> None:
    """The start shows its stages in order and ends ready, with the time it took."""
    seen = list(dict.fromkeys(state.stage for state in llama.states))
    assert seen[0] is Stage.STARTING
    assert seen[-1] is Stage.READY
    assert seen == [stage for stage in Stage if stage in seen]
    assert any("loaded multimodal model" in line for line in llama.states[-1].tail)


@pytest.mark.anyio
async def test_reading_models(llama: Running) -> None:
    """Each alias is a model, with the context of a slot."""
    async with Client(llama.server.url, "the-key") as client:
        models = {model.id: model.max_model_len for model in await client.models()}
    assert dict.fromkeys(NAMES, 8192).items() <= models.items()


@pytest.mark.parametrize("answer", WHOLE, ids=lambda answer: f"{answer.document}-{answer.page}")
def test_reading_exact(llama: Running, answer: Answer, tmp_path: Path) -> None:
    """The command line writes what the model knows of the page, character by character, boxes included."""
    settings = Settings(
        files=(SAMPLES / answer.document,), request=ReadRequest(pages=str(answer.page), model=answer.model),
        out=tmp_path, server_url=(llama.server.url,), api_key="the-key",
    )  # fmt: skip
    with Renderer(workers=1) as renderer:
        assert main(settings, renderer) == 0
    folder = tmp_path / Path(answer.document).stem
    result = json.loads((folder / SCHEMA.name.replace(".schema", "")).read_text())
    (page,) = result["pages"]
    assert (page["raw"], page["finish"], page["attempts"]) == (answer.answer, "stop", 1)
    boxes = [[int(n) for n in found] for found in re.findall(r"\(?\b(\d+),(\d+),(\d+),(\d+)\b\)?", answer.answer)]
    assert [region["box"] for region in page["regions"]] == boxes
    assert len(list(folder.glob("figures/*"))) == len(re.findall(r"!\[(image|chart)\]", answer.answer))


async def read(
    llama: Running, renderer: Renderer, answer: Answer, options: ReadOptions, stop: Stop | None = None
) -> AsyncIterator[Event]:
    async def wanted() -> AsyncIterator[PageId]:
        yield PageId(0, answer.page)

    source = await pages_of(renderer, answer)
    async with Client(llama.server.url, "the-key") as client:
        reader = patient(client, llama.server)
        async for event in read_pages(wanted(), source, reader, options, concurrency=1, stop=stop):
            yield event


def options(answer: Answer, **overrides: int) -> ReadOptions:
    return read_options(Model(answer.model, max_model_len=8192), ReadRequest(**overrides))  # type: ignore[arg-type]


def encoded(width: int, height: int) -> bytes:
    """An empty page."""
    data = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(data, "PNG")
    return data.getvalue()


async def running(llama: Running) -> int:
    """The requests that the server works on now."""
    async with httpx.AsyncClient(headers={"authorization": "Bearer the-key"}, trust_env=False) as http:
        text = (await http.get(llama.server.url.removesuffix("/v1") + "/metrics")).text
    found = re.search(r"^llamacpp:requests_processing (\d+)", text, re.MULTILINE)
    assert found
    return int(found[1])


@pytest.mark.anyio
async def test_reading_streams(llama: Running, renderer: Renderer) -> None:
    """The text arrives token by token, and together it is the page's."""
    image = await (await pages_of(renderer, LAYOUT)).image(PageId(0, LAYOUT.page))
    async with Client(llama.server.url, "the-key") as client:
        items = [item async for item in client.read(image, options(LAYOUT))]
    deltas = [item for item in items if isinstance(item, Delta)]
    end = items[-1]
    assert isinstance(end, Finished)
    assert end.tokens
    assert sum(delta.chunks for delta in deltas) > end.tokens / 2
    assert "".join(delta.text for delta in deltas) == LAYOUT.answer


@pytest.mark.anyio
async def test_reading_stop(llama: Running, renderer: Renderer) -> None:
    """A stop in mid-page ends the work of the server."""
    stop = Stop()
    async for event in read(llama, renderer, ENDLESS, options(ENDLESS), stop):
        if isinstance(event, TextArrived) and not stop.is_set() and await running(llama):  # else a loop was seen first
            stop.set()
    assert stop.is_set()
    stopped = time.monotonic()
    while await running(llama):
        assert time.monotonic() - stopped < 10.0


@pytest.mark.anyio
async def test_reading_length(llama: Running, renderer: Renderer) -> None:
    """A page that does not end by itself is cut at the limit, and says so."""
    events = [event async for event in read(llama, renderer, ENDLESS, options(ENDLESS, max_tokens=60))]
    done = events[-1]
    assert isinstance(done, PageDone)
    assert (done.result.finish, done.result.tokens) == (Finish.LENGTH, 60)
    assert (ENDLESS.answer * 20).startswith(done.result.raw)


@pytest.mark.anyio
async def test_reading_repetition_is_seen_here(llama: Running, renderer: Renderer) -> None:
    """Llama-server knows no `repetition_detection`: the loop is seen while it streams, and the page asked for again."""
    events = [event async for event in read(llama, renderer, ENDLESS, options(ENDLESS))]
    reasons = [event.reason for event in events if isinstance(event, PageRetried)]
    assert reasons[0] == "The model repeated itself: trying again at temperature 0.2."
    done = events[-1]
    assert isinstance(done, PageDone)
    assert done.result.finish in {Finish.REPETITION, Finish.STOP}


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["wrong", None])
async def test_reading_wrong_key(llama: Running, key: str | None) -> None:
    """The server that we start takes its own key only."""
    async with Client(llama.server.url, key) as client:
        with pytest.raises(WrongKey):
            await client.models()


@pytest.mark.anyio
async def test_reading_many_at_once(llama: Running, renderer: Renderer) -> None:
    """Pages asked for together wait for the one slot, and do not mix."""

    async def one(answer: Answer) -> str:
        image = await (await pages_of(renderer, answer)).image(PageId(0, answer.page))
        async with Client(llama.server.url, "the-key") as client:
            items = [item async for item in client.read(image, options(answer))]
        return "".join(item.text for item in items if isinstance(item, Delta))

    assert await asyncio.gather(*map(one, WHOLE)) == [answer.answer for answer in WHOLE]


@pytest.mark.anyio
async def test_reading_survives_the_server(llama: Running, renderer: Renderer) -> None:
    """Kill -9 of the server in mid-page: it is started again, and the page is read after all."""
    before, retried, done, server = llama.local.state.restarts, [], None, None
    async for event in read(llama, renderer, LAYOUT, options(LAYOUT)):
        if isinstance(event, TextArrived) and server is None:
            assert llama.local.guard_pid
            (server,) = psutil.Process(llama.local.guard_pid).children()
            server.kill()
        if isinstance(event, PageRetried):
            retried.append(event.reason)
        done = event
    assert isinstance(done, PageDone)
    assert (done.result.raw, done.result.finish) == (LAYOUT.answer, Finish.STOP)
    assert retried
    assert llama.local.state.restarts == before + 1


def test_reading_pace(llama: Running) -> None:
    """As many pages at once as the server has slots."""
    slots = httpx.get(
        llama.server.url.removesuffix("/v1") + "/props",
        headers={"authorization": "Bearer the-key"},
        trust_env=False,
    ).json()["total_slots"]
    assert getattr(llama.server.concurrency, "limit", None) == slots == llama.local.launch.slots


def test_reading_check(llama: Running) -> None:
    """`check` names the engine and its slots, and reads a page with it."""
    lines: list[str] = []
    settings = Settings(server_url=(llama.server.url,), api_key="the-key", request=ReadRequest(model=NAMES[0]))
    check(settings, 30.0, lines.append)
    said = {line.split()[1]: line for line in lines}
    assert "llama.cpp (llama-server)" in said["engine"]
    assert f"{llama.local.launch.slots} at once" in said["engine"]
    assert "8192 tokens" in said["context"]
    assert said["key"].startswith("ok")
    assert said["page"]


@pytest.mark.anyio
async def test_reading_page_beyond_the_context(llama: Running) -> None:
    """A page that is longer than the context is refused once, with both numbers."""
    image = PageImage(280, 280, encoded(280, 280), "image/png")
    async with Client(llama.server.url, "the-key") as client:
        with pytest.raises(Refused, match="8192") as refused:
            [item async for item in client.read(image, replace(options(WHOLE[0]), prompt="word " * 9000))]
    assert not refused.value.retryable
    assert "--ctx-size" in refused.value.next_step


@pytest.mark.anyio
async def test_reading_after_a_sleep(gguf: Path, renderer: Renderer) -> None:
    """A server that nobody asks drops its weights; the next page loads them again, and is read as any other."""
    arguments = ("--alias", ",".join(NAMES), "--sleep-idle-seconds", "1")
    image = await (await pages_of(renderer, LAYOUT)).image(PageId(0, LAYOUT.page))
    with running_server(llama_settings(gguf, server_args=arguments, api_key="the-key")) as server:
        assert server.local
        server.local.follow(lambda _: None)
        props = server.url.removesuffix("/v1") + "/props" if server.url else ""
        async with httpx.AsyncClient(headers={"authorization": "Bearer the-key"}, trust_env=False) as http:
            while not (await http.get(props)).json()["is_sleeping"]:
                assert server.local.state.stage is Stage.READY
        async with Client(server.url or "", "the-key") as client:
            items = [item async for item in client.read(image, options(LAYOUT))]
    assert "".join(item.text for item in items if isinstance(item, Delta)) == LAYOUT.answer
