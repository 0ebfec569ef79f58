"""PDFs that PDFium cannot open whole are repaired, and read; what it can open stays as it is."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pikepdf
import pytest

from ocr.documents.renderer import Renderer
from ocr.errors import DamagedDocument, PasswordRequired
from tests.documents.papers import pdf, text_page

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as renderer:
        yield renderer


def five_pages(path: Path, encryption: pikepdf.Encryption | None = None) -> bytes:
    """A PDF in clear text, without object streams."""
    pdf(path, *[text_page(number) for number in range(1, 6)])
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        disabled = pikepdf.ObjectStreamMode.disable
        document.save(path, object_stream_mode=disabled, compress_streams=False, encryption=encryption)
    return path.read_bytes()


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut off before its trailer": lambda data: data[: data.rindex(b"trailer")],
    "cut off in its table of objects": lambda data: data[: data.rindex(b"xref\n0") + 30],
    "thousands of pages claimed": lambda data: data.replace(b"/Count 5", b"/Count 3000"),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_damaged_pdf_is_repaired(renderer: Renderer, tmp_path: Path, damage: str) -> None:
    """All its pages are read, and no more; also by a worker that did not open it. The file itself stays as it is."""
    path = tmp_path / "damaged.pdf"
    damaged = DAMAGES[damage](five_pages(path))
    path.write_bytes(damaged)
    document = await renderer.open(path)
    assert (document.pages, document.repaired) == (5, True)
    with Renderer(workers=1) as another:
        for number in (5, 1):
            page = await another.render(document, number, 300)
            assert (page.height, page.blank) == (300, False)
    folder = await anyio.to_thread.run_sync(lambda: list(tmp_path.iterdir()))
    assert path.read_bytes() == damaged
    assert {file.name for file in folder} == {"damaged.pdf"}


async def test_part_of_a_pdf_is_read(renderer: Renderer, tmp_path: Path) -> None:
    """A download that broke off: the pages that arrived."""
    path = tmp_path / "half.pdf"
    data = five_pages(path)
    contents = [match.start() for match in re.finditer(rb"\nstream\n", data)]
    path.write_bytes(data[: contents[3]])
    document = await renderer.open(path)
    assert document.repaired
    assert not (await renderer.render(document, 1, 300)).blank


async def test_damaged_pdf_that_opens_stays_as_it_is(renderer: Renderer, tmp_path: Path) -> None:
    """A wrong version and shifted objects are nothing to PDFium."""
    path = tmp_path / "shifted.pdf"
    path.write_bytes(b"junk of a mail gateway\n" + five_pages(path))
    document = await renderer.open(path)
    assert (document.pages, document.repaired) == (5, False)


async def test_damaged_pdf_with_a_password(renderer: Renderer, tmp_path: Path) -> None:
    """It is asked for, and opens what is repaired."""
    path = tmp_path / "locked.pdf"
    data = five_pages(path, encryption=pikepdf.Encryption(user="é", owner="é"))
    path.write_bytes(data[: data.rindex(b"startxref")].replace(b"xref\n0", b"xerf\n0"))
    with pytest.raises(PasswordRequired):
        await renderer.open(path)
    document = await renderer.open(path, password="e\u0301")
    assert not (await renderer.render(document, 5, 300)).blank


@pytest.mark.parametrize("link", [b"/Pages 2 0 R", b"/Root 1 0 R"])
async def test_pdf_whose_pages_cannot_be_found_is_not_called_empty(
    renderer: Renderer, tmp_path: Path, link: bytes
) -> None:
    """It has some, and is damaged."""
    path = tmp_path / "lost.pdf"
    data = five_pages(path)
    assert link in data
    path.write_bytes(data.replace(link, link[:4] + b"_" + link[5:]))
    with pytest.raises(DamagedDocument, match="repaired"):
        await renderer.open(path)


async def test_pdf_beyond_repair_says_that_it_was_tried(renderer: Renderer, tmp_path: Path) -> None:
    """Nothing of a page is in it."""
    path = tmp_path / "head.pdf"
    path.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 40)
    with pytest.raises(DamagedDocument, match="repaired"):
        await renderer.open(path)
