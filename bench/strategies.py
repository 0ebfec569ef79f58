"""Three ways in which others read a PDF with a server of a vision model, re-created over our own renderer and client.

python -m bench.strategies {all,batches,sequential} URL FILE.pdf PAGES
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ocr.client import Client
from ocr.compose import PageText
from ocr.documents.renderer import Renderer
from ocr.page import Delta, Document, PageImage
from ocr.profiles import ReadOptions, read_options

AT_ONCE = 128
"""Requests of render-all-then-send: no fewer than the server has slots."""
BATCH = 28


async def ask(client: Client, image: PageImage, options: ReadOptions) -> str:
    """One page's text."""
    text = PageText()
    async for item in client.read(image, options):
        if isinstance(item, Delta):
            text.feed(item.text)
    return text.markdown


async def run(strategy: str, url: str, path: Path, pages: int) -> None:
    """Read the first pages of a document that way."""
    with Renderer() as renderer:
        async with Client(url) as client:
            options = read_options((await client.models())[0])
            document = await renderer.open(path)
            size = {"all": pages, "batches": BATCH, "sequential": 1}[strategy]
            for first in range(1, pages + 1, size):
                await batch(renderer, client, document, range(first, min(first + size, pages + 1)), options)


async def batch(renderer: Renderer, client: Client, document: Document, numbers: range, options: ReadOptions) -> None:
    """Render these pages, then read them, and wait for the last."""
    images = await asyncio.gather(*(renderer.render(document, number, options.longest_side) for number in numbers))
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(image: PageImage) -> None:
        async with slots:
            await ask(client, image, options)

    await asyncio.gather(*(one(image) for image in images))


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])))
