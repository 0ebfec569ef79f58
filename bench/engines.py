"""The engines beside each other on the tests' tiny model, and what llama-server computes for a model of the real size.

    python -m bench.engines [--pages 8] [--skip-shapes] [--patches 468,2052]

First vLLM's CPU build, llama-server and Tesseract, started as Pagelight starts them, read the pages that the tiny model
knows, one at a time, their images encoded beforehand. Each page's seconds and its time to the first word are medians,
CPU is that of all processes of the engine, the memory the sum of their peaks. Tesseract reads with no model: its line
tells what such a page costs with it, no more.

Then llama-server with random weights of the size of the real ones (random_gguf.py): CPU seconds of a token of the
prompt, of a token written, and of encoding an image of so many patches. What a page takes on other machines follows
from these by the arithmetic of `estimate`, which assumes that nothing else runs.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import math
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from PIL import Image

from bench.model_shapes import MERGE, PATCH, VISION_SHAPES
from bench.random_gguf import write_mmproj, write_text
from bench.throughput import row, table
from ocr.config.command_line import settings_of
from ocr.config.profiles import Model, ReadOptions, read_options
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.llamacpp.convert import convert
from ocr.engines.open_reader import open_reader
from ocr.engines.select import Server, running_server
from ocr.events import Delta
from ocr.inference.reader import Reader
from ocr.types import PageId, PageImage
from tests.llamacpp.conftest import MMPROJ, MODEL, llama_settings
from tests.tiny_model.model import CHECKPOINT, WHOLE, Answer, pages_of
from tests.vllm.conftest import ENVIRONMENT, local_settings


@dataclass(frozen=True, slots=True)
class PageCost:
    """What reading one page took."""

    seconds: float
    first_word_s: float
    cpu_s: float


def processes(server: Server) -> list[psutil.Process]:
    """The engine's; those of Tesseract are the only children of this process."""
    if server.local is None:
        return psutil.Process().children(recursive=True)
    assert server.local.guard_pid
    return psutil.Process(server.local.guard_pid).children(recursive=True)


def cpu_seconds(server: Server) -> float:
    """Of all processes of the engine that are there."""
    times = [process.cpu_times() for process in processes(server)]
    return sum(one.user + one.system for one in times)


def peak_bytes(server: Server) -> int:
    """The sum of what each process had in memory at its peak; what they share counts for each."""
    lines = [Path(f"/proc/{process.pid}/status").read_text().splitlines() for process in processes(server)]
    return sum(1024 * int(line.split()[1]) for status in lines for line in status if line.startswith("VmHWM"))


async def images() -> list[tuple[Answer, PageImage]]:
    """The pages that the tiny model knows."""
    with Renderer(workers=1) as renderer:
        return [(answer, await (await pages_of(renderer, answer)).image(PageId(0, answer.page))) for answer in WHOLE]


async def read_page(reader: Reader, server: Server, image: PageImage, options: ReadOptions) -> tuple[str, PageCost]:
    """The page's text, and what it took."""
    began, cpu, first, text = time.perf_counter(), cpu_seconds(server), 0.0, ""
    async for item in reader.read(image, options):
        if isinstance(item, Delta) and item.text:
            first = first or time.perf_counter() - began
            text += item.text
    return text, PageCost(time.perf_counter() - began, first, cpu_seconds(server) - cpu)


async def read_pages(server: Server, settings: Settings, pages: int) -> list[PageCost]:
    """Read that many pages after each was read once; a model's text has to be what it knows."""
    known, costs = await images(), []
    if server.local:
        await server.local.until_ready()
    async with open_reader(settings, server) as opened:
        for number in range(len(known) + pages):
            answer, image = known[number % len(known)]
            options = opened.options if server.embedded else read_options(Model(answer.model, max_model_len=8192))
            text, cost = await read_page(opened.reader, server, image, options)
            assert server.embedded or text == answer.answer, f"{settings.local} read {text!r}"
            costs.append(cost)
    return costs[len(known) :]


def compare_engines(pages: int, gguf: Path) -> None:
    """Print a line for each engine."""
    table(
        f"The tests' tiny model, {pages} pages one after the other (Tesseract reads without a model):",
        "engine", "s a page", "first word, s", "CPU s a page", "peak memory, MB",
    )  # fmt: skip
    convert(CHECKPOINT, gguf / MODEL, gguf / MMPROJ)
    engines = {
        "vLLM, CPU build": local_settings(api_key="the-key", cache=False),
        "llama-server": llama_settings(gguf, api_key="the-key", cache=False),
        "Tesseract": settings_of({"local": "no", "concurrency": 1}),
    }
    for name, settings in engines.items():
        with running_server(settings) as server:
            costs = asyncio.run(read_pages(server, settings, pages))
            peak = peak_bytes(server)
        seconds, first, cpu = (
            statistics.median(column)
            for column in zip(*((one.seconds, one.first_word_s, one.cpu_s) for one in costs), strict=True)
        )
        row(name, f"{seconds:.2f}", f"{first:.2f}", f"{cpu:.2f}", f"{peak / 1e6:,.0f}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to a server that computes for nobody else."""

    prompt_tokens: int
    cpu_s: float
    seconds: float


def ask(server: Server, content: str | PageImage, tokens: int) -> Asked:
    """Have the server write so many tokens for a text or an image."""
    part: dict[str, object] = {"type": "text", "text": content}
    if isinstance(content, PageImage):
        data = base64.b64encode(content.data).decode()
        part = {"type": "image_url", "image_url": {"url": f"data:{content.media_type};base64,{data}"}}
    body = {"messages": [{"role": "user", "content": [part]}], "max_tokens": tokens, "ignore_eos": True}
    headers = {"authorization": f"Bearer {server.api_key}"}
    began, cpu = time.perf_counter(), cpu_seconds(server)
    answer = httpx.post(
        f"{server.url}/chat/completions", json=body, headers=headers, timeout=None, trust_env=False
    ).raise_for_status()  # fmt: skip
    seconds, cpu = time.perf_counter() - began, cpu_seconds(server) - cpu
    return Asked(answer.json()["usage"]["prompt_tokens"], cpu, seconds)


@contextmanager
def random_server(folder: Path, patches: int) -> Iterator[Server]:
    """A llama-server that is ready, whose images have at most so many patches."""
    arguments = ("--image-max-tokens", str(patches // MERGE**2), "--sleep-idle-seconds", "-1")
    settings = settings_of({"local": str(folder), "server_args": arguments, "api_key": "the-key"})
    with running_server(settings) as server:
        assert server.local
        asyncio.run(server.local.until_ready())
        ask(server, "warm", 2)
        yield server


def page_image(patches: int) -> PageImage:
    """A gray page of about so many patches, near A4's proportions."""
    side = PATCH * MERGE
    columns = round(math.sqrt(patches / MERGE**2 / math.sqrt(2)))
    rows = patches // MERGE**2 // columns
    data = io.BytesIO()
    Image.effect_noise((columns * side, rows * side), 64).save(data, "PNG")
    return PageImage(columns * side, rows * side, data.getvalue(), "image/png")


TEXT, LONGER_TEXT = "as it was then, " * 4, "as it was then, " * 40
WRITTEN = 64


@dataclass(frozen=True, slots=True)
class ShapeCost:
    """CPU seconds of a model."""

    prompt: float
    """A token of the prompt."""
    written: float
    """A token written."""
    encoding: dict[int, float]
    """An image, by its patches."""


def measure_shape(name: str, folder: Path, sizes: list[int]) -> ShapeCost:
    """Print a line for each size of image."""
    encoding: dict[int, float] = {}
    prompt = written = 0.0
    for patches in sizes:
        with random_server(folder, patches) as server:
            short, longer, more = ask(server, TEXT, 1), ask(server, LONGER_TEXT, 1), ask(server, TEXT, 1 + WRITTEN)
            prompt = (longer.cpu_s - short.cpu_s) / (longer.prompt_tokens - short.prompt_tokens)
            written = (more.cpu_s - short.cpu_s) / WRITTEN
            image = ask(server, page_image(patches), 1)
            encoding[patches] = image.cpu_s - prompt * image.prompt_tokens
            row(
                name, f"{patches:,}", image.prompt_tokens, f"{encoding[patches]:.1f}", f"{image.seconds:.1f}",
                f"{prompt:.3f}", f"{written:.3f}", f"{peak_bytes(server) / 1e6:,.0f}",
            )  # fmt: skip
    return ShapeCost(prompt, written, encoding)


@dataclass(frozen=True, slots=True)
class PageShape:
    """An A4 page as a model is shown it."""

    name: str
    tower: str
    patches: int

    @property
    def image_tokens(self) -> int:
        """One for four patches, in every family."""
        return self.patches // MERGE**2


A4_PAGES = (
    PageShape("2-1B, 1092 × 1540 px", "1B", 78 * 110),
    PageShape("3-0.8B, 1440 × 2048 px", "0.8B", 90 * 128),
    PageShape("3-0.8B, 928 × 1312 px", "0.8B", 58 * 82),
)
"""The patches of LightOnOCR-2 have 14 pixels a side, those of LightOnOCR-3-0.8B 16."""
WRITTEN_TOKENS = 600
CORES_USED = {2: 2, 8: 7}
"""Threads of llama-server by the machine's cores."""


def estimate(page: PageShape, cost: ShapeCost) -> list[float]:
    """CPU seconds of a page, then its seconds on each machine.

    Encoding grows with the patches and with their square. It and the prompt are shared by all threads; writing waits
    for the memory, and is taken to be no quicker with more than two.
    """
    (small, small_s), (large, large_s) = min(cost.encoding.items()), max(cost.encoding.items())
    square = (large_s / large - small_s / small) / (large - small)
    linear = small_s / small - square * small
    shared = linear * page.patches + square * page.patches**2 + cost.prompt * page.image_tokens
    writing = cost.written * WRITTEN_TOKENS
    return [shared + writing, *(shared / used + writing / 2 for used in CORES_USED.values())]


def measure_shapes(folder: Path, sizes: list[int]) -> None:
    """Print what a model of real size takes, and what would follow from that."""
    table(
        "llama-server with random weights of the real size (Q8_0, its vision tower F16), CPU seconds:",
        "vision tower", "patches", "image tokens", "encoding, CPU s", "wall s", "a prompt's token", "a written token",
        "peak memory, MB",
    )  # fmt: skip
    write_text(folder / "random-Q8_0.gguf")
    found = {}
    for name, shape in VISION_SHAPES.items():
        write_mmproj(folder / "random-mmproj-F16.gguf", shape)
        found[name] = measure_shape(name, folder, sizes)
    if len(sizes) == 1:
        return
    table(
        f"Estimates for an A4 page and {WRITTEN_TOKENS} tokens written:",
        "model and image", "CPU s", *(f"s on {cores} cores" for cores in CORES_USED),
    )  # fmt: skip
    for page in A4_PAGES:
        row(page.name, *(f"{seconds:.0f}" for seconds in estimate(page, found[page.tower])))


def main() -> None:
    """Print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=8)
    parser.add_argument("--patches", default="468,2052", help="of the images that are encoded")
    parser.add_argument("--skip-engines", action="store_true", help="only the model of real size")
    parser.add_argument("--skip-shapes", action="store_true", help="only the tiny model")
    options = parser.parse_args()
    os.environ.update(ENVIRONMENT)
    with tempfile.TemporaryDirectory() as name:
        tiny, full = Path(name, "tiny"), Path(name, "full")
        tiny.mkdir()
        full.mkdir()
        if not options.skip_engines:
            compare_engines(options.pages, tiny)
        if not options.skip_shapes:
            measure_shapes(full, [int(size) for size in options.patches.split(",")])
    print(f"\nThe machine's load at the end: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores.")


if __name__ == "__main__":
    main()
