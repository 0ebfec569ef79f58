"""Words of a PDF's text layer: where they stand on the page as it is read, and what the layer is good for."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array
from PIL import Image

from ocr.documents.worker_tasks import DocumentLimits, open_document, page_text_layer, render_page
from ocr.page_words import LayerQuality, PageWord, TextLayer
from ocr.types import ImageSpec
from tests.conftest import SAMPLES
from tests.documents.papers import decoded, mapped_to, pdf, scan_with, text_page

LIMITS = DocumentLimits()


def layer(path: Path, number: int = 1, rotation: int = 0) -> TextLayer:
    return page_text_layer(open_document(path, path.name, None, LIMITS), number, rotation, LIMITS)


def texts(found: TextLayer) -> list[str]:
    return [word.text for word in found.words]


def with_ink(path: Path, words: tuple[PageWord, ...], rotation: int = 0, number: int = 1) -> list[bool]:
    """Of each word whether the rendered page has something dark in its box."""
    document = open_document(path, path.name, None, LIMITS)
    image = decoded(render_page(document, number, ImageSpec(1540, rotation), LIMITS)).convert("L")
    across, down = image.width / 1000, image.height / 1000
    boxes = [word.box for word in words]
    crops = [
        image.crop((int(b[0] * across), int(b[1] * down), int(b[2] * across) + 1, int(b[3] * down) + 1)) for b in boxes
    ]
    return [crop.getextrema()[0] < 128 for crop in crops]  # type: ignore[operator]  # one band


def changed(path: Path, **entries: object) -> Path:
    """The file with these entries in its first page."""
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        for name, value in entries.items():
            document.pages[0][f"/{name}"] = value
        document.save()
    return path


def test_words_of_a_line(tmp_path: Path) -> None:
    found = layer(pdf(tmp_path / "a.pdf", b"BT /F 20 Tf 59.5 421 Td (Two words) Tj ET"))
    assert found.quality is LayerQuality.GOOD
    assert texts(found) == ["Two", "words"]
    two, words = found.words
    assert (two.confidence, two.upright) == (1.0, True)
    assert two.box[0] == pytest.approx(100, abs=2)
    assert two.box[3] == pytest.approx(500, abs=2)
    assert two.box[2] < words.box[0]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_words_stand_on_their_ink(tmp_path: Path, turned: int, rotation: int) -> None:
    """Whatever the page's own rotation, its crop box, and the rotation that it is read with."""
    content = b"BT /F 20 Tf 120 420 Td (Twelve) Tj 60 130 Td (letters) Tj ET BT /F 20 Tf 10 10 Td (cropped) Tj ET"
    path = changed(pdf(tmp_path / "a.pdf", content), Rotate=turned, CropBox=Array([100, 300, 400, 700]))
    found = layer(path, rotation=rotation)
    assert texts(found) == ["Twelve", "letters"]
    assert all(with_ink(path, found.words, rotation))
    assert [word.upright for word in found.words] == [(turned + rotation) % 360 == 0] * 2


@pytest.mark.parametrize("number", [1, 2, 3])
def test_words_of_the_sample_stand_on_their_ink(number: int) -> None:
    path = SAMPLES / "article.pdf"
    found = layer(path, number)
    assert len(found.words) > 400
    assert all(with_ink(path, found.words, number=number))


def test_words_that_run_along_the_margin(tmp_path: Path) -> None:
    content = b"BT /F 20 Tf 100 400 Td (level) Tj ET BT /F 20 Tf 0 1 -1 0 50 300 Tm (upwards) Tj ET"
    found = layer(pdf(tmp_path / "a.pdf", content))
    assert {word.text: word.upright for word in found.words} == {"level": True, "upwards": False}


def test_words_divided_at_the_end_of_a_line(tmp_path: Path) -> None:
    """Both parts are words of their own, each with its box."""
    found = layer(pdf(tmp_path / "a.pdf", b"BT /F 20 Tf 22 TL 100 400 Td (an exam-) ' (ple of it) ' ET"))
    assert texts(found) == ["an", "exam-", "ple", "of", "it"]
    assert found.words[2].box[1] > found.words[1].box[1]


def test_words_that_do_not_show(tmp_path: Path) -> None:
    """An OCR layer is told by its invisible text; among visible text, what does not show is left out."""
    hidden = layer(pdf(tmp_path / "a.pdf", text_page(1).replace(b"BT ", b"BT 3 Tr ")))
    assert hidden.quality is LayerQuality.HIDDEN
    mixed = layer(pdf(tmp_path / "b.pdf", text_page(1) + b" BT 3 Tr /F 9 Tf 60 20 Td (unseen) Tj ET"))
    assert mixed.quality is LayerQuality.GOOD
    assert "unseen" not in texts(mixed)


def test_words_below_a_scan(tmp_path: Path) -> None:
    assert layer(scan_with(tmp_path / "a.pdf", before=text_page(1))).quality is LayerQuality.HIDDEN


def test_words_stamped_on_a_scan(tmp_path: Path) -> None:
    """A stamp is not the page's text; a page of text above a picture is."""
    assert layer(scan_with(tmp_path / "a.pdf", after=text_page(1, lines=1))).quality is LayerQuality.NONE
    assert layer(scan_with(tmp_path / "b.pdf", after=text_page(1))).quality is LayerQuality.GOOD


def test_words_without_unicode(tmp_path: Path) -> None:
    """A font that maps its glyphs to private characters."""
    mapping = b"1 beginbfrange <21> <7E> <E021> endbfrange"
    assert layer(mapped_to(tmp_path / "a.pdf", text_page(1), mapping)).quality is LayerQuality.UNMAPPED


def test_words_beyond_the_basic_plane(tmp_path: Path) -> None:
    """Letters of formulas, which PDFium tells in two halves."""
    mapping = b"2 beginbfchar <61> <D835DC51> <62> <D835DC64> endbfchar"
    found = layer(mapped_to(tmp_path / "a.pdf", b"BT /F 20 Tf 100 400 Td (ab a) Tj ET", mapping))
    assert texts(found) == ["𝑑𝑤", "𝑑"]
    assert found.quality is LayerQuality.GOOD


def test_words_of_nothing(tmp_path: Path) -> None:
    assert layer(pdf(tmp_path / "a.pdf", b"")) == TextLayer((), LayerQuality.NONE)
    Image.new("RGB", (50, 50), "white").save(tmp_path / "b.png")
    assert layer(tmp_path / "b.png") == TextLayer((), LayerQuality.NONE)
