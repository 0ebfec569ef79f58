"""What one GPU reads with vLLM, and whether Pagelight keeps it full: a model of the real size, with random weights.

    python -m bench.random_checkpoint FOLDER/LightOnOCR-2-1B-random
    python -m bench.gpu FOLDER/LightOnOCR-2-1B-random [--at-once 1,8,32,64,128] [--ours 8,64,128,0] [--fast-boot]
        [-- ARGUMENTS OF VLLM]

vLLM is started as `--local` starts it, and its stages are told with the seconds at which they were seen. Then pages of
the samples, A4 at 1540 pixels, are read, `--tokens` tokens each, which the random weights write without an end.

"Bare" sends requests that were encoded beforehand, so many at once, and counts the bytes of the answers; "ours" is the
command line on a PDF of so many pages, from the start of its process to its end, with `--concurrency` or, for 0, with
as many as it lets in itself. "Less start" leaves out what its run of one page takes more than the bare reader's page.
The first word is the time from a request to its first text. CPU is in cores: CPU seconds of each process for each
second of the run. The GPU's use is that of `nvidia-smi`, averaged over looks a half-second apart.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil

from bench.throughput import make_pdf, row, table
from ocr.config.command_line import settings_of
from ocr.config.profiles import Model, read_options
from ocr.config.read_request import ReadRequest
from ocr.documents.renderer import Renderer
from ocr.documents.source import DocumentSource
from ocr.engines.select import Server, running_server
from ocr.inference.client import request_body
from ocr.types import ImageSpec, PageId

DISTINCT_PAGES = 40
"""Encoded beforehand for the bare reader, which sends them in turns."""
INTERVAL = 16
"""Tokens an event, as the command line asks for."""
TEXT = re.compile(rb'"content": ?"[^"]')
GPU_QUERY = ("nvidia-smi", "--query-gpu=utilization.gpu,power.draw,memory.used", "--format=csv,noheader,nounits")


@dataclass(slots=True)
class GpuWatch:
    """What `nvidia-smi` said while a run lasted."""

    looks: list[tuple[float, float, float]] = field(default_factory=list)
    """Per cent of the time in which a kernel ran, watts, MiB."""

    @property
    def means(self) -> str:
        """Use and power."""
        if not self.looks:
            return ""
        use, watts, _ = (statistics.mean(column) for column in zip(*self.looks, strict=True))
        return f"{use:.0f} %, {watts:.0f} W"


@contextmanager
def gpu_watched() -> Iterator[GpuWatch]:
    """Look twice a second."""
    watch = GpuWatch()
    with subprocess.Popen([*GPU_QUERY, "-lms", "500"], stdout=subprocess.PIPE, text=True) as child:

        def take() -> None:
            for line in child.stdout or ():
                use, watts, used = (float(value) for value in line.split(","))
                watch.looks.append((use, watts, used))

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        try:
            yield watch
        finally:
            child.terminate()
            thread.join()


def gpu_memory() -> float:
    """MiB in use, by whomever."""
    return float(subprocess.run(GPU_QUERY, capture_output=True, text=True, check=True).stdout.split(",")[2])


def server_cpu(server: Server) -> dict[str, float]:
    """CPU seconds of each process of the server, by its name."""
    assert server.local and server.local.guard_pid
    found: dict[str, float] = {}
    for process in psutil.Process(server.local.guard_pid).children(recursive=True):
        try:
            times, name = process.cpu_times(), process.name()
        except psutil.Error:
            continue
        found[name] = found.get(name, 0.0) + times.user + times.system
    return found


@dataclass(frozen=True, slots=True)
class Run:
    """Pages read in one way."""

    pages: int
    seconds: float
    tokens: int
    firsts: tuple[float, ...]
    """Seconds to the first word of each page; none where they were not seen."""
    client_cpu: float
    """Seconds."""
    server_cpu: dict[str, float]
    """Seconds, by process."""
    gpu: str

    def cells(self, start_s: float = 0.0) -> list[object]:
        """Of the table; `start_s` are the seconds that are left out of "less start"."""
        cores = {name: used / self.seconds for name, used in self.server_cpu.items() if used / self.seconds > 0.05}
        first = f"{statistics.median(self.firsts):.2f}" if self.firsts else ""
        return [
            self.pages, f"{self.pages / self.seconds:.2f}", f"{self.pages / (self.seconds - start_s):.2f}",
            f"{self.tokens / self.seconds:,.0f}", first,
            f"{1e3 * self.client_cpu / self.pages:.0f}", f"{self.client_cpu / self.seconds:.2f}",
            ", ".join(f"{name} {used:.2f}" for name, used in sorted(cores.items())), self.gpu,
        ]  # fmt: skip


async def bare(server: Server, bodies: list[bytes], pages: int, at_once: int) -> tuple[float, int, list[float]]:
    """Seconds, tokens, and the seconds to each page's first word."""
    slots, firsts, tokens = asyncio.Semaphore(at_once), [], 0
    headers = {"authorization": f"Bearer {server.api_key}", "content-type": "application/json"}
    limits = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0), timeout=limits) as http:

        async def one(number: int) -> None:
            nonlocal tokens
            async with slots:
                began, told, last = time.perf_counter(), False, b""
                async with http.post(f"{server.url}/chat/completions", data=bodies[number % len(bodies)]) as answer:
                    assert answer.status == 200, await answer.text()
                    async for data in answer.content.iter_any():
                        if not told and TEXT.search(data):
                            firsts.append(time.perf_counter() - began)
                            told = True
                        last = (last + data)[-2000:]
            tokens += int(last.rsplit(b'"completion_tokens":', 1)[1].split(b",")[0].split(b"}")[0])

        began = time.perf_counter()
        await asyncio.gather(*(one(number) for number in range(pages)))
        return time.perf_counter() - began, tokens, firsts


def bare_run(server: Server, bodies: list[bytes], pages: int, at_once: int) -> Run:
    """Requests encoded beforehand."""
    with gpu_watched() as gpu:
        before, mine = server_cpu(server), time.process_time()
        seconds, tokens, firsts = asyncio.run(bare(server, bodies, pages, at_once))
        mine = time.process_time() - mine
        after = server_cpu(server)
    used = {name: total - before.get(name, 0.0) for name, total in after.items()}
    return Run(pages, seconds, tokens, tuple(firsts), mine, used, gpu.means)


def our_run(server: Server, path: Path, pages: int, at_once: int, tokens: int) -> Run:
    """The command line in a process of its own."""
    assert server.url
    with tempfile.TemporaryDirectory() as out, gpu_watched() as gpu:
        command = [sys.executable, "-m", "ocr", str(path), "--server-url", server.url, "--out", out, "--quiet"]
        command += ["--no-cache", "--pages", f"1-{pages}", "--max-tokens", str(tokens)]
        if at_once:
            command += ["--concurrency", str(at_once)]
        before, mine, began = server_cpu(server), resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        environment = {**os.environ, "OCR_API_KEY": server.api_key or ""}
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        done, after = resource.getrusage(resource.RUSAGE_CHILDREN), server_cpu(server)
        (result,) = Path(out).glob("*/result.json")
        read = json.loads(result.read_text())["pages"]
    assert len(read) == pages, f"{len(read)} of {pages} pages"
    asked_twice = sum(page["attempts"] > 1 for page in read)
    if asked_twice:
        print(f"{asked_twice} pages were asked for more than once", flush=True)
    used = {name: total - before.get(name, 0.0) for name, total in after.items()}
    cpu = done.ru_utime + done.ru_stime - mine.ru_utime - mine.ru_stime
    return Run(pages, seconds, sum(page["tokens"] for page in read), (), cpu, used, gpu.means)


async def encoded(path: Path, model: str, tokens: int) -> list[bytes]:
    """Requests for the first pages of a document."""
    options = read_options(Model(model, max_model_len=16384), ReadRequest(max_tokens=tokens))
    with Renderer() as renderer:
        document = await renderer.open(path)
        source = DocumentSource(renderer, lambda _: document, ImageSpec(options.longest_side, multiple=28))
        images = [await source.image(PageId(0, number)) for number in range(1, min(DISTINCT_PAGES, document.pages) + 1)]
    print(
        f"Images: {images[0].width} × {images[0].height}, {sum(len(i.data) for i in images) / len(images) / 1e3:.0f} kB"
    )
    return [request_body(image, options, stream_interval=INTERVAL) for image in images]


def start(server: Server) -> None:
    """Wait until it is ready, and tell its stages."""
    assert server.local
    began, seen = time.perf_counter(), set()
    state = server.local.state
    while True:
        if state.stage not in seen:
            seen.add(state.stage)
            print(f"{time.perf_counter() - began:6.1f} s  {state.stage.value}  {state.progress}", flush=True)
        if state.settled:
            break
        state = server.local.changed(state, 60)
    if state.problem:
        print("\n".join(state.tail), flush=True)
        raise state.problem


def numbers(listed: str) -> list[int]:
    """Of an option."""
    return [int(number) for number in listed.split(",") if number]


def main() -> None:
    """Start vLLM, print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--at-once", default="1,8,32,64,128", help="requests of the bare reader")
    parser.add_argument("--ours", default="8,64,128,0", help="pages in flight of the command line")
    parser.add_argument("--rounds", type=int, default=4, help="pages for each of those at once")
    parser.add_argument("--most", type=int, default=400, help="pages of a run")
    parser.add_argument("--tokens", type=int, default=600)
    parser.add_argument("--fast-boot", action="store_true")
    parser.add_argument("server_args", nargs="*", help="for vLLM, after --")
    options = parser.parse_args()
    given = {
        "local": str(options.checkpoint),
        "fast_boot": options.fast_boot,
        "server_args": tuple(options.server_args),
    }
    before = gpu_memory()
    with running_server(settings_of(given)) as server, tempfile.TemporaryDirectory() as folder:
        start(server)
        print(f"GPU memory, MiB: {before:.0f} before, {gpu_memory():.0f} now", flush=True)
        path = make_pdf(Path(folder) / "pages.pdf", options.most)
        bodies = asyncio.run(encoded(path, str(options.checkpoint), options.tokens))
        table(
            f"vLLM on one GPU, random weights of LightOnOCR-2-1B's size, {options.tokens} tokens a page"
            f" {' '.join(options.server_args)}:",
            "way", "at once", "pages", "pages/s", "less start", "tokens/s", "first word, s", "client, CPU ms a page",
            "client, cores", "server, cores", "GPU",
        )  # fmt: skip
        bare_run(server, bodies, 8, 8)  # its kernels are compiled
        alone = bare_run(server, bodies, 1, 1).seconds
        for at_once in numbers(options.at_once):
            pages = min(options.most, max(8, options.rounds * at_once))
            row("bare", at_once, *bare_run(server, bodies, pages, at_once).cells())
        start_s = our_run(server, path, 1, 1, options.tokens).seconds - alone if options.ours else 0.0
        for at_once in numbers(options.ours):
            pages = min(options.most, options.rounds * (at_once or 128))
            row("ours", at_once or "own", *our_run(server, path, pages, at_once, options.tokens).cells(start_s))
        print(
            f"\nA run of one page takes the command line {start_s:.2f} s longer than the bare reader's {alone:.2f} s."
        )
    print(f"\nGPU memory after the end, MiB: {gpu_memory():.0f}")


if __name__ == "__main__":
    main()
