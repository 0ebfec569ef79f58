"""Pages read through the real vLLM: exact text, its tokens in bundles, its aborts, loops and refusals.

What is the same code with any server, tests/llamacpp prove with one that starts in a second.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import httpx
import pytest

from ocr.config.profiles import Model, read_options
from ocr.documents.renderer import Renderer
from ocr.engines.local.stages import Stage
from ocr.errors import UnknownModel, WrongKey
from ocr.events import PageDone, TextArrived
from ocr.inference.client import Client
from ocr.pipeline.run import Stop
from ocr.types import Finish, PageId
from tests.tiny_model.model import ENDLESS, WHOLE, Answer, pages_of
from tests.tiny_model.reading import (
    LAYOUT,
    Running,
    asked_once,
    assert_read_at_once,
    assert_read_exactly,
    assert_survives_a_kill,
    events,
    options,
    text_of,
)


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
    assert_read_exactly(vllm, answer, tmp_path)


@pytest.mark.anyio
async def test_reading_bundles(vllm: Running, renderer: Renderer) -> None:
    """The text at an interval of 16 tokens is that of an interval of one, letter by letter; so are its tokens.

    They are as many counted while they come.
    """
    single, end = await asked_once(vllm, renderer, LAYOUT, stream_interval=1)
    bundled, same_end = await asked_once(vllm, renderer, LAYOUT, stream_interval=16)
    assert text_of(single) == text_of(bundled) == LAYOUT.answer
    assert end.tokens == same_end.tokens == sum(piece.chunks for piece in bundled)
    assert len(single) > 50
    assert len(bundled) < len(single) / 4


async def working(vllm: Running) -> int:
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
    async for event in events(vllm, renderer, ENDLESS, options(ENDLESS), stop):
        if isinstance(event, TextArrived):
            arrived += event.raw
        if arrived.startswith(ENDLESS.answer) and not stop.is_set():
            assert await working(vllm) == 1
            stop.set()
            stopped = time.monotonic()
        done = event
    assert isinstance(done, PageDone)
    assert done.result.finish is Finish.CANCELLED
    assert done.result.raw == arrived
    while await working(vllm):
        assert time.monotonic() - stopped < 3.0, "it is still at work"


@pytest.mark.anyio
async def test_reading_repetition_is_seen_by_vllm(vllm: Running, renderer: Renderer) -> None:
    """VLLM takes the question as we put it, and ends a page that repeats itself; what had arrived is kept."""
    pieces, end = await asked_once(vllm, renderer, ENDLESS)
    assert end.finish is Finish.REPETITION
    assert end.tokens
    assert end.tokens < 1000, "of some 6,000 that the context has room for"
    assert text_of(pieces).startswith(ENDLESS.answer * 3)


@pytest.mark.anyio
async def test_reading_unknown_model(vllm: Running, renderer: Renderer) -> None:
    """The error names the models that are there."""
    image = await (await pages_of(renderer, ENDLESS)).image(PageId(0, 1))
    async with vllm.client() as client:
        with pytest.raises(UnknownModel, match="LightOnOCR-2-1B-bbox"):
            [item async for item in client.read(image, read_options(Model("nobody/NoOCR")))]


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["wrong", None])
async def test_reading_wrong_key(vllm: Running, key: str | None) -> None:
    """The server that we start takes its own key only."""
    async with Client(vllm.url, key) as client:
        with pytest.raises(WrongKey):
            await client.models()


@pytest.mark.anyio
async def test_reading_many_at_once(vllm: Running, renderer: Renderer) -> None:
    """VLLM reads them in one batch."""
    await assert_read_at_once(vllm, renderer, WHOLE * 2)


@pytest.mark.anyio
async def test_reading_survives_the_engine(vllm: Running, renderer: Renderer) -> None:
    """The engine is a process below the one that was started."""
    await assert_survives_a_kill(vllm, renderer, "EngineCore")
