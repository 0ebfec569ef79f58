"""Pages read through the real vLLM: exact text, streams, stops, limits, faults."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest

from ocr.cli.read import main
from ocr.config.profiles import Model, ReadOptions, read_options
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.local.stages import Stage
from ocr.engines.waiting_reader import patient
from ocr.errors import UnknownModel, WrongKey
from ocr.events import Delta, Event, Finished, PageDone, PageRetried, TextArrived
from ocr.export import SCHEMA
from ocr.inference.client import Client
from ocr.pipeline.run import Stop, read_pages
from ocr.types import Finish, PageId
from tests.conftest import SAMPLES
from tests.tiny_model.model import ANSWERS, ENDLESS, WHOLE, Answer, pages_of
from tests.vllm.conftest import Running

LAYOUT = next(answer for answer in WHOLE if "3-1B" in answer.model)


def test_reading_stages(vllm: Running) -> None:
    """The start shows its stages in order and ends ready, with the time it took."""
    seen = list(dict.fromkeys(state.stage for state in vllm.states))
    assert seen[0] is Stage.STARTING
    assert seen[-1] is Stage.READY
    assert {Stage.RESOLVING, Stage.LOADING, Stage.PROFILING} <= set(seen)
    assert seen == [stage for stage in Stage if stage in seen]
    assert 1 < vllm.states[-1].elapsed < 300


@pytest.mark.parametrize("answer", WHOLE, ids=lambda answer: f"{answer.document}-{answer.page}")
def test_reading_exact(vllm: Running, answer: Answer, tmp_path: Path) -> None:
    """The command line writes what the model knows of the page, character by character, boxes included."""
    settings = Settings(
        files=(SAMPLES / answer.document,), request=ReadRequest(pages=str(answer.page), model=answer.model),
        out=tmp_path, server_url=(vllm.server.url,), api_key=vllm.server.api_key,
    )  # fmt: skip
    with Renderer() as renderer:
        assert main(settings, renderer) == 0
    folder = tmp_path / Path(answer.document).stem
    result = json.loads((folder / SCHEMA.name.replace(".schema", "")).read_text())
    (page,) = result["pages"]
    assert (page["raw"], page["finish"], page["attempts"]) == (answer.answer, "stop", 1)
    boxes = [[int(n) for n in found] for found in re.findall(r"\(?\b(\d+),(\d+),(\d+),(\d+)\b\)?", answer.answer)]
    assert [region["box"] for region in page["regions"]] == boxes
    assert len(list(folder.glob("figures/*"))) == len(re.findall(r"!\[(image|chart)\]", answer.answer))


async def read(
    vllm: Running, renderer: Renderer, answer: Answer, options: ReadOptions, stop: Stop | None = None
) -> AsyncIterator[Event]:
    async def wanted() -> AsyncIterator[PageId]:
        yield PageId(0, answer.page)

    source = await pages_of(renderer, answer)
    async with Client(vllm.server.url, vllm.server.api_key) as client:
        reader = patient(client, vllm.server)
        async for event in read_pages(wanted(), source, reader, options, concurrency=1, stop=stop):
            yield event


def options(answer: Answer, **overrides: int) -> ReadOptions:
    return read_options(Model(answer.model, max_model_len=8192), ReadRequest(**overrides))  # type: ignore[arg-type]


@pytest.mark.anyio
async def test_reading_streams(vllm: Running, renderer: Renderer) -> None:
    """The text comes in many pieces, as it is written."""
    pieces, done = [], None
    async for event in read(vllm, renderer, LAYOUT, options(LAYOUT)):
        if isinstance(event, TextArrived):
            pieces.append(event.raw)
        done = event
    assert isinstance(done, PageDone)
    assert len(pieces) > 50
    assert "".join(pieces) == LAYOUT.answer
    assert done.result.tokens >= len(pieces)


@pytest.mark.anyio
@pytest.mark.parametrize("answer", WHOLE, ids=lambda answer: f"{answer.document}-{answer.page}")
async def test_reading_bundles(vllm: Running, renderer: Renderer, answer: Answer) -> None:
    """The text at an interval of 16 tokens is that of an interval of one, letter by letter; so are its tokens.

    They are as many counted while they come.
    """
    image = await (await pages_of(renderer, answer)).image(PageId(0, answer.page))
    texts, tokens, events = [], [], []
    for interval in (1, 16):
        async with Client(vllm.server.url, vllm.server.api_key, stream_interval=interval) as client:
            items = [item async for item in client.read(image, options(answer))]
        deltas = [item for item in items if isinstance(item, Delta)]
        texts.append("".join(delta.text for delta in deltas))
        tokens.append(items[-1].tokens if isinstance(items[-1], Finished) else 0)
        events.append(len(deltas))
    assert texts == [answer.answer] * 2
    assert tokens[0] == tokens[1]
    assert sum(delta.chunks for delta in deltas) == tokens[1]
    assert events[1] < events[0] / 4


async def running(vllm: Running) -> int:
    """Requests that vLLM works on or has waiting."""
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=60) as http:  # it shares its cores with vLLM
        metrics = (await http.get(f"{vllm.root}/metrics")).text
    counts = re.findall(r"^vllm:num_requests_(?:running|waiting)\{.*?\} ([\d.]+)$", metrics, re.MULTILINE)
    assert len(counts) >= 2, metrics[:500]
    return sum(int(float(count)) for count in counts)


@pytest.mark.anyio
async def test_reading_stop_aborts(vllm: Running, renderer: Renderer) -> None:
    """Stop ends the work on the server, and keeps what was read."""
    stop, done, arrived, stopped = Stop(), None, "", 0.0
    async for event in read(vllm, renderer, ENDLESS, options(ENDLESS), stop):
        if isinstance(event, TextArrived):
            arrived += event.raw
        if arrived.startswith(ENDLESS.answer) and not stop.is_set():
            assert await running(vllm) == 1
            stop.set()
            stopped = time.monotonic()
        done = event
    assert isinstance(done, PageDone)
    assert done.result.finish is Finish.CANCELLED
    assert done.result.raw == arrived
    while await running(vllm):
        assert time.monotonic() - stopped < 3.0, "it is still at work"


@pytest.mark.anyio
async def test_reading_length(vllm: Running, renderer: Renderer) -> None:
    """A page that does not end by itself is cut at the limit, and says so."""
    events = [event async for event in read(vllm, renderer, ENDLESS, options(ENDLESS, max_tokens=60))]
    done = events[-1]
    assert isinstance(done, PageDone)
    assert (done.result.finish, done.result.tokens) == (Finish.LENGTH, 60)
    assert (ENDLESS.answer * 20).startswith(done.result.raw)


@pytest.mark.anyio
async def test_reading_repetition_is_seen_by_vllm(vllm: Running, renderer: Renderer) -> None:
    """VLLM takes the question as we put it, and ends a page that repeats itself; what had arrived is kept."""
    image = await (await pages_of(renderer, ENDLESS)).image(PageId(0, ENDLESS.page))
    async with Client(vllm.server.url, vllm.server.api_key) as client:
        items = [item async for item in client.read(image, options(ENDLESS))]
    end = items[-1]
    assert isinstance(end, Finished)
    assert end.finish is Finish.REPETITION
    assert end.tokens
    assert end.tokens < 1000, "of some 6,000 that the context has room for"
    assert "".join(item.text for item in items if isinstance(item, Delta)).startswith(ENDLESS.answer * 3)


@pytest.mark.anyio
async def test_reading_repetition_is_asked_again(vllm: Running, renderer: Renderer) -> None:
    """The page is asked for again, warmer; it knows nothing better and says so, and vLLM is left with nothing to do."""
    events = [event async for event in read(vllm, renderer, ENDLESS, options(ENDLESS))]
    done = events[-1]
    assert isinstance(done, PageDone)
    reasons = [event.reason for event in events if isinstance(event, PageRetried)]
    assert reasons[0].endswith("at temperature 0.2.")
    assert (done.result.attempts, done.result.finish) in {
        (len(reasons) + 1, Finish.REPETITION),
        (len(reasons) + 1, Finish.STOP),
    }
    ended = time.monotonic()
    while await running(vllm):
        assert time.monotonic() - ended < 10.0


@pytest.mark.anyio
async def test_reading_unknown_model(vllm: Running, renderer: Renderer) -> None:
    """The error names the models that are there."""
    image = await (await pages_of(renderer, ENDLESS)).image(PageId(0, 1))
    async with Client(vllm.server.url, vllm.server.api_key) as client:
        with pytest.raises(UnknownModel, match="LightOnOCR-2-1B-bbox"):
            [item async for item in client.read(image, read_options(Model("nobody/NoOCR")))]


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["wrong", None])
async def test_reading_wrong_key(vllm: Running, key: str | None) -> None:
    """The server that we start takes its own key only."""
    async with Client(vllm.server.url, key) as client:
        with pytest.raises(WrongKey):
            await client.models()


@pytest.mark.anyio
async def test_reading_many_at_once(vllm: Running, renderer: Renderer) -> None:
    """Pages of two apps do not mix."""
    assert len(ANSWERS) > len(WHOLE)

    async def one(answer: Answer) -> str:
        image = await (await pages_of(renderer, answer)).image(PageId(0, answer.page))
        async with Client(vllm.server.url, vllm.server.api_key) as client:
            items = [item async for item in client.read(image, options(answer))]
        assert isinstance(items[-1], Finished)
        return "".join(item.text for item in items if isinstance(item, Delta))

    assert await asyncio.gather(*[one(answer) for answer in WHOLE * 2]) == [answer.answer for answer in WHOLE * 2]


@pytest.mark.anyio
async def test_reading_survives_the_engine(vllm: Running, renderer: Renderer) -> None:
    """Kill -9 of the engine in mid-page: explained, started again, and the page is read after all."""
    local = vllm.server.local
    assert local
    assert local.guard_pid
    before, killed, retried, done = local.state.restarts, [], [], None
    async for event in read(vllm, renderer, LAYOUT, options(LAYOUT)):
        if isinstance(event, TextArrived) and not killed:
            below = psutil.Process(local.guard_pid).children(recursive=True)
            killed = [process for process in below if "EngineCore" in process.name()]
            assert killed
            for process in killed:
                process.kill()
        if isinstance(event, PageRetried):
            retried.append(event.reason)
        done = event
    assert isinstance(done, PageDone)
    assert (done.result.raw, done.result.finish) == (LAYOUT.answer, Finish.STOP)
    assert retried
    assert local.state.restarts == before + 1
    assert psutil.wait_procs(below, timeout=60)[1] == []
