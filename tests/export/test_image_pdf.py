"""image_pdf.py: pictures of every format as pages, with the text in its place."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageOps

from ocr.export.image_pdf import image_pdf
from ocr.photo_sheets import SheetCorners
from ocr.types import Box
from tests.documents.photographs import letter_photo, photo_document
from tests.export.placed_papers import read_page
from tests.export.test_pdf_writer import check_syntax, document, rendered, words_of, written


def picture(path: Path, form: str, **options: object) -> Path:
    image = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(image).rectangle((30, 20, 120, 60), fill="navy")
    if form == "WEBP":
        image.putalpha(Image.linear_gradient("L").resize((300, 200)))
    image.save(path, form, **options)
    return path


@pytest.mark.parametrize(
    ("form", "media_type", "options", "pages"),
    [
        ("PNG", "image/png", {}, 1),
        ("WEBP", "image/webp", {"lossless": True}, 1),
        ("GIF", "image/gif", {}, 1),
        ("BMP", "image/bmp", {}, 1),
        ("JPEG2000", "image/jp2", {}, 1),
        ("TIFF", "image/tiff", {"save_all": True, "append_images": [Image.new("L", (300, 200), 9)]}, 2),
    ],
)
def test_image_pdf_of_pictures(
    form: str, media_type: str, options: dict[str, object], pages: int, tmp_path: Path
) -> None:
    """Each format becomes pages of its pixels, on white paper."""
    path = picture(tmp_path / "a", form, **options)
    data = written(document(path, media_type, pages), read_page(1, "![text](100,100,400,300) blue"))
    assert words_of(data) == ["blue"]
    with pikepdf.open(io.BytesIO(data)) as made:
        assert len(made.pages) == pages
        (inside,) = made.pages[0].get_images().values()
        pixels = pikepdf.PdfImage(inside).as_pil_image().convert("RGB")
    with Image.open(path) as image:
        expected = image.convert("RGBA")
    paper = Image.new("RGBA", expected.size, "white")
    assert ImageChops.difference(pixels, Image.alpha_composite(paper, expected).convert("RGB")).getextrema() == (
        ((0, 0),) * 3
    )
    check_syntax(data)


@pytest.mark.parametrize("orientation", [2, 3, 6])
def test_image_pdf_of_a_turned_photo(orientation: int, tmp_path: Path) -> None:
    """A photo stands as its camera was held, and so does the text."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = picture(tmp_path / "a", "JPEG", exif=exif)
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
    box = ImageOps.invert(upright.convert("L")).point(lambda value: 255 * (value > 90)).getbbox()
    assert box
    corners = Box(*[round(1000 * at / side) for at, side in zip(box, upright.size * 2, strict=True)]).as_list()
    page = read_page(1, f"![text]({','.join(map(str, corners))}) navy", *upright.size)
    data = written(document(path, "image/jpeg"), page)
    seen = rendered(data, scale=upright.width / rendered(data).width)
    assert seen.getpixel((box[0] + 9, box[1] + 9))[2] > 90 > seen.getpixel((box[0] + 9, box[1] + 9))[0]  # type: ignore[index]
    assert words_of(data) == ["navy"]


def navy(image: Image.Image) -> tuple[int, int, int, int]:
    """Where its rectangle is."""
    box = ImageOps.invert(image.convert("L")).point(lambda value: 255 * (value > 90)).getbbox()
    assert box
    return box


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_image_pdf_of_a_turned_tiff(orientation: int, alpha: bool, tmp_path: Path) -> None:
    """Each frame of a scan stands as the file says, whether or not its pixels go into the PDF as they are."""
    path = picture(tmp_path / "upright", "PNG")
    with Image.open(path) as image:
        if alpha:
            image.putalpha(255)
        rest = image.copy()
        rest.encoderinfo = {"tiffinfo": {0x0112: 1}}
        image.save(tmp_path / "a", "TIFF", save_all=True, append_images=[rest], tiffinfo={0x0112: orientation})
    target = io.BytesIO()
    image_pdf(document(tmp_path / "a", "image/tiff", 2), target)
    with Image.open(tmp_path / "a") as image:
        for number in (0, 1):
            image.seek(number)
            image.load()  # Pillow turns it
            seen = rendered(target.getvalue(), number)
            assert navy(seen.resize(image.size)) == pytest.approx(navy(image), abs=4)
            assert seen.width / seen.height == pytest.approx(image.width / image.height, rel=0.02)


def test_image_pdf_of_some_frames(tmp_path: Path) -> None:
    """Those not asked for are not even decoded: a damaged one among them does no harm."""
    frames = [Image.new("L", (300, 200), shade) for shade in (50, 100, 150)]
    path = tmp_path / "a"
    frames[0].save(path, "TIFF", save_all=True, append_images=frames[1:], compression="tiff_lzw")
    with Image.open(path) as image:
        image.seek(1)
        (start,) = image.tag_v2[0x0111][:1]
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xff" * 8)
    data = written(document(path, "image/tiff", 3), read_page(3, "![text](100,100,400,300) blue"), whole=False)
    assert words_of(data) == ["blue"]
    with pikepdf.open(io.BytesIO(data)) as made:
        assert len(made.pages) == 1
    assert rendered(data).getpixel((9, 9)) == (150, 150, 150)


def test_image_pdf_of_a_photo_with_broken_exif(tmp_path: Path) -> None:
    """A file that tells nonsense of its camera stands as its pixels do."""
    path = picture(tmp_path / "a", "WEBP", exif=b"Exif\x00\x00garbage!")
    data = written(document(path, "image/webp"), read_page(1, "![text](100,100,400,300) blue"))
    assert words_of(data) == ["blue"]
    assert rendered(data).size == (225, 150)


def test_image_pdf_of_a_straightened_photo(tmp_path: Path) -> None:
    """The page is the sheet that was read: there its words have their places."""
    taken = photo_document(tmp_path)
    corners = SheetCorners.of(letter_photo().corners.tolist())
    page = replace(read_page(1, "![text](100,100,400,300) blue"), corners=corners)
    data = written(taken, page)
    assert words_of(data) == ["blue"]
    with pikepdf.open(io.BytesIO(data)) as made:
        (inside,) = made.pages[0].get_images().values()
        pixels = pikepdf.PdfImage(inside).as_pil_image()
    assert pixels.height / pixels.width == pytest.approx(842 / 595, rel=0.06)
    assert min(pixels.convert("L").resize((8, 11), Image.Resampling.BOX).tobytes()) > 150  # no table around it
    check_syntax(data)
