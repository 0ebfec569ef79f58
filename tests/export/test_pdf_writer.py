"""pdf_writer.py: the document's pages as they are, and what was read behind them."""

from __future__ import annotations

import io
import tempfile
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageOps

from ocr.errors import OutputError
from ocr.export import pdf_writer
from ocr.export.pdf_writer import write_searchable
from ocr.export.placed_page import place_in_regions
from ocr.types import Document, PageResult
from tests.conftest import SAMPLES
from tests.documents.papers import jpeg, pdf, photo, text_page
from tests.export.placed_papers import read_page


def document(path: Path, media_type: str = "application/pdf", pages: int = 1, password: str | None = None) -> Document:
    return Document(path, path.name, media_type, pages, "0" * 64, password)


def written(of: Document, *pages: PageResult, whole: bool = True) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "a.pdf"
        write_searchable(of, [place_in_regions(page) for page in pages], target, whole=whole)
        return target.read_bytes()


def words_of(data: bytes, page: int = 0) -> list[str]:
    with pypdfium2.PdfDocument(data) as made:
        text: str = made[page].get_textpage().get_text_range()
    return text.split()


def rendered(data: bytes | Path, page: int = 0, scale: float = 1.0) -> Image.Image:
    with pypdfium2.PdfDocument(data) as made:
        image: Image.Image = made[page].render(scale=scale).to_pil().convert("RGB")
    return image


def check_syntax(data: bytes) -> None:
    """What `qpdf --check` looks for."""
    with pikepdf.open(io.BytesIO(data)) as made:
        assert made.check_pdf_syntax() == []


def test_pdf_writer_keeps_text_of_its_own() -> None:
    """A page that is text is searchable: the file stays what it is, to the byte."""
    page = read_page(1, "![text](100,100,900,900) " + "word " * 300)
    path = SAMPLES / "article.pdf"
    assert written(document(path, pages=3), page) == path.read_bytes()


def marked(path: Path, rotate: int, crop: bool) -> tuple[Path, tuple[float, float, float, float]]:
    """A page with a black bar, and where it is in the page's own coordinates."""
    bar = (120.0, 500.0, 300.0, 540.0)
    made = pikepdf.new()
    made.add_blank_page(page_size=(400, 700))
    page = made.pages[0]
    page.Contents = made.make_stream(b"120 500 180 40 re f")
    page.Rotate = rotate
    if crop:
        page.MediaBox, page.CropBox = Array([-10, 20, 400, 700]), Array([60, 90.5, 380, 650])
    made.save(path)
    return path, bar


@pytest.mark.parametrize("crop", [False, True], ids=["whole", "cropped"])
@pytest.mark.parametrize(("rotate", "turned"), [(0, 0), (90, 0), (180, 90), (270, 270), (0, 180), (90, 90)])
def test_pdf_writer_rotated_and_cropped(rotate: int, turned: int, crop: bool, tmp_path: Path) -> None:
    """The text lies where the ink is, whichever way the page was turned by its file and by us."""
    path, bar = marked(tmp_path / "a.pdf", rotate, crop)
    seen = rendered(path, scale=2).rotate(-turned, expand=True)
    ink = ImageOps.invert(seen.convert("L")).getbbox()
    assert ink
    corners = [round(1000 * at / side) for at, side in zip(ink, seen.size * 2, strict=True)]
    page = read_page(1, f"![text]({','.join(map(str, corners))}) barcode", *seen.size)
    data = written(document(path), replace(page, rotation=turned))
    assert words_of(data) == ["barcode"]
    with pypdfium2.PdfDocument(data) as made:
        text = made[0].get_textpage()
        boxes = [text.get_charbox(at, loose=True) for at in range(len("barcode"))]
    place = [edge(box[at] for box in boxes) for at, edge in ((0, min), (1, min), (2, max), (3, max))]
    assert [(place[0] + place[2]) / 2, (place[1] + place[3]) / 2] == pytest.approx([210, 520], abs=6)
    assert all(abs(inner - outer) < 90 for inner, outer in zip(place, bar, strict=True))
    assert bar[0] - 6 < place[0] < place[2] < bar[2] + 6
    assert rendered(data).tobytes() == rendered(path).tobytes()
    check_syntax(data)


def test_pdf_writer_replaces_an_older_layer(tmp_path: Path) -> None:
    """What another OCR program left behind a scan goes, also out of a form; what shows stays."""
    old = b"BT 3 Tr /F 12 Tf 60 700 Td (old words of a scan that was misread) Tj ET "
    path = pdf(tmp_path / "a.pdf", old + b"0.5 g 60 600 200 80 re f BT 0 Tr /F 9 Tf 500 20 Td (17) Tj ET")
    with pikepdf.open(path, allow_overwriting_input=True) as made:
        form = made.make_stream(old, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 595, 842]))
        form.Resources = made.pages[0].Resources
        made.pages[0].Resources.XObject = Dictionary(Old=form)
        made.pages[0].contents_add(b"/Old Do")
        made.save(path)
    assert words_of(path.read_bytes()).count("misread") == 2
    data = written(document(path), read_page(1, "![text](100,200,400,300) new words of the same scan"))
    assert sorted(words_of(data)) == sorted(["17", "new", "words", "of", "the", "same", "scan"])
    assert rendered(data).tobytes() == rendered(path).tobytes()


OLDER = b"q BT 3 Tr /F 12 Tf 60 700 Td (older text) Tj [(of) 20 (a)] TJ (scan) ' 1 2 (behind) \" ET Q "
DAMAGE = [
    b"Tr", b"/x Tr", b"[3] Tr", b"(3) Tr", b"null Tr", b"1e99 Tr", b"99999999999999999999 Tr", b"3.7 Tr",
    b"--3 Tr", b". Tr", b"Do", b"(a) Do", b"1 Do", b"/Nope Do", b"/\xff\xfe Do", b"Tj", b"1 Tj", b"TJ",
    b"/x TJ", b"[[(a)]] TJ", b"'", b'"', b"[", b"]", b"<<", b">>", b"(", b"<41 Tj", b"<</A Tr", b"BI", b"ID",
    b"EI", b"BI /W 2 ID", b"ET", b"Q Q Q", b"q q q", b"\x00\x00", b"1 0 R Tr", b"%",
]  # fmt: skip


def test_pdf_writer_damaged_content(tmp_path: Path) -> None:
    """A page is written and looks as it did whatever is wrong in it, and has what was read or what it had."""
    bar = b" 0.5 g 60 600 200 80 re f"
    contents = [
        part
        for bad in DAMAGE
        for part in (bad + b" " + OLDER + bar, OLDER + bad + bar, OLDER[:40] + bad + OLDER[40:] + bar)
    ]
    path = pdf(tmp_path / "a.pdf", *contents)
    pages = [read_page(number, "![text](100,200,400,300) newer") for number in range(1, len(contents) + 1)]
    data = written(document(path, pages=len(contents)), *pages)
    with pypdfium2.PdfDocument(data) as made, pypdfium2.PdfDocument(path) as given:
        for content, page, before in zip(contents, made, given, strict=True):
            assert {"newer", "text"} & set(page.get_textpage().get_text_range().split()), content
            assert page.render(scale=0.2).to_pil().tobytes() == before.render(scale=0.2).to_pil().tobytes(), content


def test_pdf_writer_of_some_pages(tmp_path: Path) -> None:
    """Pages that were not read, or have nothing to read, stay in their places."""
    path = tmp_path / "a.pdf"
    pdf(path, b"0 0 9 9 re f", text_page(2), b"0 0 9 9 re f")
    data = written(document(path, pages=3), read_page(3, "![text](1,1,900,90) third"), read_page(1, ""))
    assert (words_of(data, 0), words_of(data, 2)) == ([], ["third"])
    assert "line" in words_of(data, 1)


def test_pdf_writer_of_one_page(tmp_path: Path) -> None:
    """One page alone, with what was read on it or the text that it has; of a TIFF too."""
    path = pdf(tmp_path / "a.pdf", text_page(1), b"0 0 9 9 re f", text_page(3))
    scan = written(document(path, pages=3), read_page(2, "![text](1,1,900,90) second"), whole=False)
    assert words_of(scan) == ["second"]
    own = written(document(path, pages=3), read_page(3, "![text](1,1,900,90) third"), whole=False)
    assert words_of(own) == words_of(path.read_bytes(), 2)
    frames = [Image.new("L", (300, 200), shade) for shade in (10, 120)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    of_tiff = document(tmp_path / "a.tif", "image/tiff", 2)
    picture = written(of_tiff, read_page(2, "![text](1,1,900,90) dim"), whole=False)
    assert (words_of(picture), rendered(picture).getpixel((50, 50))) == (["dim"], (120, 120, 120))
    for data in (scan, own, picture):
        with pypdfium2.PdfDocument(data) as made:
            assert len(made) == 1
        check_syntax(data)


def test_pdf_writer_scripts(tmp_path: Path) -> None:
    """Text from the right, and of scripts without spaces, is found as it was read."""
    path = pdf(tmp_path / "a.pdf", b"0 0 9 9 re f")
    answer = "![text](100,100,900,140) שלום עולם טוב\n\n![text](100,200,900,240) 日本語の文章です。\n\n"
    answer += "![text](100,300,900,340) Ελληνικά и русский"
    assert words_of(written(document(path), read_page(1, answer))) == (
        ["שלום", "עולם", "טוב", "日本語の文章です。", "Ελληνικά", "и", "русский"]
    )


def test_pdf_writer_text_along_the_margin(tmp_path: Path) -> None:
    """A line that is higher than wide is not left out."""
    path = pdf(tmp_path / "a.pdf", b"0 0 9 9 re f")
    assert words_of(written(document(path), read_page(1, "![text](10,100,30,900) sideways"))) == ["sideways"]


def test_pdf_writer_encrypted(tmp_path: Path) -> None:
    """A document that needs a password needs it still."""
    path = tmp_path / "a.pdf"
    pdf(path, b"0 0 9 9 re f", encryption=pikepdf.Encryption(user="käse", owner="käse"))
    data = written(document(path, password="käse"), read_page(1, "![text](1,1,900,90) secret"))
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(data))
    with pypdfium2.PdfDocument(data, password="käse") as made:
        assert made[0].get_textpage().get_text_range().split() == ["secret"]


def test_pdf_writer_damaged(tmp_path: Path) -> None:
    """What a library meets in a damaged file is an error of the output, with a next step."""
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(photo(60, 80))[:200])
    with pytest.raises(OutputError, match=r"could not be made.*Choose another format"):
        written(document(path, "image/jpeg"), read_page(1, "![text](1,1,900,90) x"))
    with pytest.raises(OSError):
        written(document(tmp_path / "gone.pdf"), read_page(1, "![text](1,1,900,90) x"))


def test_pdf_writer_names_an_error_without_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr(pdf_writer, "page_element", fail)
    with pytest.raises(OutputError, match="could not be made: IndexError"):
        written(document(pdf(tmp_path / "a.pdf", b"")), read_page(1, "![text](1,1,900,90) x"))
