"""How much better photographs are read once their sheets are straightened, and whether flat scans are left alone.

    python -m bench.photos [--photos 40]

The pages of two samples are photographed by `bench.made_photos` on each surface in turn; the CPU engine reads each
photograph as taken, straightened alone, and with its light evened too. "CER": the character error rate as
`bench.accuracy` has it; "worse": photographs with a rate larger by more than 1 % than as taken; "off": the largest
distance of a corner from where it is, in thousandths of the picture's sides. Milliseconds are of one core's time:
finding the sheet, and making a page of 1,540 pixels of it, in a photograph of 7.7 megapixels. Flat pictures are the
pages as rendered, and as scans: noisy, askew, with a printed frame, with a black margin.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from statistics import mean, median

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageOps
from rich.console import Console
from rich.table import Table

from bench.accuracy import SAMPLES, ask, error_rate
from bench.made_photos import SURFACES, MadePhoto, made_photo
from bench.orientation import pages, scanned
from ocr.config.arguments import NEVER
from ocr.config.profiles import ReadOptions, read_options
from ocr.config.settings import Settings
from ocr.documents.encoding import encode
from ocr.documents.flatten_sheet import Pixels, evened, sheet_size, straightened
from ocr.documents.image_size import fitted_size
from ocr.documents.renderer import Renderer
from ocr.documents.sheet_edges import find_sheet
from ocr.engines.select import running_server
from ocr.engines.waiting_reader import reader_of
from ocr.inference.reader import Reader
from ocr.photo_sheets import SheetCorners


@dataclass
class Figures:
    """What was measured of one photograph."""

    surface: str
    off: float | None
    """None where no sheet was found."""
    find_ms: float
    make_ms: float
    errors: tuple[float, float, float]
    """As taken, straightened, evened too; alike where no sheet was found."""


def made(pixels: Pixels, corners: SheetCorners, longest_side: int) -> tuple[Pixels, Pixels]:
    """The sheet straightened, and with its light evened."""
    size = fitted_size(sheet_size(corners, (pixels.shape[1], pixels.shape[0])), longest_side)
    flat = straightened(pixels, corners, size)
    return flat, evened(flat)


async def read(reader: Reader, image: Image.Image, options: ReadOptions, truth: str) -> float:
    """The character error rate of a picture."""
    image.thumbnail((options.longest_side, options.longest_side), Image.Resampling.LANCZOS)
    return error_rate(await ask(reader, encode(image, photographic=True), options), truth)


async def measure(reader: Reader, photo: MadePhoto, surface: str, options: ReadOptions, truth: str) -> Figures:
    """One photograph."""
    picture = Image.open(io.BytesIO(photo.jpeg)).convert("RGB")
    pixels = np.asarray(picture)
    began = time.process_time()
    corners = find_sheet(pixels)
    found = time.process_time()
    if corners:
        made(pixels, corners, 1540)
    done = time.process_time()
    as_taken = await read(reader, picture, options, truth)
    errors = [as_taken, as_taken]
    if corners:
        ways = made(pixels, corners, options.longest_side)
        errors = [await read(reader, Image.fromarray(way), options, truth) for way in ways]
    off = float(np.abs(np.array(corners) - photo.corners).max()) if corners else None
    return Figures(surface, off, (found - began) * 1000, (done - found) * 1000, (as_taken, errors[0], errors[1]))


async def photographs(count: int, reader: Reader, renderer: Renderer) -> list[Figures]:
    """So many photographs of the samples' pages."""
    options = read_options((await reader.models())[0])
    sheets = []
    for path in (SAMPLES / "article.pdf", SAMPLES / "letter.pdf"):
        document = await renderer.open(path)
        for number in range(1, document.pages + 1):
            page = Image.open(io.BytesIO((await renderer.render(document, number, 2339)).data))
            sheets.append((page, (SAMPLES / "truth" / f"{path.stem}-{number}.txt").read_text(encoding="utf-8")))
    figures = []
    for seed in range(count):
        (page, truth), surface = sheets[seed % len(sheets)], SURFACES[seed % len(SURFACES)]
        figures.append(await measure(reader, made_photo(page, seed, surface), surface, options, truth))
    return figures


def flat_pictures() -> Iterator[Image.Image]:
    """Pictures that show a page and nothing else; a scan may have a margin of the scanner's lid."""
    for side in (1000, 1540, 2339):
        for page in islice(pages(side), 4):  # the fifth, a receipt on a table, is a photograph
            yield page
            yield scanned(page)
            yield scanned(page).rotate(2, Image.Resampling.BICUBIC, fillcolor=232)
            framed = page.convert("RGB")
            ImageDraw.Draw(framed).rectangle(
                (side // 20, side // 20, page.width - side // 20, page.height - side // 20), outline="black", width=3
            )
            yield framed
            yield ImageOps.expand(ImageOps.crop(page, 8), 8, 20)


def show(name: str, figures: list[Figures]) -> tuple[str, ...]:
    """One row."""
    found = [one for one in figures if one.off is not None]
    errors = [
        f"{mean(one.errors[way] for one in figures):.1%} ({median(one.errors[way] for one in figures):.1%})"
        for way in range(3)
    ]
    offs = [one.off for one in found if one.off is not None]
    return (
        name, str(len(figures)), str(len(found)),
        f"{median(offs):.1f}" if offs else "", f"{max(offs):.1f}" if offs else "",
        *errors, str(sum(one.errors[2] > one.errors[0] + 0.01 for one in figures)),
        f"{mean(one.find_ms for one in figures):.0f}", f"{mean(one.make_ms for one in found):.0f}" if found else "",
    )  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=40, help="number of photographs")
    count = parser.parse_args().photos
    cv2.setNumThreads(1)
    with running_server(Settings(concurrency=1, local=NEVER)) as server, Renderer(workers=1) as renderer:
        figures = asyncio.run(photographs(count, reader_of(server, []), renderer))
    table = Table(
        "on", "photos", "found", "off", "at most", "CER as taken (median)", "straightened", "evened", "worse",
        "find ms", "make ms",
    )  # fmt: skip
    for surface in SURFACES:
        if of_it := [one for one in figures if one.surface == surface]:
            table.add_row(*show(surface, of_it))
    table.add_section()
    table.add_row(*show("all", figures))
    Console(width=150).print(table)
    flat = [find_sheet(np.asarray(picture)) for picture in flat_pictures()]
    print(f"flat pictures: {len(flat)}, of which {sum(one is not None for one in flat)} were taken for photographs")


if __name__ == "__main__":
    main()
