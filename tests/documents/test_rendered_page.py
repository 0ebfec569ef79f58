"""Which pictures are looked at as photographs, and that no other is changed."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ocr.documents.worker_tasks import cut_figure, open_document, render_page
from ocr.photo_sheets import PageView, PhotoMode
from ocr.types import Box, Document, ImageSpec
from tests.conftest import ROOT, SAMPLES
from tests.documents.papers import pdf, text_page
from tests.documents.photographs import LIMITS, letter_photo, photo_document


def without_exif(folder: Path) -> Document:
    path = folder / "sent.jpg"
    with Image.open(io.BytesIO(letter_photo().jpeg)) as image:
        image.save(path, quality=90, exif=b"")
    return open_document(path, path.name, None, LIMITS)


@pytest.mark.parametrize(
    ("mode", "camera", "found"),
    [
        (PhotoMode.AUTO, True, True),
        (PhotoMode.AUTO, False, False),
        (PhotoMode.ON, False, True),
        (PhotoMode.OFF, True, False),
    ],
)
def test_photo_mode(mode: PhotoMode, camera: bool, found: bool, tmp_path: Path) -> None:
    document = photo_document(tmp_path) if camera else without_exif(tmp_path)
    page = render_page(document, 1, ImageSpec(800, sheet=mode), LIMITS)
    assert (page.corners is not None) is found
    as_it_is = render_page(document, 1, ImageSpec(800), LIMITS)
    assert (page.data == as_it_is.data) is not found


@pytest.mark.parametrize("name", ["letter.pdf", "article.pdf"])
def test_pdf_is_left_alone(name: str) -> None:
    document = open_document(SAMPLES / name, name, None, LIMITS)
    page = render_page(document, 1, ImageSpec(800, sheet=PhotoMode.ON), LIMITS)
    assert page == render_page(document, 1, ImageSpec(800), LIMITS)


def small_document(folder: Path, kind: str) -> Document:
    """A page of 100 × 150 pixels, be it a PDF or a picture; one taken by a camera that was held on its side."""
    path, exif = folder / f"small.{kind}", Image.Exif()
    if kind == "pdf":
        pdf(path, text_page(1), size=(24, 36))
    else:
        exif[0x0112] = 6 if kind == "jpg" else 1
        Image.effect_noise((150, 100) if kind == "jpg" else (100, 150), 80).save(path, exif=exif)
    return open_document(path, path.name, None, LIMITS)


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("kind", ["pdf", "png", "jpg"])
def test_page_made_anew_in_the_size_that_it_had(kind: str, rotation: int, tmp_path: Path) -> None:
    """The same image, also where its sides, enlarged to multiples, would be others if they were fitted once more."""
    document = small_document(tmp_path, kind)
    page = render_page(document, 1, ImageSpec(1540, rotation, multiple=28), LIMITS)
    size = page.width, page.height
    assert sorted(size) == [112, 140]
    assert render_page(document, 1, ImageSpec(140, rotation, size=size), LIMITS) == page


def test_straightened_page_made_anew_in_the_size_that_it_had(tmp_path: Path) -> None:
    document = photo_document(tmp_path)
    page = render_page(document, 1, ImageSpec(800, 90, multiple=28, sheet=PhotoMode.AUTO), LIMITS)
    assert page.corners
    spec = ImageSpec(800, 90, sheet=page.corners, size=(page.width, page.height))
    assert render_page(document, 1, spec, LIMITS) == page


def test_figure_of_a_straightened_page(tmp_path: Path) -> None:
    document = photo_document(tmp_path)
    page = render_page(document, 1, ImageSpec(1000, sheet=PhotoMode.AUTO), LIMITS)
    whole = cut_figure(document, 1, Box(0, 0, 1000, 1000), "image/jpeg", LIMITS, PageView(90, page.corners))
    assert whole.width / whole.height == pytest.approx(page.height / page.width, rel=0.01)


def test_opencv_is_loaded_for_photographs_alone(tmp_path: Path) -> None:
    """It takes time and memory that pages of PDFs do not need."""
    photo = photo_document(tmp_path).path
    program = (
        "import sys; from pathlib import Path\n"
        "from ocr.documents.worker_tasks import *\n"
        "from ocr.photo_sheets import PhotoMode\n"
        "limits = DocumentLimits(); set_up(limits)\n"
        "for path in map(Path, sys.argv[1:]):\n"
        "    document = open_document(path, path.name, None, limits)\n"
        "    render_page(document, 1, ImageSpec(400, sheet=PhotoMode.AUTO), limits)\n"
        "    print('cv2' in sys.modules, 'ocr.config.settings' in sys.modules)\n"
    )
    files = [str(SAMPLES / "letter.pdf"), str(SAMPLES / "receipt.jpg"), str(photo)]
    done = subprocess.run([sys.executable, "-c", program, *files], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["False False", "False False", "True True"]
