"""Image files become pages that are upright, opaque, 8 bits deep, no larger than asked, and cheap to send."""

from collections.abc import Iterator
from pathlib import Path

import numpy
import pillow_heif
import pytest
from PIL import Image, ImageChops

from ocr.documents.renderer import Renderer
from ocr.documents.worker_tasks import DocumentLimits
from ocr.errors import DamagedDocument, PageTooLarge, RenderFailed
from ocr.types import PageImage
from tests.documents.papers import decoded, drawing, gray_tiff, photo

pytestmark = pytest.mark.anyio
pillow_heif.register_heif_opener()

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as renderer:
        yield renderer


async def read(renderer: Renderer, path: Path, longest_side: int = 1540, number: int = 1) -> PageImage:
    return await renderer.render(await renderer.open(path), number, longest_side)


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [
        ("png", "image/png"),
        ("jpg", "image/jpeg"),
        ("webp", "image/webp"),
        ("tif", "image/tiff"),
        ("bmp", "image/bmp"),
        ("gif", "image/gif"),
        ("heic", "image/heic"),
        ("avif", "image/avif"),
        ("jp2", "image/jp2"),
        ("j2k", "image/jp2"),
    ],
)
async def test_each_format_is_read_whatever_its_name(
    renderer: Renderer, tmp_path: Path, suffix: str, media_type: str
) -> None:
    """The picture arrives as it was drawn, shrunk to the side asked for."""
    original = drawing(2000, 1000)
    original.save(tmp_path / f"page.{suffix}")
    path = (tmp_path / f"page.{suffix}").rename(tmp_path / "page.pdf")
    document = await renderer.open(path)
    assert (document.media_type, document.pages) == (media_type, 1)
    page = decoded(await renderer.render(document, 1, 1000))
    assert page.size == (1000, 500)
    wanted = original.resize((1000, 500), Image.Resampling.LANCZOS).convert("L")
    difference = ImageChops.difference(page.convert("L"), wanted).histogram()
    assert sum(difference[48:]) < 0.005 * 1000 * 500


async def test_every_tiff_frame_is_a_page(renderer: Renderer, tmp_path: Path) -> None:
    """In their order, each at its own size."""
    frames = [drawing(100 * number, 300) for number in range(1, 4)]
    frames[0].save(tmp_path / "fax.tif", save_all=True, append_images=frames[1:])
    document = await renderer.open(tmp_path / "fax.tif")
    assert document.pages == 3
    widths = [(await renderer.render(document, number, 1540)).width for number in (3, 1, 2)]
    assert widths == [300, 100, 200]


RAMP = numpy.linspace(0, 1, 64, dtype="f4")[None, :].repeat(48, 0)
DEEP = {
    "16 bits": (RAMP * 65535).astype("u2"),
    "12 of 16 bits": (RAMP * 4095).astype("u2"),
    "fractions": RAMP,
    "floats up to 255": RAMP * 255,
    "floats about zero": RAMP * 20 - 10,
    "floats with gaps": RAMP.copy(),
}


DEEP["floats with gaps"][:, 5:7] = numpy.nan, numpy.inf


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("name", DEEP)
async def test_deep_gray_tiff_keeps_its_shades(renderer: Renderer, tmp_path: Path, name: str, order: str) -> None:
    """In either byte order, from black to white, whatever numbers stand for them; shrunk as well."""
    values = DEEP[name].repeat(30, 0).repeat(30, 1)
    (tmp_path / "deep.tif").write_bytes(gray_tiff(values, order))
    for side in (1920, 300):
        page = decoded(await read(renderer, tmp_path / "deep.tif", side)).convert("L")
        row = [page.getpixel((page.width * at // 64, page.height // 2)) for at in (1, 16, 32, 48, 62)]
        assert row == pytest.approx([4, 65, 130, 194, 251], abs=6)


@pytest.mark.parametrize("kind", ["u2", "f4"])
async def test_deep_tiff_where_zero_is_white(renderer: Renderer, tmp_path: Path, kind: str) -> None:
    """Black ink on white paper, not the other way round."""
    values = (RAMP * (65535 if kind == "u2" else 1)).astype(kind)
    (tmp_path / "scan.tif").write_bytes(gray_tiff(values, white_is_zero=True))
    page = decoded(await read(renderer, tmp_path / "scan.tif")).convert("L")
    assert (page.getpixel((0, 9)), page.getpixel((63, 9))) == (255, 0)


async def test_tiff_of_one_value_below_zero(renderer: Renderer, tmp_path: Path) -> None:
    """There is neither black nor white in it; it is a page all the same."""
    (tmp_path / "even.tif").write_bytes(gray_tiff(numpy.full((48, 64), -3, "f4")))
    assert (await read(renderer, tmp_path / "even.tif")).blank


async def test_animation_is_its_first_frame(renderer: Renderer, tmp_path: Path) -> None:
    """An animated GIF is one page, not hundreds."""
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    document = await renderer.open(tmp_path / "moving.gif")
    assert document.pages == 1
    assert decoded(await renderer.render(document, 1, 100)).convert("RGB").getpixel((5, 5)) == (255, 0, 0)


async def test_small_pictures_are_never_enlarged(renderer: Renderer, tmp_path: Path) -> None:
    """And large ones have exactly the side asked for, in their proportions."""
    for size, wanted in (((300, 200), (300, 200)), ((3000, 1999), (1540, 1026)), ((9000, 90), (1540, 15))):
        drawing(*size).save(tmp_path / "page.png")
        page = await read(renderer, tmp_path / "page.png")
        assert (page.width, page.height) == wanted


@pytest.mark.parametrize("suffix", ["png", "jpg"])
@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((3000, 1999), (1540, 1036)), ((9000, 90), (1540, 28)), ((300, 200), (308, 196)), ((5, 3), (28, 28)),
        ((280, 196), (280, 196)),
    ],
)  # fmt: skip
async def test_picture_fills_whole_patches(
    renderer: Renderer, tmp_path: Path, suffix: str, size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    """It is stretched to multiples of a patch, with no margin; a JPEG of such a size goes on as it is."""
    picture = Image.new("RGB", size, "navy")
    picture.save(tmp_path / f"page.{suffix}", quality=90)
    page = await renderer.render(await renderer.open(tmp_path / f"page.{suffix}"), 1, 1540, multiple=28)
    assert (page.width, page.height) == wanted
    assert decoded(page).convert("RGB").getextrema() == tuple(
        (pytest.approx(value, abs=3),) * 2 for value in (0, 0, 128)
    )
    as_it_is = page.data == (tmp_path / f"page.{suffix}").read_bytes()
    assert as_it_is == (suffix == "jpg" and size == wanted)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "tif", "png", "webp"])
async def test_exif_orientation_is_applied(renderer: Renderer, tmp_path: Path, orientation: int, suffix: str) -> None:
    """All eight ways to hold a camera, and a large photo as well as a small one: the dark corner is upper left."""
    back = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    upright = photo(400, 200)
    stored = upright if back is None else upright.transpose(back)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / f"photo.{suffix}", exif=exif)
    for longest_side, size in ((1540, (400, 200)), (100, (100, 50))):
        page = decoded(await read(renderer, tmp_path / f"photo.{suffix}", longest_side))
        assert page.size == size
        width, height = size
        corner, rest = page.convert("L").crop((0, 0, width // 2, height // 2)), page.convert("L")
        assert corner.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)) < 60  # type: ignore[operator]
        assert rest.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)) > 80  # type: ignore[operator]


async def test_garbage_exif_does_not_lose_the_page(renderer: Renderer, tmp_path: Path) -> None:
    """A camera's broken note about a photo is not the photo."""
    drawing(300, 200).save(tmp_path / "photo.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\x7fgarbage")
    assert (await read(renderer, tmp_path / "photo.jpg")).width == 300


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "PA"])
@pytest.mark.parametrize("side", [200, 2000])
async def test_transparency_becomes_white_paper(renderer: Renderer, tmp_path: Path, mode: str, side: int) -> None:
    """Whatever colour hides under it; half-transparent ink is half as dark."""
    picture = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, side // 2, side // 2))
    if mode in ("RGBA", "LA"):
        picture.paste((0, 0, 0, 128), (side // 2, side // 2, side, side))
    suffix = "tif" if mode == "PA" else "png"
    if mode == "PA":
        picture.convert("LA").save(tmp_path / "page.tif")
    else:
        picture.convert(mode).save(tmp_path / "page.png")
    page = decoded(await read(renderer, tmp_path / f"page.{suffix}", 200)).convert("RGB")
    assert page.getpixel((50, 50)) == BLACK
    assert page.getpixel((150, 50)) == WHITE
    if mode in ("RGBA", "LA"):
        assert page.getpixel((150, 150)) == (127, 127, 127)


@pytest.mark.parametrize("side", [256, 2560])
@pytest.mark.parametrize(("mode", "white"), [("I;16", 65535), ("I;16", 4095), ("I", 65535), ("F", 1.0), ("F", 255.0)])
async def test_deep_gray_is_scaled_not_clipped(
    renderer: Renderer, tmp_path: Path, side: int, mode: str, white: float
) -> None:
    """A ramp from black to white stays one, at 12 or 16 bits, 32, or in fractions; also when it is shrunk."""
    ramp = Image.linear_gradient("L").rotate(90).resize((side, side))
    deep = ramp.convert("F").point(lambda value: value * (white / 255) + 0)
    if mode != "F":
        deep = deep.convert("I")
    if mode == "I;16":
        deep = deep.convert("I;16")
    deep.save(tmp_path / "ramp.tif")
    page = decoded(await read(renderer, tmp_path / "ramp.tif", 256))
    assert page.mode == "L"
    for column in (5, 64, 128, 192, 250):
        assert page.getpixel((column, 100)) == pytest.approx(ramp.resize((256, 256)).getpixel((column, 100)), abs=3)


async def test_cmyk_becomes_rgb(renderer: Renderer, tmp_path: Path) -> None:
    """As TIFF and as a print shop's JPEG, whose values are inverted."""
    for name in ("page.tif", "page.jpg"):
        Image.new("CMYK", (300, 300), (0, 255, 255, 0)).save(tmp_path / name, quality=95)
        assert decoded(await read(renderer, tmp_path / name)).convert("RGB").getpixel((9, 9)) == pytest.approx(
            (255, 0, 0), abs=3
        )


async def test_one_bit_pages_keep_their_grays_when_shrunk(renderer: Renderer, tmp_path: Path) -> None:
    """A fax shrunk without smoothing loses strokes."""
    drawing(3000, 3000, "1").save(tmp_path / "fax.tif", compression="group4")
    page = decoded(await read(renderer, tmp_path / "fax.tif", 1000))
    assert page.mode == "L"
    assert len(page.getcolors() or []) > 4


async def test_drawings_go_as_png_and_photos_as_jpeg(renderer: Renderer, tmp_path: Path) -> None:
    """By what they show, not by how they were stored; gray in one channel."""
    drawing(800, 600).save(tmp_path / "screenshot.png")
    photo(800, 600).save(tmp_path / "photo.png")
    coloured = drawing(800, 600)
    coloured.paste((200, 0, 0), (0, 0, 50, 50))
    coloured.save(tmp_path / "coloured.png")
    pages = [decoded(await read(renderer, tmp_path / f"{name}.png")) for name in ("screenshot", "photo", "coloured")]
    assert [(page.format, page.mode) for page in pages] == [("PNG", "L"), ("JPEG", "RGB"), ("PNG", "RGB")]


async def test_jpeg_that_fits_goes_on_byte_for_byte(renderer: Renderer, tmp_path: Path) -> None:
    """Nothing is lost and nothing spent; but not if it is turned, too large, or tells where it was taken."""
    path = tmp_path / "scan.jpg"
    photo(600, 400).save(path, dpi=(200, 200))
    assert (await read(renderer, path)).data == path.read_bytes()
    assert (await read(renderer, path, 500)).data != path.read_bytes()
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 30.0)}
    photo(600, 400).save(path, exif=exif)
    page = await read(renderer, path)
    assert page.data != path.read_bytes()
    assert not decoded(page).getexif()


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "gif", "bmp", "heic", "avif", "jp2"])
async def test_cut_off_picture_fails_with_its_reason(renderer: Renderer, tmp_path: Path, suffix: str) -> None:
    """At opening or at rendering, as a document's or a page's error; nothing else escapes, and no path is told."""
    path = tmp_path / f"cut.{suffix}"
    photo(600, 400).save(path)
    whole = path.read_bytes()
    for keep in (len(whole) // 2, len(whole) // 10, 60):
        path.write_bytes(whole[:keep])
        with pytest.raises((RenderFailed, DamagedDocument)) as caught:
            await read(renderer, path)
        assert caught.value.next_step
        assert str(tmp_path) not in str(caught.value)


async def test_pixel_limit_is_ours(tmp_path: Path) -> None:
    """Stated in the error, and set by the caller; a picture of exactly that size is read."""
    drawing(100, 100).save(tmp_path / "fits.png")
    drawing(101, 100).save(tmp_path / "exceeds.png")
    with Renderer(workers=1, limits=DocumentLimits(max_pixels=10_000)) as renderer:
        assert (await read(renderer, tmp_path / "fits.png")).width == 100
        with pytest.raises(PageTooLarge, match=r"101 × 100 pixels; the limit is 10,000"):
            await read(renderer, tmp_path / "exceeds.png")
