"""A page that lies on its side is turned; one that stands upright, or says too little, never is."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from ocr.documents.renderer import Renderer
from ocr.documents.worker_tasks import DocumentLimits
from ocr.engines.tesseract import orientation, tessdata
from ocr.engines.tesseract.orientation import turn_upright
from ocr.errors import EngineFailed
from tests.conftest import SAMPLES
from tests.documents.papers import drawing, jpeg, pdf, photo, scan_pdf, text_page

pytestmark = pytest.mark.anyio

LAID = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
"""Degrees clockwise; Pillow counts the other way round."""


async def page(name: str, number: int) -> Image.Image:
    with Renderer(workers=1) as renderer:
        document = await renderer.open(SAMPLES / name)
        return Image.open(io.BytesIO((await renderer.render(document, number, 1540)).data)).convert("L")


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "number", "laid"),
    [
        ("letter.pdf", 1, (90, 180, 270)),
        ("article.pdf", 1, (90,)),
        ("article.pdf", 2, (180,)),
        ("article.pdf", 3, (270,)),
        ("receipt.jpg", 1, (90,)),
    ],
)
async def test_orientation_of_each_sample(name: str, number: int, laid: tuple[int, ...]) -> None:
    """Left alone as it is, turned right when it lies; each look takes Tesseract a second."""
    upright = await page(name, number)
    assert turn_upright(png(upright)) == 0
    for degrees in laid:
        assert turn_upright(png(upright.transpose(LAID[degrees]))) == 360 - degrees


@pytest.mark.parametrize("name", ["few words", "no words", "photo", "tiny"])
async def test_orientation_of_what_says_too_little(name: str, tmp_path: Path) -> None:
    """However it lies."""
    few = pdf(tmp_path / "few.pdf", b"BT /F 11 Tf 60 800 Td (See page 7.) Tj ET")
    with Renderer(workers=1) as renderer:
        words = await renderer.render(await renderer.open(few), 1, 1540)
    made = {
        "few words": Image.open(io.BytesIO(words.data)).convert("L"),
        "no words": drawing(1000, 1400),
        "photo": photo(600, 800),
        "tiny": Image.new("L", (3, 2)),
    }[name]
    for laid in (made, *(made.transpose(how) for how in LAID.values())):
        assert turn_upright(png(laid)) == 0


async def test_orientation_in_the_render_worker(tmp_path: Path) -> None:
    """A scan that lies is rendered upright, and its figures are cut from that; one that stands is as it was."""
    lies = (await page("receipt.jpg", 1)).transpose(LAID[90]).convert("RGB")
    scan = scan_pdf(tmp_path / "lies.pdf", jpeg(lies), lies.size, (842, 595))
    upright = pdf(tmp_path / "stands.pdf", text_page(1))
    with Renderer(workers=1, limits=DocumentLimits(max_seconds=200)) as renderer:
        document, other = await renderer.open(scan), await renderer.open(upright)
        as_it_is = await renderer.render(document, 1, 1000)
        turned = await renderer.render(document, 1, 1000, upright=True)
        stands = await renderer.render(other, 1, 1000, upright=True)
        assert stands == await renderer.render(other, 1, 1000)
    assert (as_it_is.rotation, as_it_is.width > as_it_is.height) == (0, True)
    assert (turned.rotation, turned.width < turned.height) == (270, True)


def test_orientation_without_its_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What to install is said before anything is read."""
    monkeypatch.setattr(tessdata, "USUAL_PLACES", ())
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    orientation.available.cache_clear()
    with pytest.raises(EngineFailed, match="tesseract-ocr-osd"):
        orientation.check()
    assert not orientation.available()
    orientation.available.cache_clear()
