"""How busy a server is, from what vLLM writes."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from ocr import metrics
from ocr.metrics import Counts, Load, Meter, load, parse

ANSWER = """# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 3.0
vllm:num_requests_running{engine="1",model_name="m"} 2.0
vllm:num_requests_waiting{engine="0",model_name="m"} 13.0
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.75
vllm:generation_tokens_total{engine="0",model_name="a {odd} name"} 1.5e+03
vllm:generation_tokens_created{engine="0",model_name="m"} 1.7e+09
process_open_fds 12.0
"""


def test_metrics_parse_sums_over_engines() -> None:
    """Requests and tokens are added up, the cache's share is the mean."""
    assert parse(ANSWER, 7.0) == Counts(running=5, waiting=13, tokens=1500.0, cache=0.5, at=7.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>Not found</html>",
        "process_open_fds 12.0",
        "vllm:num_requests_running e",
        "vllm:num_requests_running 1e999",
    ],
)
def test_metrics_of_something_else_are_none(text: str) -> None:
    """What is no vLLM's answer says nothing."""
    assert parse(text, 0.0) is None


def test_metrics_speed_needs_two_answers_of_one_life() -> None:
    """Tokens a second between two answers; a counter that fell is a restart."""
    before, now = Counts(1, 0, 100.0, None, 10.0), Counts(1, 0, 300.0, None, 12.0)
    assert load(now, before) == Load(1, 0, 100.0, None)
    assert load(now, None).speed is None
    assert load(before, now).speed is None


@pytest.mark.anyio
async def test_metrics_one_poller_for_all_and_none_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who read cause the questions of one; when both have ended, nothing is asked and nothing is shown."""
    monkeypatch.setattr(metrics, "INTERVAL", 0.01)
    asked: list[httpx.URL] = []
    twice = asyncio.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        if len(asked) >= 2:
            twice.set()
        return httpx.Response(200, text=ANSWER)

    meter = Meter("http://gpu.example/v1", transport=httpx.MockTransport(answer))
    assert meter.load is None
    async with meter.watched():
        poller = meter._poller
        async with meter.watched():
            assert meter._poller is poller
        assert poller
        await twice.wait()
        assert meter.load == Load(5, 13, meter.load.speed if meter.load else None, 0.5)
    await asyncio.wait({poller})
    assert (meter.load, set(map(str, asked))) == (None, {"http://gpu.example/metrics"})


@pytest.mark.anyio
@pytest.mark.parametrize("status", [404, 401, 500])
async def test_metrics_absent_where_there_are_none(status: int) -> None:
    """A server without them is read with all the same."""
    asked = asyncio.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.set()
        return httpx.Response(status, text=ANSWER)

    meter = Meter("http://gpu.example/v1", transport=httpx.MockTransport(answer))
    async with meter.watched():
        await asked.wait()
        assert meter.load is None
