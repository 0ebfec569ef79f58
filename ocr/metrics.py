"""How busy a vLLM is, from its `/metrics`: asked by one poller for everybody, and only while somebody reads."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp

from ocr.connections import LONGEST_LIST, connections, text_of, without_credentials

INTERVAL = 2.0
"""Seconds between two questions."""
PATIENCE = 2.0
"""Seconds for one answer; a healthy server needs milliseconds."""
SAMPLE = re.compile(r"^(vllm:\w+)(?:\{.*\})?\s+([-+.\deE]+)(?:\s+\d+)?$", re.MULTILINE)
"""One line of the Prometheus text format; a server of several engines has one for each."""


@dataclass(frozen=True, slots=True)
class Counts:
    """One answer of a server."""

    running: int
    """Requests."""
    waiting: int
    """Requests."""
    tokens: float
    """Generated since its start."""
    cache: float | None
    """Share of the KV cache in use, 0 to 1; None where the server does not say."""
    at: float
    """When it was asked, by the monotonic clock."""


@dataclass(frozen=True, slots=True)
class Load:
    """How busy a server is."""

    running: int
    waiting: int
    speed: float | None
    """Tokens a second since the last answer; None after the first one and after a restart."""
    cache: float | None
    """Share of the KV cache in use, 0 to 1."""


def parse(text: str, at: float) -> Counts | None:
    """The figures of a `/metrics`; None where it is no vLLM's."""
    found: dict[str, list[float]] = defaultdict(list)
    for name, value in SAMPLE.findall(text):
        number = _number(value)
        if math.isfinite(number):
            found[name.removeprefix("vllm:")].append(number)
    if not found["num_requests_running"]:
        return None
    running, waiting = sum(found["num_requests_running"]), sum(found["num_requests_waiting"])
    cache = found["kv_cache_usage_perc"] or found["gpu_cache_usage_perc"]  # the latter until vLLM 0.9
    share = sum(cache) / len(cache) if cache else None
    return Counts(int(running), int(waiting), sum(found["generation_tokens_total"]), share, at)


def _number(text: str) -> float:
    """A number; not one for what is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def load(now: Counts, before: Counts | None) -> Load:
    """What two answers say together."""
    grown = before is not None and now.tokens >= before.tokens and now.at > before.at
    speed = (now.tokens - before.tokens) / (now.at - before.at) if before and grown else None
    return Load(now.running, now.waiting, speed, now.cache)


class Meter:
    """One server's load for all visitors; `load` is None while nobody reads or the server tells nothing."""

    def __init__(self, server_url: str, api_key: str | None = None) -> None:
        """Ask nothing yet.

        Args:
            server_url: the base of its API, ends in `/v1`.
            api_key: sent as bearer token, for what may stand before the server.
        """
        self.load: Load | None = None
        self._url = re.sub(r"/v\d+$", "", without_credentials(server_url)) + "/metrics"
        self._address, self._api_key = server_url, api_key
        self._watchers = 0
        self._poller: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Somebody reads while the block runs; the first begins the asking, the last ends it."""
        self._watchers += 1
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll())
        try:
            yield
        finally:
            self._watchers -= 1
            if not self._watchers and self._poller:
                self._poller.cancel()
                self._poller, self.load = None, None

    async def _poll(self) -> None:
        before: Counts | None = None
        async with connections(self._address, PATIENCE, self._api_key) as http:
            while True:
                now = await self._ask(http)
                self.load = load(now, before) if now else None
                before = now
                await asyncio.sleep(INTERVAL)

    async def _ask(self, http: aiohttp.ClientSession) -> Counts | None:
        try:
            async with asyncio.timeout(PATIENCE), http.get(self._url, allow_redirects=False) as answer:
                text = await text_of(answer, LONGEST_LIST)
        except (aiohttp.ClientError, OSError):  # a time-out is an OSError too
            return None
        return parse(text, time.monotonic()) if answer.status == HTTPStatus.OK else None
