"""How busy servers are, from their `/metrics`: asked once for everybody, and only while somebody reads."""

import asyncio
import math
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus

import aiohttp

from ocr.inference.http import MAX_LIST_BYTES, connections, text_of, without_credentials

POLL_INTERVAL_S = 2.0
"""Seconds between two questions."""
POLL_TIMEOUT_S = 2.0
"""Seconds for one answer; a healthy server needs milliseconds."""
METRIC_LINE = re.compile(r"^((?:vllm|llamacpp):\w+)(?:\{.*\})?\s+([-+.\deE]+)(?:\s+\d+)?$", re.MULTILINE)
"""One line of the Prometheus text format; a server of several engines has one for each."""


LLAMA_NAMES = {
    "requests_processing": "num_requests_running",
    "requests_deferred": "num_requests_waiting",
    "tokens_predicted_total": "generation_tokens_total",
}
"""Names of llama-server's figures, which it tells with --metrics, and vLLM's for the same."""


@dataclass(frozen=True, slots=True)
class Load:
    """How busy a server is."""

    running: int
    waiting: int
    speed: float | None
    """Tokens a second since the last answer; None after the first one and after a restart."""
    cache: float | None
    """Share of the KV cache in use, 0 to 1."""


@dataclass(frozen=True, slots=True)
class MetricsSample:
    """One answer of a server."""

    load: Load
    """Its `speed` is None: that takes two answers."""
    tokens: float
    """Generated since its start."""
    at: float
    """When it was asked, by the monotonic clock."""


def parse(text: str, at: float) -> MetricsSample | None:
    """The figures of a `/metrics`; None where it is neither vLLM's nor llama-server's."""
    found: dict[str, list[float]] = defaultdict(list)
    for name, value in METRIC_LINE.findall(text):
        number = _number(value)
        if math.isfinite(number):
            name = name.partition(":")[2]
            found[LLAMA_NAMES.get(name, name)].append(number)
    if not found["num_requests_running"]:
        return None
    running, waiting = sum(found["num_requests_running"]), sum(found["num_requests_waiting"])
    cache = found["kv_cache_usage_perc"] or found["gpu_cache_usage_perc"]  # the latter until vLLM 0.9
    share = sum(cache) / len(cache) if cache else None
    return MetricsSample(Load(int(running), int(waiting), None, share), sum(found["generation_tokens_total"]), at)


def _number(text: str) -> float:
    """A number; not one for what is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def total(loads: Sequence[Load]) -> Load | None:
    """How busy several servers are together: the cache's share is the mean; None of none."""
    if not loads:
        return None
    speeds = [one.speed for one in loads if one.speed is not None]
    caches = [one.cache for one in loads if one.cache is not None]
    return Load(
        sum(one.running for one in loads),
        sum(one.waiting for one in loads),
        sum(speeds) if speeds else None,
        sum(caches) / len(caches) if caches else None,
    )


def load(now: MetricsSample, before: MetricsSample | None) -> Load:
    """What two answers say together."""
    grown = before is not None and now.tokens >= before.tokens and now.at > before.at
    speed = (now.tokens - before.tokens) / (now.at - before.at) if before and grown else None
    return replace(now.load, speed=speed)


class LoadMonitor:
    """The servers' load for all visitors; `load` is None while nobody reads or none of them tells anything."""

    def __init__(self, server_urls: Sequence[str], api_key: str | None = None) -> None:
        """`server_urls` end in `/v1`; `api_key` is for what may stand before a server."""
        self._loads: dict[str, Load] = {}
        self._addresses, self._api_key = tuple(server_urls), api_key
        self._watchers = 0
        self._pollers: list[asyncio.Task[None]] = []

    @property
    def load(self) -> Load | None:
        """How busy those are together that tell it."""
        return total(list(self._loads.values()))

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Somebody reads while the block runs; the first begins the asking, the last ends it."""
        self._watchers += 1
        if not self._pollers:
            self._pollers = [asyncio.create_task(self._poll(address)) for address in self._addresses]
        try:
            yield
        finally:
            self._watchers -= 1
            if not self._watchers:
                for poller in self._pollers:
                    poller.cancel()
                self._pollers.clear()
                self._loads.clear()

    async def _poll(self, address: str) -> None:
        before: MetricsSample | None = None
        url = re.sub(r"/v\d+$", "", without_credentials(address)) + "/metrics"
        async with connections(address, POLL_TIMEOUT_S, self._api_key) as http:
            while True:
                now = await _counts(http, url)
                self._loads.pop(address, None)
                if now:
                    self._loads[address] = load(now, before)
                before = now
                await asyncio.sleep(POLL_INTERVAL_S)


async def _counts(http: aiohttp.ClientSession, url: str) -> MetricsSample | None:
    try:
        async with asyncio.timeout(POLL_TIMEOUT_S), http.get(url, allow_redirects=False) as answer:
            text = await text_of(answer, MAX_LIST_BYTES)
    except (aiohttp.ClientError, OSError):  # a time-out is an OSError too
        return None
    return parse(text, time.monotonic()) if answer.status == HTTPStatus.OK else None
