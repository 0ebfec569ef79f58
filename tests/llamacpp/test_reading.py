"""Pages read through the real llama-server: exact text, streams, stops, limits, faults."""

from __future__ import annotations

import io
import re
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from PIL import Image

from ocr.cli.check import main as check
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.local.stages import Stage
from ocr.errors import Refused, WrongKey
from ocr.events import Delta, PageDone, PageRetried, TextArrived
from ocr.inference.client import Client
from ocr.pipeline.run import Stop
from ocr.types import Finish, PageId, PageImage
from tests.llamacpp.conftest import llama_settings
from tests.tiny_model.model import ENDLESS, NAMES, WHOLE, Answer, pages_of
from tests.tiny_model.reading import (
    LAYOUT,
    Running,
    asked_once,
    assert_read_at_once,
    assert_read_exactly,
    assert_survives_a_kill,
    events,
    options,
    started,
    text_of,
)


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
    async with llama.client() as client:
        models = {model.id: model.max_model_len for model in await client.models()}
    assert dict.fromkeys(NAMES, 8192).items() <= models.items()


@pytest.mark.parametrize("answer", WHOLE, ids=lambda answer: f"{answer.document}-{answer.page}")
def test_reading_exact(llama: Running, answer: Answer, tmp_path: Path) -> None:
    assert_read_exactly(llama, answer, tmp_path)


def encoded(width: int, height: int) -> bytes:
    """An empty page."""
    data = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(data, "PNG")
    return data.getvalue()


async def working(llama: Running) -> int:
    """The requests that the server works on now."""
    async with httpx.AsyncClient(headers={"authorization": "Bearer the-key"}, trust_env=False) as http:
        text = (await http.get(f"{llama.root}/metrics")).text
    found = re.search(r"^llamacpp:requests_processing (\d+)", text, re.MULTILINE)
    assert found
    return int(found[1])


async def assert_idle(llama: Running) -> None:
    """The server has, or soon will have, nothing to do."""
    began = time.monotonic()
    while await working(llama):
        assert time.monotonic() - began < 60.0


@pytest.mark.anyio
async def test_reading_streams(llama: Running, renderer: Renderer) -> None:
    """The text arrives token by token, and together it is the page's."""
    deltas, end = await asked_once(llama, renderer, LAYOUT)
    assert end.tokens
    assert sum(delta.chunks for delta in deltas) > end.tokens / 2
    assert text_of(deltas) == LAYOUT.answer


@pytest.mark.anyio
async def test_reading_stop(llama: Running, renderer: Renderer) -> None:
    """A stop in mid-page ends the work of the server."""
    stop = Stop()
    async for event in events(llama, renderer, ENDLESS, options(ENDLESS), stop):
        if isinstance(event, TextArrived) and not stop.is_set() and await working(llama):  # else a loop was seen first
            stop.set()
    assert stop.is_set()
    await assert_idle(llama)


@pytest.mark.anyio
async def test_reading_length(llama: Running, renderer: Renderer) -> None:
    """A page that does not end by itself is cut at the limit, and says so."""
    seen = [event async for event in events(llama, renderer, ENDLESS, options(ENDLESS, max_tokens=60))]
    done = seen[-1]
    assert isinstance(done, PageDone)
    assert (done.result.finish, done.result.tokens) == (Finish.LENGTH, 60)
    assert (ENDLESS.answer * 20).startswith(done.result.raw)


@pytest.mark.anyio
async def test_reading_repetition_is_seen_here(llama: Running, renderer: Renderer) -> None:
    """Llama-server knows no `repetition_detection`: the loop is seen while it streams, and the page asked for again."""
    seen = [event async for event in events(llama, renderer, ENDLESS, options(ENDLESS))]
    reasons = [event.reason for event in seen if isinstance(event, PageRetried)]
    assert reasons[0] == "The model repeated itself: trying again at temperature 0.2."
    done = seen[-1]
    assert isinstance(done, PageDone)
    assert (done.result.attempts, done.result.finish) in {
        (len(reasons) + 1, Finish.REPETITION),
        (len(reasons) + 1, Finish.STOP),
    }
    await assert_idle(llama)


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["wrong", None])
async def test_reading_wrong_key(llama: Running, key: str | None) -> None:
    """The server that we start takes its own key only."""
    async with Client(llama.url, key) as client:
        with pytest.raises(WrongKey):
            await client.models()


@pytest.mark.anyio
async def test_reading_one_after_the_other(llama: Running, renderer: Renderer) -> None:
    """The connection of a page, which llama-server closes after it, costs the next page nothing."""
    image = await (await pages_of(renderer, LAYOUT)).image(PageId(0, LAYOUT.page))
    async with llama.client() as client:
        for _ in range(6):
            items = [item async for item in client.read(image, options(LAYOUT))]
            assert text_of([item for item in items if isinstance(item, Delta)]) == LAYOUT.answer


@pytest.mark.anyio
async def test_reading_many_at_once(llama: Running, renderer: Renderer) -> None:
    """They wait for the one slot."""
    await assert_read_at_once(llama, renderer, WHOLE)


@pytest.mark.anyio
async def test_reading_survives_the_server(llama: Running, renderer: Renderer) -> None:
    await assert_survives_a_kill(llama, renderer, "llama-server")


def test_reading_pace(llama: Running) -> None:
    """As many pages at once as the server has slots."""
    slots = httpx.get(
        f"{llama.root}/props",
        headers={"authorization": "Bearer the-key"},
        trust_env=False,
    ).json()["total_slots"]
    assert getattr(llama.server.concurrency, "limit", None) == slots == llama.local.launch.slots


def test_reading_check(llama: Running) -> None:
    """`check` names the engine and its slots, and reads a page with it."""
    lines: list[str] = []
    settings = Settings(server_url=(llama.url,), api_key="the-key", request=ReadRequest(model=NAMES[0]))
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
    async with llama.client() as client:
        with pytest.raises(Refused, match="8192") as refused:
            [item async for item in client.read(image, replace(options(WHOLE[0]), prompt="word " * 9000))]
    assert not refused.value.retryable
    assert "--ctx-size" in refused.value.next_step


@pytest.mark.anyio
async def test_reading_after_a_sleep(gguf: Path, renderer: Renderer) -> None:
    """A server that nobody asks drops its weights; the next page loads them again, and is read as any other."""
    arguments = ("--alias", ",".join(NAMES), "--sleep-idle-seconds", "5")
    with started(llama_settings(gguf, server_args=arguments, api_key="the-key")) as running:
        async with httpx.AsyncClient(headers={"authorization": "Bearer the-key"}, trust_env=False) as http:
            while not (await http.get(f"{running.root}/props")).json()["is_sleeping"]:
                assert running.local.state.stage is Stage.READY
        pieces, _ = await asked_once(running, renderer, LAYOUT)
    assert text_of(pieces) == LAYOUT.answer
