"""The imitation of vLLM that measures clients: an event a token, each at its time, unless more are asked for."""

import json
import urllib.request
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from typing import Any

import pytest

from bench.events import text
from bench.replay import ReplayServer, replay
from ocr.config.profiles import Model, read_options
from ocr.events import Delta, Finished
from ocr.inference.client import Client
from ocr.types import PageImage

TOKENS = 40
PACE = 16.0  # with 2 slots a token each 3 ms

pytestmark = pytest.mark.anyio


async def deltas(url: str) -> AsyncIterator[Delta | Finished]:
    async with Client(f"{url}/v1") as client:
        options = read_options(Model("lightonai/LightOnOCR-2-1B", max_model_len=8192))
        async for item in client.read(PageImage(width=10, height=10, media_type="image/png", data=b"x"), options):
            yield item


def events(server: ReplayServer, **fields: Any) -> tuple[list[str], int]:
    """The text of each event that has some, and the number of tokens, as asked for with these fields."""
    image = "x" * 100_000
    body = json.dumps({"messages": [image], "stream": True, **fields}).encode()
    with urllib.request.urlopen(f"{server.url}/v1/chat/completions", body, timeout=60) as answer:
        lines = [line.removeprefix(b"data: ") for line in answer if line.startswith(b"data: {")]
    chunks = [json.loads(line) for line in lines]
    texts = [choice["delta"]["content"] for chunk in chunks for choice in chunk["choices"]]
    return [text for text in texts if text], chunks[-1]["usage"]["completion_tokens"]


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[ReplayServer]:
    with replay(PACE, "--slots", 2, "--tokens", TOKENS, *getattr(request, "param", ())) as server:
        yield server


async def test_replay_is_read_by_our_client(server: ReplayServer) -> None:
    items = [item async for item in deltas(server.url)]
    end = items.pop()
    assert isinstance(end, Finished)
    assert end.tokens
    assert "".join(item.text for item in items if isinstance(item, Delta)) == text(0, end.tokens)
    stats = server.stats()
    assert (stats["served"], stats["events"]) == (1, end.tokens)


@pytest.mark.parametrize(
    ("server", "interval"),
    [((), 8), (("--interval", 4), 8), (("--interval", 16), 16), (("--interval", 16, "--older"), 16), (("--older",), 1)],
    indirect=["server"],
)
def test_replay_interval(server: ReplayServer, interval: int) -> None:
    """The first token comes by itself, the rest at the end at once; a request only raises a server's own number."""
    pieces, tokens = events(server, stream_interval=8)
    starts = [0, *range(1, tokens, interval), tokens]
    assert pieces == [text(first, after - first) for first, after in pairwise(starts)]


def test_replay_whole_answer(server: ReplayServer) -> None:
    """Who asks for no stream gets JSON."""
    body = json.dumps({"model": "x", "messages": []}).encode()
    with urllib.request.urlopen(f"{server.url}/v1/chat/completions", body, timeout=60) as answer:
        said = json.loads(answer.read())
    assert said["choices"][0]["message"]["content"] == text(0, said["usage"]["completion_tokens"])
    assert server.stats()["events"] == 0


def test_replay_comes_back_at_its_address() -> None:
    with replay(PACE, "--slots", 2, "--tokens", TOKENS) as server:
        server.process.kill()
        server.process.wait()
        with replay(PACE, "--slots", 2, "--tokens", TOKENS, "--port", server.port) as again:
            assert again.url == server.url
            assert len(events(again)[0]) > 1
