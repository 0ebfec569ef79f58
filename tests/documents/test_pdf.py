"""PDF pages are rendered straight at the size asked for, with all that is drawn on them."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops

from ocr.documents.fonts import use_fonts_of_same_widths
from ocr.documents.renderer import Renderer
from ocr.errors import RenderFailed, UnsupportedDocument
from ocr.types import Box, PageImage
from tests.documents.papers import A4, crowded_pdf, decoded, drawing, jpeg, pdf, photo, scan_pdf, text_page

pytestmark = pytest.mark.anyio
use_fonts_of_same_widths()  # what pages are compared with is drawn in this process, and must take the same fonts


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as renderer:
        yield renderer


@pytest.mark.parametrize("longest_side", [1540, 2048, 2200])
@pytest.mark.parametrize(
    "size", [A4, (612, 792), (842, 595), (595.276, 841.89), (530.5, 595.28), (560, 560), (1000.1, 333.3)]
)
async def test_longer_side_is_exactly_that_asked_for(
    renderer: Renderer, tmp_path: Path, size: tuple[float, float], longest_side: int
) -> None:
    """Not a pixel more, which a server would resample, and not one less; the other side in proportion."""
    document = await renderer.open(pdf(tmp_path / "page.pdf", text_page(1), size=size))
    page = await renderer.render(document, 1, longest_side)
    assert max(page.width, page.height) == longest_side
    assert page.width / page.height == pytest.approx(size[0] / size[1], rel=2 / min(page.width, page.height))


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("size", [A4, (842, 595), (1000, 333), (100, 3), (4, 3)])
@pytest.mark.parametrize(("longest_side", "multiple"), [(1540, 28), (2048, 32), (1148, 28)])
async def test_page_fills_whole_patches(
    renderer: Renderer, tmp_path: Path, size: tuple[float, float], rotation: int, longest_side: int, multiple: int
) -> None:
    """The page is stretched to multiples of a patch, with no margin: what fills its right half fills the image's."""
    width, height = size
    document = await renderer.open(
        pdf(tmp_path / "page.pdf", b"0 0 1 rg %g 0 %g %g re f" % (width / 2, width / 2, height), size=size)
    )
    page = await renderer.render(document, 1, longest_side, rotation, multiple=multiple)
    assert (page.width % multiple, page.height % multiple) == (0, 0)
    assert max(page.width, page.height) == longest_side or max(size) <= 100
    upright = decoded(page).convert("RGB").rotate(rotation, expand=True)  # Pillow's `rotate` turns the other way
    right, bottom, middle = upright.width - 1, upright.height - 1, upright.width // 2
    for x, y in ((right, 0), (right, bottom), (middle + 1, 0), (middle + 1, bottom)):
        assert upright.getpixel((x, y)) == pytest.approx((0, 0, 255), abs=4)
    assert [upright.getpixel(at) for at in ((0, 0), (0, bottom), (middle - 2, 0))] == [(255, 255, 255)] * 3


async def test_page_of_five_metres_costs_no_more(renderer: Renderer, tmp_path: Path) -> None:
    """The image is bounded, whatever the paper."""
    document = await renderer.open(pdf(tmp_path / "wall.pdf", b"0 0 7000 7000 re f", size=(14173, 14173)))
    page = decoded(await renderer.render(document, 1, 1540))
    assert page.size == (1540, 1540)
    assert (page.getpixel((100, 1400)), page.getpixel((1400, 100))) == (0, 255)


async def test_tiny_page_is_not_blown_up(renderer: Renderer, tmp_path: Path) -> None:
    """A stamp of one inch has 300 pixels; one that holds a larger picture has that picture's."""
    document = await renderer.open(pdf(tmp_path / "stamp.pdf", b"0 0 30 30 re f", size=(72, 36)))
    page = await renderer.render(document, 1, 1540)
    assert (page.width, page.height) == (300, 150)
    document = await renderer.open(scan_pdf(tmp_path / "scan.pdf", jpeg(photo(1000, 500)), (1000, 500), (72, 36)))
    page = await renderer.render(document, 1, 1540)
    assert (page.width, page.height) == (1000, 500)


async def test_text_goes_as_gray_png_and_scans_as_jpeg(renderer: Renderer, tmp_path: Path) -> None:
    """The cheaper encoding for each; a scan is one with a text layer or on cleaned paper, coloured text is not."""
    scan = scan_pdf(tmp_path / "scan.pdf", jpeg(photo(800, 1100)), (800, 1100))
    with pikepdf.open(scan, allow_overwriting_input=True) as document:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        document.pages[0].Resources.Font = Dictionary(F=font)
        document.pages[0].contents_add(b"q BT 3 Tr /F 11 Tf (hidden words) Tj ET Q", prepend=True)
        document.save(tmp_path / "searchable.pdf")
    cleaned = scan_pdf(tmp_path / "cleaned.pdf", jpeg(drawing(800, 1100)), (800, 1100))
    text = pdf(tmp_path / "text.pdf", text_page(1))
    coloured = pdf(tmp_path / "coloured.pdf", b"1 0 0 rg 0 0 99 99 re f " + text_page(1))
    seen = []
    for path in (scan, tmp_path / "searchable.pdf", cleaned, text, coloured):
        page = decoded(await renderer.render(await renderer.open(path), 1, 1540))
        seen.append((page.format, page.mode))
    assert seen == [*[("JPEG", "RGB")] * 3, ("PNG", "L"), ("PNG", "RGB")]


async def test_colours_are_not_swapped(renderer: Renderer, tmp_path: Path) -> None:
    """Red is red."""
    document = await renderer.open(pdf(tmp_path / "red.pdf", b"1 0 0 rg 0 0 595 842 re f"))
    assert decoded(await renderer.render(document, 1, 100)).convert("RGB").getpixel((50, 50)) == (255, 0, 0)


@pytest.mark.parametrize("size", [A4, (601, 333), (77, 200), (3, 5)])
async def test_coloured_page_is_drawn_exactly(renderer: Renderer, tmp_path: Path, size: tuple[float, float]) -> None:
    """PDFium draws straight into the rows of a PNG; no pixel differs from those it draws into a bitmap of its own."""
    path = pdf(
        tmp_path / "coloured.pdf", b"1 0 0 rg 1 1 0.5 2 re f 0 0.4 0.8 rg 9 9 99 99 re f " + text_page(1), size=size
    )
    page = await renderer.render(await renderer.open(path), 1, 1540)
    assert difference(page, drawn(path, page)) is None
    assert filters(page) == {0}


@pytest.mark.parametrize("longest_side", [97, 98, 99, 100])
@pytest.mark.parametrize("turn", [0, 90])
async def test_whatever_is_drawn_stays_in_its_rows(
    renderer: Renderer, tmp_path: Path, turn: int, longest_side: int
) -> None:
    """Nothing that PDFium has for a page, a cropped one, its stamps or its forms writes into the byte between rows."""
    page = await renderer.render(await renderer.open(crowded_pdf(tmp_path / "crowded.pdf", turn)), 1, longest_side)
    assert difference(page, drawn(tmp_path / "crowded.pdf", page)) is None
    assert filters(page) == {0}


def difference(page: PageImage, expected: Image.Image) -> tuple[int, int, int, int] | None:
    """The part in which a coloured PNG of this size differs; None if no pixel does."""
    image = decoded(page)
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", expected.size)
    return ImageChops.difference(image, expected).getbbox()


def drawn(path: Path, page: PageImage) -> Image.Image:
    """What PDFium draws into a bitmap of its own, as large as `page`."""
    whole = pypdfium2.PdfDocument(path)
    whole.init_forms()
    bitmap = pypdfium2.PdfBitmap.new_foreign(page.width, page.height, pdfium.FPDFBitmap_BGR, rev_byteorder=True)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, page.width, page.height)
    drawing = (bitmap, whole[0], 0, 0, page.width, page.height, 0, pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER)
    pdfium.FPDF_RenderPageBitmap(*drawing)
    pdfium.FPDF_FFLDraw(whole.formenv, *drawing)
    return bitmap.to_pil()


def filters(page: PageImage) -> set[int]:
    """The PNG's filters of the rows of a coloured page."""
    at = page.data.index(b"IDAT")
    rows = zlib.decompress(page.data[at + 4 : at + 4 + int.from_bytes(page.data[at - 4 : at])])
    stride = 1 + 3 * page.width
    assert len(rows) == stride * page.height
    return set(rows[::stride])


@pytest.mark.parametrize(("turn", "dark"), [(0, (25, 125)), (90, (25, 25)), (180, (125, 25)), (270, (125, 125))])
async def test_rotation_key_is_honoured(renderer: Renderer, tmp_path: Path, turn: int, dark: tuple[int, int]) -> None:
    """A page scanned sideways and turned in a viewer comes upright: the square at its lower left goes round."""
    path = pdf(tmp_path / "page.pdf", b"0 0 300 300 re f", size=(600, 600))
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        document.pages[0].Rotate = turn
        document.save(path)
    page = decoded(await renderer.render(await renderer.open(path), 1, 150))
    corners = {corner: page.getpixel(corner) for corner in ((25, 25), (125, 25), (25, 125), (125, 125))}
    assert [corner for corner, value in corners.items() if value == 0] == [dark]


async def test_annotations_and_form_fields_are_drawn(renderer: Renderer, tmp_path: Path) -> None:
    """What somebody has filled in or stamped on is part of the page."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(200, 200))
    black = document.make_stream(b"0 0 50 50 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 50, 50]))
    stamp = document.make_indirect(
        Dictionary(Type=Name.Annot, Subtype=Name.Stamp, F=4, Rect=Array([0, 150, 50, 200]), AP=Dictionary(N=black))
    )
    field = document.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T="name",
            V="x",
            F=4,
            Rect=Array([150, 0, 200, 50]),
            AP=Dictionary(N=black),
        )
    )
    document.pages[0].Annots = Array([stamp, field])
    document.Root.AcroForm = Dictionary(Fields=Array([field]))
    document.save(tmp_path / "form.pdf")
    page = decoded(await renderer.render(await renderer.open(tmp_path / "form.pdf"), 1, 200)).convert("L")
    assert (page.getpixel((25, 25)), page.getpixel((175, 25))) == (0, 255)
    assert page.getpixel((175, 175)) < 200  # type: ignore[operator]


async def test_broken_page_fails_alone(renderer: Renderer, tmp_path: Path) -> None:
    """The pages around it are read."""
    path = pdf(tmp_path / "page.pdf", *[text_page(number) for number in (1, 2, 3)])
    kids = re.search(rb"/Kids \[ *(\d+ 0 R) (\d+ 0 R) (\d+ 0 R)", whole := path.read_bytes())
    assert kids is not None
    nowhere = b"9" * (len(kids[2]) - 4) + b" 0 R"
    path.write_bytes(whole[: kids.start(2)] + nowhere + whole[kids.end(2) :])
    document = await renderer.open(path)
    assert document.pages == 3
    with pytest.raises(RenderFailed, match=r"Page 2 of page\.pdf is missing"):
        await renderer.render(document, 2, 300)
    for number in (1, 3):
        assert (await renderer.render(document, number, 300)).height == 300


async def test_page_whose_crop_box_lies_beside_its_paper_is_shown_whole(renderer: Renderer, tmp_path: Path) -> None:
    """Nothing would be left of it, and no scale fits nothing."""
    path = pdf(tmp_path / "page.pdf", text_page(1))
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        document.pages[0].CropBox = pikepdf.Array([700, 0, 900, 842])
        document.save(path)
    opened = await renderer.open(path)
    page = await renderer.render(opened, 1, 842)
    assert (page.width, page.height, page.blank) == (595, 842, False)
    assert (await renderer.figure(opened, 1, Box(0, 0, 500, 500), "image/png")).width > 600


async def test_dynamic_xfa_form_is_refused(renderer: Renderer, tmp_path: Path) -> None:
    """Its only page says "Please wait…"; a form that has pages of its own beside its XFA is read."""
    path = pdf(tmp_path / "form.pdf", b"BT /F 11 Tf 60 700 Td (Please wait...) Tj ET")
    for dynamic in (True, False):
        with pikepdf.open(path, allow_overwriting_input=True) as document:
            document.Root.AcroForm = pikepdf.Dictionary(
                Fields=pikepdf.Array(), XFA=document.make_stream(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>")
            )
            document.Root.NeedsRendering = dynamic
            document.save(path)
        if dynamic:
            with pytest.raises(UnsupportedDocument, match="XFA") as caught:
                await renderer.open(path)
            assert "Acrobat" in caught.value.next_step
    assert (await renderer.open(path)).pages == 1


async def test_huge_picture_in_a_page_is_rendered_in_bounded_memory(renderer: Renderer, tmp_path: Path) -> None:
    """12,000 × 12,000 pixels on one sheet come down to the size asked for."""
    side = 12_000
    scan = scan_pdf(tmp_path / "map.pdf", jpeg(Image.new("RGB", (side, side), "navy")), (side, side))
    page = decoded(await renderer.render(await renderer.open(scan), 1, 1540))
    assert page.size == (1088, 1540)
    assert page.getpixel((500, 500)) == pytest.approx((0, 0, 128), abs=3)


@pytest.mark.parametrize(
    ("content", "blank"),
    [
        (b"", True),
        (b"1 g 0 0 595 842 re f", True),
        (b"0.9 g 0 0 595 842 re f", True),
        (b"BT /F 11 Tf 0.97 g 60 800 Td (hardly to be seen) Tj ET", False),
        (b"0.5 G 0.1 w 60 400 m 61 400 l S", False),
        (b"1 1 0.96 rg 60 400 2 2 re f", False),
    ],
    ids=["empty", "white", "gray paper", "faint text", "a hair", "a pale speck"],
)
async def test_blank_page_is_told(renderer: Renderer, tmp_path: Path, content: bytes, blank: bool) -> None:
    """Nothing to be seen at all; the faintest mark and a page is asked for."""
    document = await renderer.open(pdf(tmp_path / "page.pdf", content))
    assert (await renderer.render(document, 1, 1540)).blank is blank
