"""Chromium's own PDF viewer finds words in searchable PDFs, and marks them where they stand in the picture."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps
from playwright.async_api import Browser, Page

from ocr import read
from ocr.export import Format, Results, write_results
from tests.conftest import SAMPLES
from tests.export.test_pdf_writer import document

pytestmark = pytest.mark.anyio
MARKER_SATURATION = 25
"""Difference of blue and green where the viewer's lilac marker lies; paper, ink and wood have none."""


async def marked(page: Page, address: str) -> Image.Image:
    """What the viewer marks once it has found the text that the address names (`#:~:text=`)."""
    await page.goto(address)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        shot = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
        _, green, blue = shot.split()
        marker = ImageChops.subtract(blue, green).point(lambda value: 255 * (value > MARKER_SATURATION))
        if box := marker.crop(
            (shot.width // 3, 200, shot.width, shot.height)
        ).getbbox():  # beside the viewer's controls
            left, top, right, bottom = box
            return shot.crop((left + shot.width // 3, top + 200, right + shot.width // 3, bottom + 200))
    raise AssertionError("nothing was marked")


@pytest.mark.parametrize(
    ("name", "media_type", "word"),
    [("letter.pdf", "application/pdf", "bandstand"), ("receipt.jpg", "image/jpeg", "biscuit")],
)
async def test_searchable_pdf_in_a_viewer(
    name: str, media_type: str, word: str, browser: Browser, tmp_path: Path
) -> None:
    """Of a scan, and of a photo that lies on its side in its file: what is marked reads as the word looked for."""
    results = Results(document(SAMPLES / name, media_type), None, "", list(read(SAMPLES / name, verify=True)))
    (file,) = write_results(tmp_path, results, [Format.PDF])
    page = await browser.new_page(viewport={"width": 1000, "height": 1400}, device_scale_factor=3)
    if not await page.evaluate("navigator.pdfViewerEnabled"):
        pytest.skip("this Chromium has no PDF viewer")
    shown = await marked(page, f"{file.as_uri()}#:~:text={word}")
    await page.close()
    ImageOps.expand(shown.convert("L"), 40, 230).save(tmp_path / "marked.png")
    (seen,) = read(tmp_path / "marked.png")
    assert seen.markdown.strip(" .") == word
