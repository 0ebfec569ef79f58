"""Make the sample documents and their true text: `python assets/make_samples.py`.

The words stand in samples/source/*.toml, the typesetting in *.typ (Typst, with the fonts it carries, so that the files
do not depend on the machine's). The letter and the receipt are typeset, rendered and then worn: noise, skew, uneven
light. Everything random is seeded. Needs the extra `samples`.
"""

from __future__ import annotations

import io
import json
import math
import random
import re
import time
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import typst
from PIL import Image, ImageFilter

SAMPLES = Path(__file__).parent / "samples"
SOURCE = SAMPLES / "source"
TRUTH = SAMPLES / "truth"


def main() -> None:
    """Write all samples and all truths."""
    TRUTH.mkdir(exist_ok=True)
    article()
    letter()
    receipt()


def words(name: str) -> dict[str, Any]:
    """The words of a sample."""
    return tomllib.loads((SOURCE / f"{name}.toml").read_text(encoding="utf-8"))


def typeset(name: str, **inputs: str) -> bytes:
    """A PDF of a sample's words."""
    return typst.compile(SOURCE / f"{name}.typ", sys_inputs=inputs, ignore_system_fonts=True)


def render(pdf: bytes, dpi: int) -> Image.Image:
    """The only page of a PDF."""
    return pypdfium2.PdfDocument(pdf)[0].render(scale=dpi / 72).to_pil().convert("RGB")


def tell(name: str, page: int, lines: list[str]) -> None:
    """Write a page's true text, one paragraph a line."""
    (TRUTH / f"{name}-{page}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


# The article: three pages, two columns.


def article() -> None:
    """A PDF with a text layer, as typesetters make them."""
    paper = words("article")
    (SAMPLES / "article.pdf").write_bytes(typeset("article", plot=json.dumps({"curves": curves()})))
    pages: list[list[str]] = [
        [paper["title"], paper["authors"], paper["affiliation"], f"Abstract. {paper['abstract']}"]
    ]
    numbered = 0
    for block in paper["blocks"]:
        if block["kind"] == "heading":
            numbered += block.get("numbered", True)
            pages[-1].append((f"{numbered} " if block.get("numbered", True) else "") + block["text"])
        elif block["kind"] == "page":
            pages.append([])
        elif block["kind"] == "table":
            pages[-1].append(block["caption"])
            pages[-1] += ["\t".join(row) for row in [block["head"], *block["rows"]]]
        elif block["kind"] == "figure":
            pages[-1].append(block["caption"])
        elif block["kind"] == "note":
            note = "1" + block["text"]
        elif "text" in block:
            pages[-1].append(re.sub(r"_(\w+)_", r"\1", block["text"]).replace("{note}", "1"))
    pages[0].append(note)
    for number, lines in enumerate(pages, 1):
        tell("article", number, [*paper["running_head"], *lines, str(paper["first_page"] + number - 1)])


def curves() -> list[dict[str, Any]]:
    """The plot's lines, by the article's own equation, and marks scattered around them."""
    noise = random.Random(7)

    def wear(passes: float, day: float) -> float:
        kill, grow = 0.00046 * passes, 0.031
        steady = kill / (kill + grow)
        return steady * (1 - math.exp(-(kill + grow) * min(day, 40))) * math.exp(-grow * max(0.0, day - 40))

    shown = (("Station meadow", 412, (48, 0.9)), ("Orchard walk", 141, (19, 0.77)), ("Chapel yard", 52, (22, 0.12)))
    return [
        {
            "name": name,
            "label": label,
            "line": [(day, wear(passes, day)) for day in range(91)],
            "marks": [(day, wear(passes, day) + noise.gauss(0, 0.014)) for day in range(2, 90, 4)],
        }
        for name, passes, label in shown
    ]


# The letter: typed, signed, stamped, and scanned by somebody in a hurry.


def letter() -> None:
    """A PDF that holds one gray picture, as scanners make them."""
    page = render(typeset("letter"), 200).convert("L")
    page = page.filter(ImageFilter.GaussianBlur(0.7)).rotate(0.6, Image.Resampling.BICUBIC, fillcolor=255)
    rng = np.random.default_rng(11)
    height, width = page.height, page.width
    paper = 243 + 1.2 * smooth(rng, height, width, 24) + rng.normal(0, 2.4, (height, width))
    paper -= 26 * np.exp(-np.arange(width) / 55)[None, :]  # the shadow beside the glass
    gray = paper * (np.asarray(page, np.float32) / 255 * 0.86 + 0.14)
    for _ in range(90):  # dust
        x, y = rng.integers(0, width - 3), rng.integers(0, height - 3)
        gray[y : y + rng.integers(1, 3), x : x + rng.integers(1, 3)] -= rng.integers(20, 80)
    scan = Image.fromarray(np.clip(gray, 0, 255).astype(np.uint8))
    epoch = time.gmtime(0)
    scan.save(SAMPLES / "letter.pdf", resolution=200, quality=72, creationDate=epoch, modDate=epoch, producer="")
    source = words("letter")
    tell(
        "letter", 1, [*source["head"], *source["to"], source["date"], *source["body"], source["close"], source["name"]]
    )


# The receipt: a photo, held upright by its EXIF orientation only.


def receipt() -> None:
    """A JPEG whose pixels lie on their side."""
    slip = render(typeset("receipt"), 230).convert("L").filter(ImageFilter.GaussianBlur(0.8))
    rng = np.random.default_rng(5)
    height, width = slip.height + 300, slip.width + 360
    table = np.array([112, 84, 62], np.float32) * (1 + 0.05 * smooth(rng, height, width, 6, 90))[:, :, None]
    tilt = 1.2
    ink = slip.rotate(tilt, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    shape = Image.new("L", slip.size, 255).rotate(tilt, Image.Resampling.BICUBIC, expand=True)
    mask, white = Image.new("L", (width, height)), Image.new("L", (width, height), 255)
    mask.paste(shape, (180, 150))
    white.paste(ink, (180, 150))
    cover = np.asarray(mask, np.float32)[:, :, None] / 255
    shadow = np.asarray(mask.filter(ImageFilter.GaussianBlur(14)), np.float32)[:, :, None] / 255
    paper = np.array([246, 243, 236], np.float32) * (np.asarray(white, np.float32)[:, :, None] / 255 * 0.84 + 0.16)
    photo = table * (1 - 0.5 * shadow) * (1 - cover) + paper * cover
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    light = 1.04 - 0.3 * np.hypot(across - 0.35, down - 0.3)
    photo = photo * light[:, :, None] + rng.normal(0, 3, (height, width, 1))
    upright = Image.fromarray(np.clip(photo, 0, 255).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn me clockwise to look at me"
    stored = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(stored, "JPEG", quality=84, exif=exif)
    (SAMPLES / "receipt.jpg").write_bytes(stored.getvalue())
    source = words("receipt")
    rows = ["\t".join(row) for part in ("items", "sums") for row in source[part]]
    tell("receipt", 1, [*source["head"], *rows, *source["foot"]])


def smooth(rng: np.random.Generator, height: int, width: int, rows: int, columns: int | None = None) -> np.ndarray:
    """Slow random variation over a picture, about -1 to 1, of so many bumps."""
    bumps = Image.fromarray(rng.normal(0, 1, (rows, columns or rows)).astype(np.float32))
    return np.asarray(bumps.resize((width, height), Image.Resampling.BICUBIC))


if __name__ == "__main__":
    main()
