"""Other ways to read a PDF with a server of a vision model: what bench.throughput shows beside ours.

python -m bench.strategies {publisher,streamed,reader} URL FILE.pdf PAGES

`publisher`: as the model's publisher shows it: every page is rendered by PDFium and encoded by Pillow first, then 64
threads ask with the openai SDK, for whole answers; `streamed` asks for streams instead. `reader`: no client at all, but
the least that one must do: one image, rendered beforehand, is sent by aiohttp for every page, with as many tokens an
event as ours asks for, and bytes are counted.
"""

from __future__ import annotations

import asyncio
import base64
import io
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdfium2

from bench.events import MODEL

THREADS = 64
LONGEST_SIDE = 1540
"""Pixels."""
AT_ONCE = 256
"""Requests of the bare reader; no fewer than the server has slots."""


def publisher(url: str, path: Path, pages: int, *, stream: bool) -> None:
    """Render all, then ask for all."""
    from openai import OpenAI

    client = OpenAI(base_url=url, api_key="none")

    def ask(image: str) -> str:
        content = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{image}"}}]
        answer = client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": content}],  # type: ignore[list-item]
            max_tokens=4096,
            temperature=0.2,
            top_p=0.9,
            stream=stream,
        )
        if not stream:
            return answer.choices[0].message.content or ""
        return "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)

    pdf = pypdfium2.PdfDocument(path)
    images = []
    for number in range(pages):
        page = pdf[number]
        encoded = io.BytesIO()
        page.render(scale=LONGEST_SIDE / max(page.get_size())).to_pil().save(encoded, "PNG")
        images.append(base64.b64encode(encoded.getvalue()).decode())
    with ThreadPoolExecutor(THREADS) as threads:
        assert all(threads.map(ask, images))


async def reader(url: str, pages: int) -> None:
    """Send and count."""
    from bench.http_clients import page, with_aiohttp
    from ocr.cli.read import STREAM_INTERVAL
    from ocr.inference.client import request_body

    body = request_body(*page(), stream_interval=STREAM_INTERVAL)
    slots = asyncio.Semaphore(AT_ONCE)
    async with with_aiohttp(f"{url}/chat/completions") as read:

        async def one() -> None:
            async with slots:
                assert sum([len(data) async for data in read(body)])

        await asyncio.gather(*(one() for _ in range(pages)))


if __name__ == "__main__":
    strategy, server, file, count = sys.argv[1:]
    if strategy == "reader":
        asyncio.run(reader(server, int(count)))
    else:
        publisher(server, Path(file), int(count), stream=strategy == "streamed")
