"""What is said where OpenCV is not installed, and that photographs are read all the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from ocr.documents.photo_extra import check_photos
from ocr.documents.worker_tasks import render_page
from ocr.errors import MissingExtra
from ocr.extras import EXTRAS
from ocr.photo_sheets import PhotoMode
from ocr.types import ImageSpec
from tests.documents.photographs import LIMITS, photo_document


def test_photos_are_straightened_here() -> None:
    for mode in PhotoMode:
        check_photos(mode)


def test_photos_without_opencv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = photo_document(tmp_path)
    monkeypatch.setitem(EXTRAS, "photos", replace(EXTRAS["photos"], module="no_such_package"))
    assert render_page(document, 1, ImageSpec(400, sheet=PhotoMode.AUTO), LIMITS).corners is None
    with pytest.raises(MissingExtra, match="opencv"):
        render_page(document, 1, ImageSpec(400, sheet=PhotoMode.ON), LIMITS)
