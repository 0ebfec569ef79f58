"""Photographs become the frames of one file, each as it was."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ocr.documents.joined_photos import append_photos, time_taken
from ocr.documents.worker_tasks import open_document, render_page
from ocr.errors import DamagedDocument, DocumentTooLarge, UnsupportedDocument
from ocr.photo_sheets import PhotoMode
from ocr.types import ImageSpec
from tests.conftest import SAMPLES
from tests.documents.papers import decoded
from tests.documents.photographs import LIMITS, letter_photo, photo_document


def test_joined_photos_are_pages(tmp_path: Path) -> None:
    """Each is upright, and its sheet is found as in its own file."""
    first = photo_document(tmp_path, 0)
    lying = tmp_path / "lying.jpg"
    with Image.open(io.BytesIO(letter_photo(0).jpeg)) as image:
        exif = image.getexif()
        exif[0x0112] = 6
        image.transpose(Image.Transpose.ROTATE_90).save(lying, quality=90, exif=exif)
    target = tmp_path / "joined.tiff"
    for document in (first, open_document(lying, "lying.jpg", None, LIMITS)):
        append_photos(document, target, LIMITS)
    joined = open_document(target, "joined.tiff", None, LIMITS)
    assert (joined.pages, joined.media_type) == (2, "image/tiff")
    for number in (1, 2):
        page = render_page(joined, number, ImageSpec(800, sheet=PhotoMode.AUTO), LIMITS)
        assert page.corners
        assert decoded(page).height == 800


def test_joined_pictures_without_a_camera(tmp_path: Path) -> None:
    """They are taken for photographs too, since that is what they were said to be."""
    target, sent = tmp_path / "joined.tiff", tmp_path / "sent.jpg"
    with Image.open(io.BytesIO(letter_photo().jpeg)) as image:
        image.save(sent, quality=90, exif=b"")
    append_photos(open_document(sent, "sent.jpg", None, LIMITS), target, LIMITS)
    for mode in ("1", "L", "RGBA", "CMYK"):
        Image.new(mode, (60, 80)).save(tmp_path / "a.tiff")
        append_photos(open_document(tmp_path / "a.tiff", "a.tiff", None, LIMITS), target, LIMITS)
    joined = open_document(target, "joined.tiff", None, LIMITS)
    pages = [render_page(joined, number, ImageSpec(800, sheet=PhotoMode.AUTO), LIMITS) for number in range(1, 6)]
    assert [page.corners is not None for page in pages] == [True, False, False, False, False]


def test_joined_with_a_damaged_picture(tmp_path: Path) -> None:
    """It is called damaged, and not a file that cannot be written."""
    whole = photo_document(tmp_path)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole.path.read_bytes()[:5000])
    with pytest.raises(DamagedDocument, match=r"cut\.jpg"):
        append_photos(open_document(cut, "cut.jpg", None, LIMITS), tmp_path / "joined.tiff", LIMITS)
    with pytest.raises(OSError, match="No such file"):
        append_photos(whole, tmp_path / "none" / "joined.tiff", LIMITS)


def test_joined_photos_are_no_larger_than_a_document_may_be(tmp_path: Path) -> None:
    """Which is found while they are joined; the picture is named, since nobody else knows the file of all."""
    document, target = photo_document(tmp_path), tmp_path / "joined.tiff"
    append_photos(document, target, LIMITS)
    with pytest.raises(DocumentTooLarge, match=document.name):
        append_photos(document, target, replace(LIMITS, max_bytes=target.stat().st_size))


def test_time_taken(tmp_path: Path) -> None:
    """The camera's own time comes before that of the file's last change."""
    document = photo_document(tmp_path)
    assert time_taken(document) == "2026:01:02 03:04:05"
    with Image.open(document.path) as image:
        exif = image.getexif()
        exif.get_ifd(0x8769)[0x9003] = "2025:12:31 23:59:59"
        image.save(tmp_path / "b.jpg", exif=exif)
    assert time_taken(open_document(tmp_path / "b.jpg", "b.jpg", None, LIMITS)) == "2025:12:31 23:59:59"
    Image.new("L", (9, 9)).save(tmp_path / "c.png")
    assert time_taken(open_document(tmp_path / "c.png", "c.png", None, LIMITS)) == ""


def test_time_taken_of_no_picture() -> None:
    with pytest.raises(UnsupportedDocument):
        time_taken(open_document(SAMPLES / "letter.pdf", "letter.pdf", None, LIMITS))
