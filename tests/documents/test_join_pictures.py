"""Pictures joined by the real renderer, in the order in which they were taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from ocr.documents.join_pictures import JoinedPictures, join_pictures, natural_key
from ocr.documents.renderer import Renderer
from ocr.errors import DocumentError
from tests.conftest import SAMPLES

pytestmark = pytest.mark.anyio


def picture(path: Path, width: int, taken: str = "") -> tuple[Path, str]:
    """A picture of so many pixels, which says when it was taken."""
    exif = Image.Exif()
    if taken:
        exif[0x0132] = taken
    Image.new("RGB", (width, 100), "white").save(path, exif=exif)
    return path, path.name


async def joined(pictures: list[tuple[Path, str]], target: Path) -> tuple[JoinedPictures, list[int]]:
    """What they have become, and the widths of its pages."""
    with Renderer(workers=1) as renderer:
        made = await join_pictures(pictures, target, renderer)
    with Image.open(target) as image:
        return made, [frame.width for frame in ImageSequence.Iterator(image)]


async def test_join_pictures_by_the_time_when_taken(tmp_path: Path) -> None:
    """Those of one second by their names."""
    pictures = [
        picture(tmp_path / "a.jpg", 110, "2026:03:03 10:00:00"),
        picture(tmp_path / "b10.jpg", 120, "2026:03:03 09:00:00"),
        picture(tmp_path / "b9.jpg", 130, "2026:03:03 09:00:00"),
    ]
    made, widths = await joined(pictures, tmp_path / "joined.tiff")
    assert made == JoinedPictures("b9 +2.tiff", pages=3, by_time=True)
    assert widths == [130, 120, 110]


async def test_join_pictures_by_name(tmp_path: Path) -> None:
    """Where one does not say when it was taken; a picture of several pages has all of them."""
    frames = [Image.new("L", (width, 100)) for width in (110, 120)]
    frames[0].save(tmp_path / "p10.tiff", save_all=True, append_images=frames[1:])
    pictures = [
        (tmp_path / "p10.tiff", "p10.tiff"),
        picture(tmp_path / "p9.png", 130),
        picture(tmp_path / "p11.jpg", 140, "2026:03:03 09:00:00"),
    ]
    made, widths = await joined(pictures, tmp_path / "joined.tiff")
    assert made == JoinedPictures("p9 +2.tiff", pages=4, by_time=False)
    assert widths == [130, 110, 120, 140]


@pytest.mark.parametrize("other", [SAMPLES / "letter.pdf", Path("nowhere.jpg")], ids=["a PDF", "not there"])
async def test_join_pictures_with_what_is_none(other: Path, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=other.name):
        await joined([picture(tmp_path / "a.jpg", 110), (other, other.name)], tmp_path / "joined.tiff")


def test_join_pictures_names_are_sorted_as_people_count() -> None:
    names = ["p10", "p9", "P1", "q", "p", "9", "10a"]
    assert sorted(names, key=natural_key) == ["9", "10a", "p", "P1", "p9", "p10", "q"]
