"""Text in fonts that a PDF does not hold is drawn with fonts of this machine, or the page tells which are missing."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr.documents.renderer import Renderer
from ocr.types import PageImage
from tests.documents.papers import CJK_FONTS, LETTERS, cjk_pdf, decoded, letters_pdf, pdf, text_page

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere PDFium has the system's own fonts"),
]
FONTS = Path("/usr/share/fonts/truetype")
installed = pytest.mark.skipif(
    not all((FONTS / name).exists() for name in ("wqy", "liberation", "crosextra")),
    reason="needs the fonts of packages.txt, which ./setup.sh installs",
)


def without_fonts() -> None:
    """Make a worker's PDFium one of a machine without any fonts; run in that worker."""
    from ocr.documents import fonts

    info = fonts._default.contents
    finds_none = type(info.MapFont)(lambda *_: 0)
    lists_none = type(info.EnumFonts)(lambda *_: None)
    info.MapFont, info.EnumFonts = finds_none, lists_none
    fonts._kept = finds_none, lists_none  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as renderer:
        yield renderer


@pytest.fixture(scope="module")
def bare() -> Iterator[Renderer]:
    """On a machine without fonts."""
    with Renderer(workers=1) as renderer:
        renderer._pool.submit(60, without_fonts).result()
        yield renderer


async def read(renderer: Renderer, path: Path) -> PageImage:
    return await renderer.render(await renderer.open(path), 1, 640)


def inked(page: PageImage) -> list[bool]:
    """Whether each of the four letters shows."""
    image = decoded(page).convert("L")
    quarter = image.width // 4
    cells = [image.crop((at * quarter, 0, (at + 1) * quarter, image.height)) for at in range(4)]
    return [sum(cell.histogram()[:100]) > 50 for cell in cells]


@installed
@pytest.mark.parametrize("text", CJK_FONTS)
async def test_cjk_text_shows(renderer: Renderer, tmp_path: Path, text: str) -> None:
    """Chinese of both kinds, Japanese, Korean; each character another picture."""
    page = await read(renderer, cjk_pdf(tmp_path / "page.pdf", text))
    assert inked(page) == [True] * 4
    assert (page.blank, page.missing_fonts) == (False, ())
    image = decoded(page).convert("L")
    cells = {image.crop((at * 160, 0, at * 160 + 160, image.height)).tobytes() for at in range(4)}
    assert len(cells) == 4


@installed
@pytest.mark.parametrize("script", ["polish", "greek", "cyrillic", "latin"])
@pytest.mark.parametrize("font", ["ArialMT", "Arial,Bold", "TimesNewRomanPSMT", "CourierNewPSMT", "Calibri", "Cambria"])
async def test_letters_beyond_latin_1_show(renderer: Renderer, tmp_path: Path, font: str, script: str) -> None:
    """In the fonts of every office."""
    page = await read(renderer, letters_pdf(tmp_path / "page.pdf", font, script))
    assert inked(page) == [True] * 4
    assert page.missing_fonts == ()


@pytest.mark.parametrize("text", CJK_FONTS)
async def test_page_in_a_missing_font_is_not_blank(bare: Renderer, tmp_path: Path, text: str) -> None:
    """Nothing of it shows, and the font is named."""
    page = await read(bare, cjk_pdf(tmp_path / "page.pdf", text))
    assert inked(page) == [False] * 4
    assert (page.blank, page.missing_fonts) == (False, (CJK_FONTS[text][0],))


async def test_page_that_lacks_some_letters_names_their_font(bare: Renderer, tmp_path: Path) -> None:
    """Where PDFium's own letters do, nothing is missing."""
    for script in LETTERS:
        page = await read(bare, letters_pdf(tmp_path / "page.pdf", "Calibri", script))
        assert page.missing_fonts == (() if script == "latin" else ("Calibri",))
    assert (await read(bare, pdf(tmp_path / "helvetica.pdf", text_page(1)))).missing_fonts == ()


@pytest.mark.parametrize(
    "before", [b"3 Tr", b"7 Tr", b"1 0 0 1 900 0 cm"], ids=["invisible", "clipping only", "beside the page"]
)
async def test_text_that_is_not_to_show_leaves_a_page_blank(bare: Renderer, tmp_path: Path, before: bytes) -> None:
    """The layer that an OCR put under a blank sheet says nothing of ink."""
    page = await read(bare, cjk_pdf(tmp_path / "page.pdf", "中文书档", before))
    assert (page.blank, page.missing_fonts) == (True, ())


async def test_page_of_spaces_is_blank(bare: Renderer, tmp_path: Path) -> None:
    """They are no characters that could be seen."""
    page = await read(bare, pdf(tmp_path / "page.pdf", b"BT /F 11 Tf 60 700 Td (   ) Tj ET"))
    assert (page.blank, page.missing_fonts) == (True, ())
