"""Measure how exactly, and how fast, the CPU engine reads the samples.

Each page is rendered once and asked for over HTTP, one at a time; the same image is then read by bare tesserocr
(`GetUTF8Text`) in this process, in turns, best of three. The character error rate is the Levenshtein distance to the
true text over its length, for both alike, after folding what is typography and not reading: white space, Markdown and
HTML marks, quotes, dashes, ligatures, raised numbers. Formulas and the words inside figures are in neither text's
truth; where an engine writes them, they count as errors.

    python -m bench.accuracy
"""

from __future__ import annotations

import asyncio
import html
import io
import re
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import tesserocr
from PIL import Image
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.table import Table

from ocr.config.arguments import NEVER
from ocr.config.profiles import ReadOptions, read_options
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.select import running_server
from ocr.engines.tesseract.tessdata import find_tessdata
from ocr.engines.waiting_reader import reader_of
from ocr.events import Delta
from ocr.inference.reader import Reader
from ocr.parsing.page_text import PageText
from ocr.types import PageImage

SAMPLES = Path(__file__).parent.parent / "assets" / "samples"
TURNS = 3


@dataclass
class Figures:
    """What was measured of one page."""

    name: str
    letters: int
    error: float
    raw_error: float
    seconds: float
    raw_seconds: float


def folded(text: str) -> str:
    """Text without what is typography."""
    text = html.unescape(re.sub(r"<[^>]+>|!\[[^\]]*\]\([^)]*\)|^#+ ", "", text, flags=re.MULTILINE))
    text = unicodedata.normalize("NFKC", text)
    text = re.sub("[‘’‚`]", "'", re.sub("[“”„]", '"', re.sub("[‐‑–—−]", "-", text)))
    return "".join(text.split())


def error_rate(read: str, truth: str) -> float:
    """Character error rate."""
    return Levenshtein.distance(folded(read), folded(truth)) / len(folded(truth))


async def ask(reader: Reader, image: PageImage, options: ReadOptions) -> str:
    """The page's raw text."""
    page = PageText()
    async for item in reader.read(image, options):
        if isinstance(item, Delta):
            page.feed(item.text)
    page.flush()
    return page.raw


async def measure(reader: Reader, renderer: Renderer) -> list[Figures]:
    """All pages of all samples."""
    found = []
    tessdata = str(find_tessdata("eng"))
    bare = tesserocr.PyTessBaseAPI(path=tessdata, lang="eng", psm=tesserocr.PSM.AUTO, oem=tesserocr.OEM.LSTM_ONLY)
    options = read_options((await reader.models())[0])
    for path in (SAMPLES / "article.pdf", SAMPLES / "letter.pdf", SAMPLES / "receipt.jpg"):
        document = await renderer.open(path)
        for number in range(1, document.pages + 1):
            image = await renderer.render(document, number, options.longest_side)
            picture = Image.open(io.BytesIO(image.data)).convert("L")
            seconds, raw_seconds = [], []
            for _ in range(TURNS):
                began = time.perf_counter()
                text = await ask(reader, image, options)
                seconds.append(time.perf_counter() - began)
                began = time.perf_counter()
                bare.SetImage(picture)
                raw = bare.GetUTF8Text()
                raw_seconds.append(time.perf_counter() - began)
            truth = (SAMPLES / "truth" / f"{path.stem}-{number}.txt").read_text(encoding="utf-8")
            found.append(
                Figures(
                    f"{path.stem} {number}",
                    len(folded(truth)),
                    error_rate(text, truth),
                    error_rate(raw, truth),
                    min(seconds),
                    min(raw_seconds),
                )
            )
    return found


def show(name: str, pages: list[Figures]) -> tuple[str, ...]:
    """One row: a page, or several as one."""
    letters = sum(page.letters for page in pages)
    error, raw_error = (sum(p.letters * e for p, e in zip(pages, es, strict=True)) / letters for es in (
        [page.error for page in pages], [page.raw_error for page in pages]))  # fmt: skip
    seconds, raw_seconds = sum(page.seconds for page in pages), sum(page.raw_seconds for page in pages)
    return (
        name,
        str(letters),
        f"{error:.2%}",
        f"{raw_error:.2%}",
        f"{seconds / len(pages):.2f}",
        f"{raw_seconds / len(pages):.2f}",
        f"{seconds / raw_seconds - 1:+.0%}",
    )


def main() -> None:
    """Print the table."""
    with running_server(Settings(concurrency=1, local=NEVER)) as server, Renderer(workers=1) as renderer:
        pages = asyncio.run(measure(reader_of(server, []), renderer))
    table = Table("page", "letters", "CER", "bare CER", "s/page", "bare s/page", "overhead")
    for page in pages:
        table.add_row(*show(page.name, [page]))
    table.add_section()
    table.add_row(*show("article", [page for page in pages if page.name.startswith("article")]))
    table.add_row(*show("all", pages))
    Console().print(table)


if __name__ == "__main__":
    main()
