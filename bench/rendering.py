"""How long a page takes to render and encode: bare PDFium and Pillow in this process, and through `Renderer`.

    python -m bench.rendering [FILE.pdf] [--pages 40] [--longest-side 1540]

Without a file it makes two: pages of text, and pages that are scans. Every figure is the best of five runs, taken in
turns, in milliseconds of wall time a page; the ratio is to the bare run. Only the open processes outlive a run.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

from ocr.documents.encoding import without_colour
from ocr.documents.renderer import Renderer

RUNS = 5


def text_pdf(path: Path, pages: int, given: Sequence[str] = ()) -> Path:
    """Pages of black text: one content stream each, written by hand; of these lines without parentheses, if any."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>"]
    kids = []
    for page in range(pages):
        made = [f"Line {line} of page {page}: {'the quick brown fox ' * 4}" for line in range(50)]
        lines = " ".join(f"({line}) '" for line in given or made)
        content = f"BT /F 11 Tf 15 TL 50 800 Td {lines} ET"
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects) + 2} 0 R"
            " /Resources << /Font << /F 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(content)} >> stream\n{content}\nendstream")
    objects[1] = f"<< /Type /Pages /Count {pages} /Kids [{' '.join(kids)}] >>"
    body, offsets = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    path.write_bytes(f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode("ascii"))
    return path


def scan_pdf(path: Path, pages: int) -> Path:
    """Pages that are a JPEG at 200 DPI, of paper with noise."""
    sheets = []
    for page in range(pages):
        sheet = Image.effect_noise((1654, 2339), 12).point(lambda value: value + 100).convert("RGB")
        draw = ImageDraw.Draw(sheet)
        for line in range(60):
            draw.text((120, 120 + 34 * line), f"{page} {line} the quick brown fox " * 3, (20, 20, 30), _font())
        sheets.append(sheet)
    sheets[0].save(path, "PDF", save_all=True, append_images=sheets[1:], resolution=200, quality=85)
    return path


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(24)


def bare(path: Path, longest_side: int, media_type: str) -> int:
    """What the work itself costs: render, encode as `Renderer` would, drop."""
    pdf = pypdfium2.PdfDocument(path)
    for page in pdf:
        image = page.render(scale=longest_side / max(page.get_size()), rev_byteorder=True).to_pil()
        if media_type == "image/jpeg":
            image.save(io.BytesIO(), "JPEG", quality=95)
        else:
            without_colour(image).save(io.BytesIO(), "PNG", compress_level=1)
        page.close()
    count = len(pdf)
    pdf.close()
    return count


def through(renderer: Renderer, path: Path, longest_side: int) -> int:
    """The same pages through the worker processes, all asked for at once."""

    async def run() -> int:
        document = await renderer.open(path)
        await asyncio.gather(*(renderer.render(document, number + 1, longest_side) for number in range(document.pages)))
        return document.pages

    return asyncio.run(run())


def best(*ways: Callable[[], int]) -> list[float]:
    """Milliseconds a page of each way, taken in turns so that a busy moment falls on all alike."""
    taken: list[list[float]] = [[] for _ in ways]
    for _ in range(RUNS):
        for way, times in zip(ways, taken, strict=True):
            begun = time.perf_counter()
            pages = way()
            times.append(1000 * (time.perf_counter() - begun) / pages)
    return [min(times) for times in taken]


def measure(path: Path, longest_side: int) -> list[float]:
    """Bare, one worker, two workers."""
    with Renderer(workers=1) as one, Renderer(workers=2) as two:
        media_type = asyncio.run(_encoding(one, path, longest_side))
        through(two, path, longest_side)  # the processes have started
        return best(
            lambda: bare(path, longest_side, media_type),
            lambda: through(one, path, longest_side),
            lambda: through(two, path, longest_side),
        )


async def _encoding(renderer: Renderer, path: Path, longest_side: int) -> str:
    return (await renderer.render(await renderer.open(path), 1, longest_side)).media_type


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--longest-side", type=int, default=1540)
    options = parser.parse_args()
    table = Table("document", "bare, ms a page", "1 worker", "ratio", "2 workers", "ratio", title="Rendering")
    with tempfile.TemporaryDirectory() as folder:
        files = (
            [options.file]
            if options.file
            else [
                text_pdf(Path(folder) / "text", options.pages),
                scan_pdf(Path(folder) / "scans", options.pages),
            ]
        )
        for path in files:
            alone, one, two = measure(path, options.longest_side)
            table.add_row(
                path.name, f"{alone:.1f}", f"{one:.1f}", f"{one / alone:.2f}", f"{two:.1f}", f"{two / alone:.2f}"
            )
    Console().print(table)


if __name__ == "__main__":
    main()
