"""The pipeline beside a bare load generator, against the real vLLM (its CPU build, the tests' tiny checkpoint).

    python -m bench.vllm [--pages 40] [--concurrency 8] [--runs 3] [--apart] [--intervals 1,4,16]

First what its API server, a process of its own, pays for sending tokens one by one: pages of 800 tokens, which the tiny
model writes without end where it is let, asked for with each `stream_interval` in turns, and without a stream. Its CPU
time counts, and that of a client that only counts bytes.

Then the pipeline. The page is the sample article's second, over and over. Bare: its request, encoded beforehand, is
sent again and again, and the answer's bytes are counted. Ours: a PDF of as many pages is opened, rendered, read and
folded. Both have the same number of requests on their way; runs are taken in turns, and the best of each counts.

A vLLM for CPUs takes every core there is, so whatever a client computes is taken from the server. With `--apart` vLLM
has one half of the cores and whoever asks it the other, as with a GPU: then the ratio tells whether it is kept busy.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import aiohttp
import pikepdf
import psutil

from ocr.config.profiles import Model, ReadOptions, read_options
from ocr.config.read_request import ReadRequest
from ocr.documents.renderer import Renderer
from ocr.documents.source import DocumentSource
from ocr.engines.select import Server, running_server
from ocr.events import PageDone
from ocr.inference.client import Client, request_body
from ocr.pipeline.run import read_pages
from ocr.types import ImageSpec, PageId
from tests.conftest import SAMPLES
from tests.tiny_model.model import ENDLESS, WHOLE, pages_of
from tests.vllm.conftest import ENVIRONMENT, local_settings

ANSWER = next(answer for answer in WHOLE if answer.document == "article.pdf")


def make_pdf(path: Path, pages: int) -> Path:
    """The page as often as asked."""
    made = pikepdf.new()
    with pikepdf.open(SAMPLES / ANSWER.document) as article:
        for _ in range(pages):
            made.pages.append(article.pages[ANSWER.page - 1])
        made.save(path)
    return path


async def requests(server: Server, body: bytes, pages: int, concurrency: int) -> int:
    """Send the same request again and again; return the bytes that come back."""
    slots = asyncio.Semaphore(concurrency)
    headers = {"authorization": f"Bearer {server.api_key}", "content-type": "application/json"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0)) as http:

        async def one() -> int:
            async with slots, http.post(f"{server.url}/chat/completions", data=body) as answer:
                assert answer.status == HTTPStatus.OK
                return sum([len(data) async for data in answer.content.iter_any()])

        return sum(await asyncio.gather(*(one() for _ in range(pages))))


async def ours(server: Server, source: DocumentSource, options: ReadOptions, concurrency: int) -> float:
    """Pages a second from the document to the folded text."""

    async def numbers() -> AsyncIterator[PageId]:
        for number in range(1, source.document.pages + 1):
            yield PageId(0, number)

    async with Client(server.url, server.api_key) as client:
        began, read = time.perf_counter(), 0
        async for event in read_pages(numbers(), source, client, options, concurrency=concurrency):
            if isinstance(event, PageDone):
                assert event.result.raw == ANSWER.answer
                read += 1
        assert read == source.document.pages
        return read / (time.perf_counter() - began)


ENDLESS_TOKENS = 800


async def endless(server: Server, pages: int, concurrency: int, interval: int | None) -> tuple[float, float, int]:
    """CPU seconds of the API server and of this process, and bytes, for pages of 800 tokens; no interval, no stream."""
    assert server.local and server.local.guard_pid
    (api_server,) = psutil.Process(server.local.guard_pid).children()  # its child is the engine
    with Renderer(workers=1) as renderer:
        image = await (await pages_of(renderer, ENDLESS)).image(PageId(0, ENDLESS.page))
    options = read_options(Model(ENDLESS.model, max_model_len=8192), ReadRequest(temperature=0.0))
    fields = json.loads(request_body(image, options, detect=False))
    fields |= {"max_tokens": ENDLESS_TOKENS, "ignore_eos": True, "stream_interval": interval}
    if interval is None:
        fields |= {"stream": False, "stream_options": None}
    before, mine = api_server.cpu_times(), time.process_time()
    bytes_read = await requests(server, json.dumps(fields).encode(), pages, concurrency)
    after, mine = api_server.cpu_times(), time.process_time() - mine
    return after.user + after.system - before.user - before.system, mine, bytes_read


async def intervals(server: Server, pages: int, concurrency: int, runs: int, wanted: list[int]) -> None:
    """The median CPU of each interval's rounds."""
    found: dict[int | None, list[tuple[float, float, int]]] = {interval: [] for interval in [*wanted, None]}
    await endless(server, concurrency, concurrency, 1)  # its code and caches are warm
    for _ in range(runs):
        for interval, rounds in found.items():
            rounds.append(await endless(server, pages, concurrency, interval))
    print(
        f"\n| stream_interval, {pages} pages of {ENDLESS_TOKENS} tokens, {concurrency} at once, median of {runs} |",
        end="",
    )
    print(" API server, CPU ms a page | client (counts bytes), CPU ms a page | kB a page |\n|---|---|---|---|")
    for interval, rounds in found.items():
        theirs, mine, size = (statistics.median(column) / pages for column in zip(*rounds, strict=True))
        print(f"| {interval or 'no stream'} | {1e3 * theirs:.0f} | {1e3 * mine:.1f} | {size / 1e3:.0f} |", flush=True)


async def measure(server: Server, pages: int, concurrency: int, runs: int) -> None:
    """Both ways in turns."""
    options = read_options(Model(ANSWER.model, max_model_len=8192))
    best = {"bare": 0.0, "ours": 0.0}
    with tempfile.TemporaryDirectory() as folder, Renderer() as renderer:
        document = await renderer.open(make_pdf(Path(folder) / "pages.pdf", pages))
        source = DocumentSource(renderer, lambda _: document, ImageSpec(1540, multiple=28))
        body = request_body(await source.image(PageId(0, 1)), options)
        for _ in range(runs):
            began = time.perf_counter()
            await requests(server, body, pages, concurrency)
            best["bare"] = max(best["bare"], pages / (time.perf_counter() - began))
            best["ours"] = max(best["ours"], await ours(server, source, options, concurrency))
    print(
        f"\n| vLLM on the CPU, {pages} pages, {concurrency} at once, best of {runs} | pages/s | ÷ bare |\n|---|---|---|"
    )
    for name, speed in best.items():
        print(f"| {name} | {speed:.2f} | {speed / best['bare']:.3f} |")


async def both(server: Server, options: argparse.Namespace) -> None:
    """When it is ready."""
    assert server.local
    await server.local.until_ready()
    wanted = [int(interval) for interval in options.intervals.split(",")]
    await intervals(server, options.concurrency, options.concurrency, options.runs, wanted)
    await measure(server, options.pages, options.concurrency, options.runs)


def main() -> None:
    """Start vLLM, print both tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--intervals", default="1,4,16")
    parser.add_argument("--apart", action="store_true", help="vLLM on one half of the cores, clients on the other")
    options = parser.parse_args()
    os.environ.update(ENVIRONMENT)
    cores = sorted(os.sched_getaffinity(0))
    half = len(cores) // 2
    if options.apart:
        os.sched_setaffinity(0, cores[:half])  # vLLM's processes inherit it
    with running_server(local_settings(api_key="the-key")) as server:
        if options.apart:
            os.sched_setaffinity(0, cores[half:])
        asyncio.run(both(server, options))


if __name__ == "__main__":
    main()
