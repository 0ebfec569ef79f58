"""The pipeline beside a bare load generator, against the real vLLM (its CPU build, the tests' tiny checkpoint).

    python -m bench.vllm [--pages 40] [--concurrency 8] [--runs 3] [--apart]

The page is the sample article's second, over and over. Bare: its request, encoded beforehand, is sent again and again,
and the answer's bytes are counted. Ours: a PDF of as many pages is opened, rendered, read and folded. Both have the
same number of requests on their way; runs are taken in turns, and the best of each counts.

A vLLM for CPUs takes every core there is, so whatever a client computes is taken from the server. With `--apart` vLLM
has one half of the cores and whoever asks it the other, as with a GPU: then the ratio tells whether it is kept busy.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import aiohttp
import pikepdf
from rich.console import Console
from rich.table import Table

from ocr.client import Client, request_body
from ocr.documents.renderer import Renderer
from ocr.page import PageDone, PageId
from ocr.pipeline import read_pages
from ocr.profiles import Model, ReadOptions, read_options
from ocr.server import Server, running_server
from tests.conftest import SAMPLES
from tests.vllm.conftest import ENVIRONMENT, WHOLE, Pages, local_settings

ANSWER = next(answer for answer in WHOLE if answer.document == "article.pdf")


def make_pdf(path: Path, pages: int) -> Path:
    """The page as often as asked."""
    made = pikepdf.new()
    with pikepdf.open(SAMPLES / ANSWER.document) as article:
        for _ in range(pages):
            made.pages.append(article.pages[ANSWER.page - 1])
        made.save(path)
    return path


async def bare(server: Server, body: bytes, pages: int, concurrency: int) -> float:
    """Pages a second of requests that are ready."""
    slots = asyncio.Semaphore(concurrency)
    headers = {"authorization": f"Bearer {server.api_key}", "content-type": "application/json"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0)) as http:

        async def one() -> None:
            async with slots, http.post(f"{server.url}/chat/completions", data=body) as answer:
                assert answer.status == HTTPStatus.OK
                assert b"[DONE]" in await answer.read()

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(pages)))
        return pages / (time.perf_counter() - began)


async def ours(server: Server, source: Pages, options: ReadOptions, concurrency: int) -> float:
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


async def measure(server: Server, pages: int, concurrency: int, runs: int) -> Table:
    """Both ways in turns."""
    assert server.local
    await server.local.until_ready()
    options = read_options(Model(ANSWER.model, max_model_len=8192))
    best = {"bare": 0.0, "ours": 0.0}
    with tempfile.TemporaryDirectory() as folder, Renderer() as renderer:
        source = Pages(renderer, await renderer.open(make_pdf(Path(folder) / "pages.pdf", pages)))
        body = request_body(await source.image(PageId(0, 1)), options)
        for _ in range(runs):
            best["bare"] = max(best["bare"], await bare(server, body, pages, concurrency))
            best["ours"] = max(best["ours"], await ours(server, source, options, concurrency))
    shown = Table("", "pages/s", "÷ bare", title=f"vLLM on the CPU, {pages} pages, {concurrency} at once, {runs} runs")
    for name, speed in best.items():
        shown.add_row(name, f"{speed:.2f}", f"{speed / best['bare']:.3f}")
    return shown


def main() -> None:
    """Start vLLM, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--runs", type=int, default=3)
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
        shown = asyncio.run(measure(server, options.pages, options.concurrency, options.runs))
    Console().print(shown)


if __name__ == "__main__":
    main()
