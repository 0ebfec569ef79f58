"""Whether pages that lie are found, whether any that stand are turned, and what looking costs.

    python -m bench.orientation

The pages are the samples': as rendered at some sizes, as faint, noisy scans of 200 and of 130 DPI, and the upper eighth
of each alone. Each is laid in three ways. "Right": turned as it should be; "left": left as it lies, for want of
certainty; "wrong": turned otherwise. "Turned": though it stood upright. Milliseconds are of one core's time, for a look
at a page that stands.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageFilter
from rich.console import Console
from rich.table import Table

from ocr.documents.worker_tasks import DocumentLimits, open_document, render_page
from ocr.engines.tesseract.orientation import turn_upright
from ocr.types import ImageSpec

SAMPLES = Path(__file__).parent.parent / "assets" / "samples"
SIDES = (1000, 1540, 2048)


def pages(side: int) -> Iterator[Image.Image]:
    """Every page of the samples, gray."""
    limits = DocumentLimits()
    for path in (SAMPLES / name for name in ("article.pdf", "letter.pdf", "receipt.jpg")):
        document = open_document(path, path.name, None, limits)
        for number in range(1, document.pages + 1):
            yield Image.open(io.BytesIO(render_page(document, number, ImageSpec(side), limits).data)).convert("L")


def scanned(page: Image.Image) -> Image.Image:
    """Gray on gray, blurred, noisy, and one degree askew."""
    askew = page.rotate(1, Image.Resampling.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(0.7))
    faint = askew.point(lambda value: value * 0.4 + 130)
    return Image.blend(faint, Image.effect_noise(page.size, 50), 0.2)


def shrunk(page: Image.Image, side: int) -> Image.Image:
    """As a page is rendered for the model: its longer side of so many pixels."""
    page.thumbnail((side, side), Image.Resampling.LANCZOS)
    return page


def laid(page: Image.Image, degrees: int) -> bytes:
    """Turned clockwise, as a file."""
    buffer = io.BytesIO()
    page.rotate(-degrees, expand=True).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def main() -> None:
    """Print the table."""
    shown = Table("pages", "laid", "right", "left", "wrong", "upright", "turned", "ms")
    sets = {f"{side} px": list(pages(side)) for side in SIDES}
    sets["scan, 200 DPI"] = [shrunk(scanned(page), 1540) for page in pages(2339)]
    sets["scan, 130 DPI"] = [scanned(page) for page in sets["1540 px"]]
    sets["their upper eighth"] = [page.crop((0, 0, page.width, page.height // 8)) for page in sets["1540 px"]]
    for name, group in sets.items():
        found = [(turn, turn_upright(laid(page, turn))) for page in group for turn in (90, 180, 270)]
        began = time.process_time()
        stood = [turn_upright(laid(page, 0)) for page in group]
        spent = (time.process_time() - began) / len(group) * 1000
        right = sum(answer == 360 - turn for turn, answer in found)
        left = sum(answer == 0 for _, answer in found)
        wrong = len(found) - right - left
        turned = sum(map(bool, stood))
        shown.add_row(name, *map(str, (len(found), right, left, wrong, len(stood), turned)), f"{spent:.0f}")
    Console().print(shown)


if __name__ == "__main__":
    main()
