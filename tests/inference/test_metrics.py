"""How busy a server is, from what vLLM and llama-server write."""

from __future__ import annotations

import asyncio

import pytest

from ocr.inference import metrics
from ocr.inference.http import connections
from ocr.inference.metrics import Load, LoadMonitor, MetricsSample, _counts, load, parse, total
from tests.inference.scripted_server import Connection, Request, Script, scripted_server
from tests.web.waiting import until

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
    assert parse(ANSWER, 7.0) == MetricsSample(Load(5, 13, None, 0.5), tokens=1500.0, at=7.0)


LLAMA_ANSWER = """# TYPE llamacpp:tokens_predicted_total counter
llamacpp:tokens_predicted_total 1500
# TYPE llamacpp:predicted_tokens_seconds gauge
llamacpp:predicted_tokens_seconds 141.2
llamacpp:requests_processing 1
llamacpp:requests_deferred 4
"""


def test_metrics_of_llama_server() -> None:
    """It tells the same by other names, and nothing of its cache."""
    assert parse(LLAMA_ANSWER, 7.0) == MetricsSample(Load(1, 4, None, None), tokens=1500.0, at=7.0)


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
    """What is neither's answer says nothing."""
    assert parse(text, 0.0) is None


def test_metrics_speed_needs_two_answers_of_one_life() -> None:
    """Tokens a second between two answers; a counter that fell is a restart."""
    before, now = (MetricsSample(Load(1, 0, None, None), *then) for then in ((100.0, 10.0), (300.0, 12.0)))
    assert load(now, before) == Load(1, 0, 100.0, None)
    assert load(now, None).speed is None
    assert load(before, now).speed is None


def told(status: int, text: str, often: int) -> tuple[Script, asyncio.Event]:
    """A server that answers so, and what is set once it has been asked that often."""
    enough, asked = asyncio.Event(), 0

    async def script(request: Request, connection: Connection) -> None:
        nonlocal asked
        asked += 1
        if asked >= often:
            enough.set()
        await connection.respond(status, text.encode())

    script.serves_models = True  # type: ignore[attr-defined]
    return script, enough


@pytest.mark.anyio
async def test_metrics_one_poller_for_all_and_none_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who read cause the questions of one; when both have ended, nothing is asked and nothing is shown."""
    monkeypatch.setattr(metrics, "POLL_INTERVAL_S", 0.01)
    script, thrice = told(200, ANSWER, 3)
    async with scripted_server(script) as server, asyncio.timeout(60):
        meter = LoadMonitor([server.url], "k3y")
        assert meter.load is None
        async with meter.watched():
            (poller,) = meter._pollers
            async with meter.watched():
                assert meter._pollers == [poller]
            await thrice.wait()
            assert meter.load == Load(5, 13, 0.0, 0.5)
        await asyncio.wait({poller})
        assert meter.load is None
        assert {(one.path, one.headers["authorization"]) for one in server.requests} == {("/metrics", "Bearer k3y")}


@pytest.mark.anyio
@pytest.mark.parametrize("status", [302, 404, 401, 500])
async def test_metrics_absent_where_there_are_none(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """A server without them is read with all the same."""
    monkeypatch.setattr(metrics, "POLL_INTERVAL_S", 0.01)
    script, twice = told(status, ANSWER, 2)
    async with scripted_server(script) as server, asyncio.timeout(60):
        meter = LoadMonitor([server.url])
        async with meter.watched():
            await twice.wait()
            assert meter.load is None


@pytest.mark.anyio
async def test_metrics_outlive_a_server_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens, or nothing is said: the asking goes on, and tells when there is something to tell again."""
    monkeypatch.setattr(metrics, "POLL_INTERVAL_S", 0.01)
    monkeypatch.setattr(metrics, "POLL_TIMEOUT_S", 0.05)
    asked = 0

    async def script(request: Request, connection: Connection) -> None:
        nonlocal asked
        asked += 1
        if asked <= 2:
            await connection.gone()
            return
        await connection.respond(200, ANSWER.encode())

    script.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(script) as server, asyncio.timeout(60):
        url = server.url
        meter = LoadMonitor([url])
        async with meter.watched():
            await until(lambda: meter.load is not None)
    away = LoadMonitor([url])
    assert not away._pollers
    async with away.watched(), connections(url, 1) as http:
        assert await _counts(http, f"{url}/metrics") is None
        assert not away._pollers[0].done()


@pytest.mark.anyio
async def test_metrics_of_several_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests and tokens of all, the mean of their caches; one that tells nothing takes nothing from the others."""
    monkeypatch.setattr(metrics, "POLL_INTERVAL_S", 0.01)
    (first, once), (second, twice), (mute, thrice) = told(200, ANSWER, 3), told(200, ANSWER, 3), told(404, "", 3)
    async with scripted_server(first) as one, scripted_server(second) as two, scripted_server(mute) as three:
        meter = LoadMonitor([one.url, two.url, three.url])
        async with asyncio.timeout(60), meter.watched():
            for event in (once, twice, thrice):
                await event.wait()
            assert meter.load == Load(10, 26, 0.0, 0.5)
    assert total([Load(1, 0, None, None), Load(2, 3, 40.0, 0.5)]) == Load(3, 3, 40.0, 0.5)
    assert total([]) is None
